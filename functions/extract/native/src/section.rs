//! Stretches of a stream in which a tag is no tag.

use crate::view::{Pattern, Seeker, View};
use crate::whitespace::leading_at_most;

/// The longest section taken for one: damage done by a section that does not end stays within it.
pub const SECTION_BYTES: usize = 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Comment,
    Cdata,
    Instruction,
    Doctype,
    Sublabels,
}

impl Kind {
    /// The kind that opens here with `<!` or `<?`; of DOCTYPEs, only the root's own counts.
    pub fn of(data: &[u8], root: &[u8]) -> Option<Self> {
        let kinds = [Self::Comment, Self::Cdata, Self::Instruction, Self::Doctype];
        let kind = kinds.into_iter().find(|kind| data.starts_with(kind.opening()))?;
        (kind != Self::Doctype || names(data, root)).then_some(kind)
    }

    pub fn opening(self) -> &'static [u8] {
        match self {
            Self::Comment => b"<!--",
            Self::Cdata => b"<![CDATA[",
            Self::Instruction => b"<?",
            Self::Doctype => b"<!DOCTYPE",
            Self::Sublabels => b"<sublabels",
        }
    }

    fn closing(self) -> &'static [u8] {
        match self {
            Self::Comment => b"-->",
            Self::Cdata => b"]]>",
            Self::Instruction => b"?>",
            Self::Doctype => b">",
            Self::Sublabels => b"</sublabels",
        }
    }
}

/// A section of the stream and the place behind it.
#[derive(Clone, Copy)]
pub struct Span {
    pub begin: usize,
    pub end: usize,
    pub kind: Kind,
}

/// Where the sections of one kind open and end.
pub struct Sections {
    kind: Kind,
    end: Seeker,
    again: Seeker,
    subset: Seeker,
    subset_end: Seeker,
}

impl Sections {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            end: Seeker::new(Pattern::needle(kind.closing())),
            again: Seeker::new(Pattern::needle(kind.opening())),
            subset: Seeker::new(Pattern::needle(b"[")),
            subset_end: Seeker::new(Pattern::Form(subset_end)),
        }
    }

    /// The place behind the end of the section that opens at a place, whatever stands before that.
    pub fn behind(&mut self, view: &View, place: usize) -> Option<usize> {
        let inside = place + self.kind.opening().len();
        let end = self.end.next(view, inside);
        if self.kind != Kind::Doctype {
            return end.map(|(_, behind)| behind);
        }
        let subset = self.subset.next(view, inside);
        match (end, subset) {
            (Some((bracket, behind)), subset) if subset.is_none_or(|(begin, _)| bracket < begin) => Some(behind),
            (_, Some((begin, _))) => self.subset_end.next(view, begin).map(|(_, behind)| behind),
            _ => None,
        }
    }

    /// Whether such a section opens again between two places.
    pub fn opens_between(&mut self, view: &View, begin: usize, end: usize) -> bool {
        self.again.next(view, begin).is_some_and(|(place, _)| place < end)
    }
}

/// `<!DOCTYPE\s{1,100}root[\s\[>]`
fn names(doctype: &[u8], root: &[u8]) -> bool {
    let behind = doctype.get(Kind::Doctype.opening().len()..).unwrap_or_default();
    let blanks = leading_at_most(behind, 100);
    let name = behind.get(blanks..).and_then(|rest| rest.strip_prefix(root));
    blanks > 0 && name.and_then(<[u8]>::first).is_some_and(|byte| *byte == b'[' || is_end(*byte))
}

/// `<!` and `<?`
pub fn opening(data: &[u8]) -> Option<(usize, usize)> {
    let mut marks = memchr::memchr2_iter(b'!', b'?', data);
    marks.find(|at| at.checked_sub(1).is_some_and(|at| data.get(at) == Some(&b'<'))).map(|at| (at - 1, at + 1))
}

/// `\]\s{0,100}>`
fn subset_end(data: &[u8]) -> Option<(usize, usize)> {
    memchr::memchr_iter(b']', data).find_map(|at| {
        let rest = data.get(at + 1..)?;
        let blanks = leading_at_most(rest, 100);
        (rest.get(blanks) == Some(&b'>')).then_some((at, at + blanks + 2))
    })
}

/// `<(?:sublabels(?:\s[^<>/]{0,200})?>|/sublabels[\s>])`
pub fn sublabels(data: &[u8]) -> Option<(usize, usize)> {
    memchr::memmem::find_iter(data, b"sublabels").find_map(|at| {
        let behind = data.get(at + b"sublabels".len()..)?;
        match data.get(..at)? {
            [.., b'<', b'/'] => behind.first().filter(|byte| is_end(**byte)).map(|_| (at - 2, at + 10)),
            [.., b'<'] => opened(behind).map(|length| (at - 1, at + 9 + length)),
            _ => None,
        }
    })
}

fn is_end(byte: u8) -> bool {
    byte == b'>' || crate::whitespace::is_space(byte)
}

/// The length of `(?:\s[^<>/]{0,200})?>`
fn opened(behind: &[u8]) -> Option<usize> {
    let inside = behind.iter().take(202).position(|byte| matches!(byte, b'<' | b'>' | b'/'))?;
    let named = inside == 0 || behind.first().is_some_and(|byte| crate::whitespace::is_space(*byte));
    (named && inside <= 201 && behind.get(inside) == Some(&b'>')).then_some(inside + 1)
}
