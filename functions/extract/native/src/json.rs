//! A document as canonical JSON, byte for byte as `msgspec` writes it.

use crate::char_references;
use crate::document::{Document, Slot};
use crate::model::{Model, Shape};

/// Writes one record's document; None where a reference in it is not for this engine to judge.
pub struct Writer<'a> {
    pub model: &'a Model,
    pub document: &'a Document,
    pub record: &'a [u8],
    pub out: &'a mut Vec<u8>,
}

impl Writer<'_> {
    /// The struct whose fields begin at `base`.
    pub fn object(&mut self, shape: &Shape, base: u32) -> Option<()> {
        let begin = self.out.len();
        self.out.push(b'{');
        for (key, slot) in shape.keys.iter().zip(self.document.fields(base, shape.keys.len())?) {
            if matches!(slot, Slot::Absent) {
                continue;
            }
            let first = self.out.len() == begin + 1;
            self.out.extend_from_slice(key.get(usize::from(first)..)?);
            self.value(*slot)?;
        }
        self.out.push(b'}');
        Some(())
    }

    fn value(&mut self, slot: Slot) -> Option<()> {
        match slot {
            Slot::Absent => None,
            Slot::Text(span) => self.string(span.of(self.record)?, b"\\n", b"\\t"),
            Slot::Attribute(span) => self.string(span.of(self.record)?, b" ", b" "),
            Slot::Number(span) => {
                self.out.extend_from_slice(span.of(self.record)?);
                Some(())
            }
            Slot::Truth(truth) => {
                self.out.extend_from_slice(if truth { b"true" } else { b"false" });
                Some(())
            }
            Slot::List(first) => self.array(first),
            Slot::Struct(base, shape) => self.object(self.model.shape(shape as usize)?, base),
        }
    }

    fn array(&mut self, first: u32) -> Option<()> {
        self.out.push(b'[');
        for (number, item) in self.document.items(first).enumerate() {
            if number > 0 {
                self.out.push(b',');
            }
            self.value(item)?;
        }
        self.out.push(b']');
        Some(())
    }

    /// A text: references resolved, what JSON wants escaped, escaped.
    fn string(&mut self, text: &[u8], line_feed: &[u8], tab: &[u8]) -> Option<()> {
        self.out.push(b'"');
        let mut rest = text;
        while let Some(length) = rest.iter().position(|byte| is_special(*byte)) {
            let (plain, special) = rest.split_at(length);
            self.out.extend_from_slice(plain);
            let (byte, behind) = special.split_first()?;
            rest = behind;
            match byte {
                b'\n' => self.out.extend_from_slice(line_feed),
                b'\t' => self.out.extend_from_slice(tab),
                b'&' => {
                    let (character, behind) = char_references::resolve(behind)?;
                    self.character(character);
                    rest = behind;
                }
                other => self.character(char::from(*other)),
            }
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
        Some(())
    }

    fn character(&mut self, character: char) {
        match character {
            '"' => self.out.extend_from_slice(b"\\\""),
            '\\' => self.out.extend_from_slice(b"\\\\"),
            '\n' => self.out.extend_from_slice(b"\\n"),
            '\r' => self.out.extend_from_slice(b"\\r"),
            '\t' => self.out.extend_from_slice(b"\\t"),
            other => self.out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

#[allow(clippy::indexing_slicing, reason = "the compiler evaluates it")]
const SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = true;
        byte += 1;
    }
    table[b'"' as usize] = true;
    table[b'\\' as usize] = true;
    table[b'&' as usize] = true;
    table
};

#[inline]
fn is_special(byte: u8) -> bool {
    SPECIAL.get(usize::from(byte)).copied().unwrap_or_default()
}
