//! References to other records, as documents have them.

use super::json_reader::Reader;

/// A reference; its texts as they stand in the document.
#[derive(Clone, Copy, Default)]
pub struct Named<'a> {
    id: Option<i64>,
    pub catno: Option<&'a [u8]>,
    pub role: Option<&'a [u8]>,
}

impl<'a> Named<'a> {
    /// The id; 0 and none point nowhere.
    pub fn id(&self) -> Option<i64> {
        self.id.filter(|id| *id > 0)
    }

    pub fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let mut found = Self::default();
        reader.object(|reader, key| {
            match key {
                b"id" => found.id = reader.optional_integer()?,
                b"catno" => found.catno = reader.optional_string()?,
                b"role" => found.role = reader.optional_string()?,
                _ => reader.skip()?,
            }
            Some(())
        })?;
        Some(found)
    }
}
