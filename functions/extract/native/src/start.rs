//! The start tags of records: the patterns of `functions/extract/scan.py`, matched by hand.

use memchr::memmem::Finder;

use crate::space::{is_space, leading};

/// Where the next record starts.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// Where it starts, and from where to look for the one after it.
    At(usize, usize),
    /// None up to here; from here on more bytes are needed to tell.
    From(usize),
}

enum Verdict {
    Yes,
    No,
    Unsure,
}

#[derive(Clone, Copy)]
enum Rule {
    /// `<artist…>` before another element, or `<artist/>`
    Artist,
    /// `<label…>` before another element, for it also stands in `<sublabels>`, with a text in it
    Label,
    /// `<master` and `<release`, as long as the name ends there
    Plain,
}

pub struct Starts {
    opening: Finder<'static>,
    rule: Rule,
}

impl Starts {
    pub fn new(entity: &str) -> Option<Self> {
        let (opening, rule): (&'static [u8], Rule) = match entity {
            "artists" => (b"<artist", Rule::Artist),
            "labels" => (b"<label", Rule::Label),
            "masters" => (b"<master", Rule::Plain),
            "releases" => (b"<release", Rule::Plain),
            _ => return None,
        };
        Some(Self { opening: Finder::new(opening), rule })
    }

    /// The first start at or after `from`. `whole`: no more bytes will come.
    pub fn next(&self, data: &[u8], from: usize, whole: bool) -> Next {
        let width = self.opening.needle().len();
        let mut from = from;
        while let Some(found) = data.get(from..).and_then(|rest| self.opening.find(rest)) {
            let (begin, behind) = (from + found, from + found + width);
            match self.verdict(data.get(behind..).unwrap_or_default()) {
                Verdict::Yes => return Next::At(begin, behind),
                Verdict::Unsure if !whole => return Next::From(begin),
                _ => from = behind,
            }
        }
        Next::From(from.max((data.len() + 1).saturating_sub(width)))
    }

    fn verdict(&self, behind: &[u8]) -> Verdict {
        let Some(first) = behind.first() else { return Verdict::Unsure };
        match self.rule {
            Rule::Plain if is_space(*first) || matches!(*first, b'>' | b'/') => Verdict::Yes,
            Rule::Plain => Verdict::No,
            Rule::Artist if is_self_closing(behind) => Verdict::Yes,
            Rule::Artist => before_element(behind, true),
            Rule::Label => before_element(behind, false),
        }
    }
}

/// `\s*/>`
fn is_self_closing(behind: &[u8]) -> bool {
    behind.get(leading(behind)..).is_some_and(|rest| rest.starts_with(b"/>"))
}

/// `(?:\s[^<>]*)?>(?=\s*<[^/])`; without `slash`, none may stand before the `>`
fn before_element(behind: &[u8], slash: bool) -> Verdict {
    let Some(length) = memchr::memchr2(b'<', b'>', behind) else {
        return if behind.first().is_some_and(|byte| is_space(*byte)) { Verdict::Unsure } else { Verdict::No };
    };
    let (inside, rest) = behind.split_at(length);
    let named = inside.first().is_none_or(|byte| is_space(*byte));
    if !named || !rest.starts_with(b">") || (!slash && inside.last() == Some(&b'/')) {
        return Verdict::No;
    }
    let content = rest.get(1..).unwrap_or_default();
    match content.get(leading(content)..).unwrap_or_default() {
        [] | [b'<'] => Verdict::Unsure,
        [b'<', second, ..] if *second != b'/' => Verdict::Yes,
        _ => Verdict::No,
    }
}
