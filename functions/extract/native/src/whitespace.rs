//! White space and what else is nothing between two records.

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

/// How many bytes of white space the data begins with, counted up to a number.
pub fn leading_at_most(data: &[u8], most: usize) -> usize {
    data.iter().take(most).take_while(|byte| is_space(**byte)).count()
}
