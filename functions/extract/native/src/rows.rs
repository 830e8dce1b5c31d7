//! The lines of a part as rows of PostgreSQL's binary COPY: the rules of `functions/load_table/binary_copy.py`.

use pyo3::FromPyObject;

use crate::line::{self, Fields, Line};

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: [u8; 2] = [0xff; 2];
const NULL: [u8; 4] = [0xff; 4];
/// PostgreSQL's number of the type `text`.
const TEXT: i32 = 25;
/// Digits of any number that lies within 64 bits for sure.
const MAX_DIGITS: usize = 18;

/// What Python tells of a part.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Table {
    /// All that stands in a line before its document.
    opening: String,
    /// Names of the fields that become columns between `dump` and `data`, in their order.
    columns: Vec<String>,
    /// The month as PostgreSQL's date.
    dump: i32,
    first_year: i64,
    last_year: i64,
    entity: i16,
    table_version: i64,
    graph_version: Option<i64>,
}

/// What is copied of a part, and the ids of its documents.
pub struct Rows {
    pub documents: Vec<u8>,
    pub states: Vec<u8>,
    pub ids: Vec<i64>,
}

/// The rows of a part; None where a line is not as both engines write them.
pub fn rows(table: &Table, lines: &[u8], ids: &[i64], raw: &[i64]) -> Option<Rows> {
    let mut documents = Vec::with_capacity(lines.len() + HEADER.len());
    documents.extend_from_slice(HEADER);
    let mut found = Vec::with_capacity(ids.len());
    let mut rest = lines;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest)?;
        let line = Line::of(table.opening.as_bytes(), rest.get(..end)?)?;
        let id = document(table, &line, &mut documents)?;
        found.push((id, digest(line.hash)? ^ table.table_version));
        rest = rest.get(end + 1..)?;
    }
    documents.extend_from_slice(&TRAILER);
    let states = states(table, &found, ids, raw)?;
    Some(Rows { documents, states, ids: found.into_iter().map(|(id, _)| id).collect() })
}

/// One row: id, hash, dump, the columns of the entity, data.
fn document(table: &Table, line: &Line, out: &mut Vec<u8>) -> Option<i64> {
    let mut values = vec![None; table.columns.len()];
    let mut id = None;
    let mut fields = Fields::of(line.data)?;
    let mut missing = table.columns.len() + 1;
    while missing > 0 {
        let (name, value) = fields.next()?;
        if name.is_empty() {
            break;
        }
        if name == b"id" {
            id = Some(std::str::from_utf8(value).ok()?.parse().ok()?);
            missing -= 1;
        } else if let Some(place) = table.columns.iter().position(|column| column.as_bytes() == name) {
            *values.get_mut(place)? = Some(value);
            missing -= 1;
        }
    }
    let id: i64 = id?;
    out.extend_from_slice(&(table.columns.len() as i16 + 4).to_be_bytes());
    field(&id.to_be_bytes(), out);
    field(line.hash, out);
    field(&table.dump.to_be_bytes(), out);
    for (name, value) in table.columns.iter().zip(values) {
        column(table, name, value, out)?;
    }
    out.extend_from_slice(&(line.data.len() as i32 + 1).to_be_bytes());
    out.push(1); // the version of jsonb's binary form
    out.extend_from_slice(line.data);
    Some(id)
}

fn column(table: &Table, name: &str, value: Option<&[u8]>, out: &mut Vec<u8>) -> Option<()> {
    match name {
        "genres" | "styles" => return texts(value.unwrap_or(b"[]"), out),
        "year" => year(table, value.and_then(stated_year), out),
        "released" => {
            let mut released = Vec::new();
            if let Some(value) = value {
                line::text(value, &mut released)?;
            }
            year(table, released_year(&released), out);
        }
        _ => match value {
            Some(value) => sized(out, |out| line::text(value, out))?,
            None => out.extend_from_slice(&NULL),
        },
    }
    Some(())
}

fn year(table: &Table, year: Option<i64>, out: &mut Vec<u8>) {
    match year.filter(|year| (table.first_year..=table.last_year).contains(year)) {
        Some(year) => field(&(year as i32).to_be_bytes(), out),
        None => out.extend_from_slice(&NULL),
    }
}

fn stated_year(value: &[u8]) -> Option<i64> {
    std::str::from_utf8(value).ok().filter(|digits| digits.len() <= MAX_DIGITS)?.parse().ok()
}

/// The year of `1969`, `1969-09` with two digits more, `1969-09-26`; anything else is no date.
fn released_year(text: &[u8]) -> Option<i64> {
    let dashes = |place: &usize| *place == 4 || *place == 7;
    let fits = |(place, byte): (usize, &u8)| if dashes(&place) { *byte == b'-' } else { byte.is_ascii_digit() };
    let is_date = matches!(text.len(), 4 | 7 | 10) && text.iter().enumerate().all(fits);
    std::str::from_utf8(text.get(..4).filter(|_| is_date)?).ok()?.parse().ok()
}

/// An array of texts with one dimension, or none where it is empty.
fn texts(array: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let items = line::items(array)?;
    sized(out, |out| {
        for number in [i32::from(!items.is_empty()), 0, TEXT] {
            out.extend_from_slice(&number.to_be_bytes());
        }
        if !items.is_empty() {
            for number in [items.len() as i32, 1] {
                out.extend_from_slice(&number.to_be_bytes());
            }
        }
        items.iter().try_for_each(|item| sized(out, |out| line::text(item, out)))
    })
}

/// A row of `record_state` for each record of the part: those that made no document have none.
fn states(table: &Table, found: &[(i64, i64)], ids: &[i64], raw: &[i64]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(HEADER.len() + ids.len() * 64);
    out.extend_from_slice(HEADER);
    let mut rest = found.iter().peekable();
    for (id, raw) in ids.iter().zip(raw) {
        let doc = rest.next_if(|(document, _)| document == id).map(|(_, digest)| *digest);
        let shown = doc.zip(table.graph_version).map(|(doc, version)| doc ^ version);
        out.extend_from_slice(&5_i16.to_be_bytes());
        field(&table.entity.to_be_bytes(), &mut out);
        field(&id.to_be_bytes(), &mut out);
        field(&raw.to_be_bytes(), &mut out);
        for digest in [doc, shown] {
            match digest {
                Some(digest) => field(&digest.to_be_bytes(), &mut out),
                None => out.extend_from_slice(&NULL),
            }
        }
    }
    out.extend_from_slice(&TRAILER);
    (rest.peek().is_none() && ids.len() == raw.len()).then_some(out)
}

/// The first 64 bits of a hash.
fn digest(hash: &[u8]) -> Option<i64> {
    let digits = std::str::from_utf8(hash.get(..16)?).ok()?;
    Some(u64::from_str_radix(digits, 16).ok()?.cast_signed())
}

fn field(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(value.len() as i32).to_be_bytes());
    out.extend_from_slice(value);
}

/// A field whose length is known once it is written.
fn sized(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<()> {
    let begin = out.len();
    out.extend_from_slice(&NULL);
    write(out)?;
    let length = (out.len() - begin - NULL.len()) as i32;
    out.get_mut(begin..begin + NULL.len())?.copy_from_slice(&length.to_be_bytes());
    Some(())
}
