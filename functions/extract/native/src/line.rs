//! One NDJSON line as both engines write it: the document, its hash, and the fields of its outermost object.

/// `,"hash":"` and `"}` around 64 digits.
const HASH: usize = 64;

/// A line without its end.
pub struct Line<'a> {
    pub data: &'a [u8],
    pub hash: &'a [u8],
}

impl<'a> Line<'a> {
    /// The line's parts, `opening` being all that stands before the document; None for a line of another form.
    pub fn of(opening: &[u8], line: &'a [u8]) -> Option<Self> {
        let rest = line.strip_prefix(opening)?.strip_suffix(b"\"}")?;
        let (rest, hash) = rest.split_at_checked(rest.len().checked_sub(HASH)?)?;
        Some(Self { data: rest.strip_suffix(b",\"hash\":\"")?, hash })
    }
}

/// The fields of an object in canonical JSON, name and value as they stand.
pub struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub fn of(object: &'a [u8]) -> Option<Self> {
        Some(Self { rest: object.strip_prefix(b"{")? })
    }

    /// The next field; an empty name at the end of the object; None where it is no canonical JSON.
    pub fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        if self.rest == b"}" {
            return Some((b"", b""));
        }
        let rest = self.rest.strip_prefix(b",").unwrap_or(self.rest);
        let (name, behind) = rest.split_at_checked(string_end(rest)?)?;
        let behind = behind.strip_prefix(b":")?;
        let (value, rest) = behind.split_at_checked(value_end(behind)?)?;
        self.rest = rest;
        Some((name.get(1..name.len() - 1)?, value))
    }
}

/// The items of an array.
pub fn items(array: &[u8]) -> Option<Vec<&[u8]>> {
    let mut rest = array.strip_prefix(b"[")?;
    let mut found = Vec::new();
    while rest != b"]" {
        rest = rest.strip_prefix(b",").unwrap_or(rest);
        let (value, behind) = rest.split_at_checked(value_end(rest)?)?;
        found.push(value);
        rest = behind;
    }
    Some(found)
}

/// A string's characters, what is escaped in it as itself.
pub fn text(value: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    while let Some(length) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(rest.get(..length)?);
        let (escaped, behind) = rest.get(length + 1..)?.split_first()?;
        rest = behind;
        match escaped {
            b'"' | b'\\' | b'/' => out.push(*escaped),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => {
                let (digits, behind) = rest.split_at_checked(4)?;
                let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
                let character = char::from_u32(number).filter(|character| *character != '\0')?;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = behind;
            }
            _ => return None,
        }
    }
    out.extend_from_slice(rest);
    Some(())
}

fn value_end(text: &[u8]) -> Option<usize> {
    match text.first()? {
        b'"' => string_end(text),
        b'{' | b'[' => nested_end(text),
        _ => text.iter().position(|byte| matches!(byte, b',' | b'}' | b']')),
    }
}

/// The place behind the closing quotation mark of the string that the text begins with.
fn string_end(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    text.strip_prefix(b"\"")?;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

fn nested_end(text: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0_usize);
    loop {
        match text.get(at)? {
            b'"' => at += string_end(text.get(at..)?)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                depth -= 1;
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
}
