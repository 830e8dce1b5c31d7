//! Roles of a credit: the rules of `functions/projection/roles.py`.

use super::slice::{Slice, Span};

/// Add the roles of a text: split at commas outside brackets, bracketed notes dropped.
pub fn split(text: &[u8], slice: &mut Slice, found: &mut Vec<Span>) -> Option<()> {
    let mut without = Vec::new();
    let kept = if memchr::memchr(b'[', text).is_some() {
        without_notes(text, &mut without)?;
        &without
    } else {
        text
    };
    for part in std::str::from_utf8(kept).ok()?.split(',') {
        let role = part.trim_matches(is_space);
        if !role.is_empty() {
            found.push(slice.keep(role.as_bytes())?);
        }
    }
    Some(())
}

/// What Python strips from a text.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// A bracket that is never closed hides what follows it; one that was never opened is kept.
fn without_notes(text: &[u8], kept: &mut Vec<u8>) -> Option<()> {
    let (mut depth, mut begin) = (0_usize, 0);
    for at in memchr::memchr2_iter(b'[', b']', text) {
        if text.get(at) == Some(&b'[') {
            if depth == 0 {
                kept.extend_from_slice(text.get(begin..at)?);
            }
            depth += 1;
        } else if depth > 0 {
            depth -= 1;
            begin = at + 1;
        }
    }
    if depth == 0 {
        kept.extend_from_slice(text.get(begin..)?);
    }
    Some(())
}
