//! Lines of a file for Neo4j's importer: the rules of `functions/load_graph/bulk/import_csv.py`.

pub const FIELD: u8 = 0x1f;
pub const ITEM: u8 = 0x1e;
const QUOTE: u8 = 0x1d;
const EMPTY: [u8; 2] = [QUOTE; 2];

/// Lines of one file, with their ends.
#[derive(Default)]
pub struct Chunk {
    /// Names the file.
    pub key: Vec<String>,
    pub lines: Vec<u8>,
    /// Those with a line break inside, which have a file of their own.
    pub broken: Vec<u8>,
    /// Characters of the longest line, of those that are long.
    pub longest: usize,
}

impl Chunk {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.broken.is_empty()
    }

    /// Add the line that is written.
    pub fn line(&mut self, long: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let begin = self.lines.len();
        write(&mut self.lines);
        let line = self.lines.get(begin..).unwrap_or_default();
        if line.len() > long {
            let characters = line.iter().filter(|byte| **byte & 0xc0 != 0x80).count();
            self.longest = self.longest.max(if characters > long { characters } else { 0 });
        }
        if memchr::memchr2(b'\n', b'\r', line).is_some() {
            quote(line, &mut self.broken);
            self.broken.push(b'\n');
            self.lines.truncate(begin);
        } else {
            self.lines.push(b'\n');
        }
    }
}

/// A text as a field: an empty one is an empty text.
pub fn push_text(text: &[u8], line: &mut Vec<u8>) {
    line.extend_from_slice(if text.is_empty() { &EMPTY } else { text });
}

fn quote(line: &[u8], out: &mut Vec<u8>) {
    for (number, field) in line.split(|byte| *byte == FIELD).enumerate() {
        if number > 0 {
            out.push(FIELD);
        }
        if field.is_empty() || field == EMPTY {
            out.extend_from_slice(field);
        } else {
            out.push(QUOTE);
            out.extend_from_slice(field);
            out.push(QUOTE);
        }
    }
}
