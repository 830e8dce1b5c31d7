//! The NDJSON lines of a part.

use sha2::{Digest, Sha256};

use crate::char_validity::Legality;
use crate::document::{Document, Slot};
use crate::json::Writer;
use crate::model::{Model, Shape};

/// The lines of the records that this engine decides, in chunks: between two of them stands one undecided record.
pub struct Lines {
    pub chunks: Vec<Vec<u8>>,
    pub undecided: Vec<usize>,
}

/// Parses the records of a part: `records` gives each one's length and id.
pub fn lines(model: &Model, shape: &Shape, records: &[(usize, i64)], xml: &[u8]) -> Lines {
    let mut parser = Parser::new(model, shape);
    let mut made = Lines { chunks: Vec::new(), undecided: Vec::new() };
    let mut out = Vec::with_capacity(xml.len());
    let mut rest = xml;
    for (number, (length, id)) in records.iter().enumerate() {
        let (record, behind) = rest.split_at_checked(*length).unwrap_or((rest, b""));
        rest = behind;
        let begin = out.len();
        if parser.line(record, *id, &mut out).is_none() {
            out.truncate(begin);
            made.undecided.push(number);
            made.chunks.push(std::mem::take(&mut out));
        }
    }
    made.chunks.push(out);
    made
}

struct Parser<'a> {
    model: &'a Model,
    shape: &'a Shape,
    legality: Legality,
    document: Document,
    opening: Vec<u8>,
}

impl<'a> Parser<'a> {
    fn new(model: &'a Model, shape: &'a Shape) -> Self {
        let opening = [b"{\"type\":\"", &*shape.name, b"\",\"data\":"].concat();
        Self { model, shape, legality: Legality::new(), document: Document::default(), opening }
    }

    /// One record's line behind the others; None where the record is undecided.
    fn line(&mut self, record: &[u8], id: i64, out: &mut Vec<u8>) -> Option<()> {
        let record = &*self.legality.checked(record)?;
        let Slot::Struct(base, _) = self.document.read(self.model, self.shape, record)? else { return None };
        if self.stated_id(record, base)? != id {
            return None;
        }
        out.extend_from_slice(&self.opening);
        let begin = out.len();
        Writer { model: self.model, document: &self.document, record, out }.object(self.shape, base)?;
        let hash = Sha256::digest(out.get(begin..)?);
        out.extend_from_slice(b",\"hash\":\"");
        out.extend(hash.iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]));
        out.extend_from_slice(b"\"}\n");
        Some(())
    }

    fn stated_id(&self, record: &[u8], base: u32) -> Option<i64> {
        match self.document.fields(base, self.shape.keys.len())?.get(self.shape.id?)? {
            Slot::Number(span) => std::str::from_utf8(span.of(record)?).ok()?.parse().ok(),
            _ => None,
        }
    }
}

fn hex(digit: u8) -> u8 {
    if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }
}
