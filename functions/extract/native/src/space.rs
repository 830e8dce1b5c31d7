//! White space and what else is nothing between two records.

use memchr::memmem;

/// `\s` of Python's patterns on bytes.
#[inline]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// How many bytes of white space the data begins with.
#[inline]
pub fn leading(data: &[u8]) -> usize {
    data.iter().take_while(|byte| is_space(**byte)).count()
}

/// The data without the blanks, tabs and line ends at its end.
pub fn trim_end(data: &[u8]) -> &[u8] {
    let kept = data.iter().rposition(|byte| !matches!(*byte, b' ' | b'\t' | b'\r' | b'\n'));
    kept.and_then(|last| data.get(..=last)).unwrap_or_default()
}

/// The data behind white space, comments and processing instructions.
pub fn skip_nothing(data: &[u8]) -> &[u8] {
    let mut rest = data;
    loop {
        rest = rest.get(leading(rest)..).unwrap_or_default();
        let Some(behind) = behind(rest, b"<!--", b"-->").or_else(|| behind(rest, b"<?", b"?>")) else {
            return rest;
        };
        rest = behind;
    }
}

fn behind<'a>(data: &'a [u8], opening: &[u8], closing: &[u8]) -> Option<&'a [u8]> {
    let inner = data.strip_prefix(opening)?;
    inner.get(memmem::find(inner, closing)? + closing.len()..)
}
