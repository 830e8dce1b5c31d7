//! Which bytes may stand in a record at all: a first look at the whole of it, before it is read.

use std::borrow::Cow;

use memchr::memmem::Finder;

/// The checks that need no knowledge of XML's grammar.
pub struct Legality {
    section_end: Finder<'static>,
    last_of_plane: Finder<'static>,
}

impl Legality {
    pub fn new() -> Self {
        Self { section_end: Finder::new(b"]]>"), last_of_plane: Finder::new(b"\xef\xbf") }
    }

    /// The record with its line ends as XML wants them; None where a byte is not for this engine to judge.
    pub fn checked<'a>(&self, record: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        std::str::from_utf8(record).ok()?;
        if has_control(record) || self.section_end.find(record).is_some() || self.has_noncharacter(record) {
            return None;
        }
        Some(match memchr::memchr(b'\r', record) {
            None => Cow::Borrowed(record),
            Some(_) => Cow::Owned(with_line_feeds(record)),
        })
    }

    /// U+FFFE and U+FFFF, which XML does not allow.
    fn has_noncharacter(&self, record: &[u8]) -> bool {
        self.last_of_plane.find_iter(record).any(|at| record.get(at + 2).is_some_and(|byte| *byte >= 0xbe))
    }
}

/// A control character other than tab, line feed and carriage return.
fn has_control(record: &[u8]) -> bool {
    let bad = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r');
    record.chunks(256).any(|chunk| chunk.iter().fold(false, |found, byte| found | bad(byte)))
}

/// `\r\n` and `\r` as `\n`: the end-of-line rule of XML 1.0, section 2.11.
fn with_line_feeds(record: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(record.len());
    let mut rest = record;
    while let Some(at) = memchr::memchr(b'\r', rest) {
        let (before, after) = rest.split_at(at);
        made.extend_from_slice(before);
        made.push(b'\n');
        rest = after.strip_prefix(b"\r\n").or(after.strip_prefix(b"\r")).unwrap_or_default();
    }
    made.extend_from_slice(rest);
    made
}
