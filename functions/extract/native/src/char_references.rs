//! References: the five names of XML, and characters by number.

/// Digits enough for any character, so that a number never overflows.
const MAX_DIGITS: usize = 8;

/// The character that a reference stands for, its `&` left out, and what follows it. None for anything but the five
/// names and a character that XML allows.
pub fn resolve(text: &[u8]) -> Option<(char, &[u8])> {
    let end = text.iter().take(MAX_DIGITS + 3).position(|byte| *byte == b';')?;
    let character = match text.get(..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        _ => return None,
    };
    Some((character, text.get(end + 1..)?))
}

fn number(digits: &[u8], base: u32) -> Option<char> {
    if digits.is_empty() || digits.len() > MAX_DIGITS {
        return None;
    }
    let mut number = 0_u64;
    for digit in digits {
        number = number * u64::from(base) + u64::from(char::from(*digit).to_digit(base)?);
    }
    char::from_u32(u32::try_from(number).ok()?).filter(|character| is_legal(*character))
}

/// The characters of XML 1.0.
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
