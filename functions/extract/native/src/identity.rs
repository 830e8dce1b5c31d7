//! A record's id where it stands as it does in every dump; anything else is for `functions/extract/records/record_digest.py`.

use memchr::memmem;

use crate::whitespace::leading;

const MAX_DIGITS: usize = 18;

/// Where a record's id stands.
#[derive(Clone, Copy)]
pub enum Identity {
    /// `<master id="18500">`
    Attribute,
    /// `<artist><id>1</id>`, maybe behind `<images>`
    Child,
}

impl Identity {
    pub fn new(entity: &str) -> Option<Self> {
        match entity {
            "artists" | "labels" => Some(Self::Child),
            "masters" | "releases" => Some(Self::Attribute),
            _ => None,
        }
    }

    pub fn of(self, record: &[u8]) -> Option<i64> {
        let name = record.strip_prefix(b"<")?;
        let end = name.iter().position(|byte| !byte.is_ascii_lowercase())?;
        let behind = name.get(end..)?;
        match self {
            Self::Attribute => by_attribute(behind),
            Self::Child => by_child(behind.strip_prefix(b">")?),
        }
    }
}

/// ` id="…"` at once.
fn by_attribute(tag: &[u8]) -> Option<i64> {
    let (id, behind) = number(tag.strip_prefix(b" id=\"")?)?;
    behind.starts_with(b"\"").then_some(id)
}

fn by_child(content: &[u8]) -> Option<i64> {
    let mut rest = content.get(leading(content)..)?;
    if let Some(images) = rest.strip_prefix(b"<images>") {
        let end = memmem::find(images, b"</images>")?;
        rest = images.get(end + b"</images>".len()..)?;
        rest = rest.get(leading(rest)..)?;
    }
    let (id, behind) = number(rest.strip_prefix(b"<id>")?)?;
    behind.starts_with(b"</id>").then_some(id)
}

fn number(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).filter(|length| *length <= MAX_DIGITS)?;
    let (digits, behind) = text.split_at_checked(length)?;
    Some((std::str::from_utf8(digits).ok()?.parse().ok()?, behind))
}
