//! The bytes of a stream that are held, and searches in them that look at each byte once.

use memchr::memmem::Finder;

/// Bytes that the longest token takes, so that it is seen whole.
const MARGIN: usize = 512;

/// Places are counted from the start of the stream.
#[derive(Default)]
pub struct View {
    pub held: Vec<u8>,
    /// Where the bytes held begin in the stream.
    pub base: usize,
    /// Whether no more will come.
    pub last: bool,
}

impl View {
    /// The place behind the last byte.
    pub fn end(&self) -> usize {
        self.base + self.held.len()
    }

    /// Tokens that begin before it are seen whole.
    pub fn edge(&self) -> usize {
        if self.last { self.end() } else { self.end().saturating_sub(MARGIN) }
    }

    /// The bytes from one place to another, or to the end of what is held.
    pub fn slice(&self, begin: usize, end: usize) -> &[u8] {
        let begin = begin.saturating_sub(self.base);
        let end = end.saturating_sub(self.base).min(self.held.len());
        self.held.get(begin..end).unwrap_or_default()
    }

    /// The bytes from a place on.
    pub fn from(&self, place: usize) -> &[u8] {
        self.held.get(place.saturating_sub(self.base)..).unwrap_or_default()
    }

    /// Lets go of what stands before a place.
    pub fn drop_before(&mut self, place: usize) {
        self.held.drain(..(place - self.base).min(self.held.len()));
        self.base = place;
    }
}

/// Where something begins in some bytes, and where it ends.
pub type Look = fn(&[u8]) -> Option<(usize, usize)>;

/// What is looked for.
pub enum Pattern {
    Needle(Box<Finder<'static>>),
    Form(Look),
}

impl Pattern {
    pub fn needle(text: &'static [u8]) -> Self {
        Self::Needle(Box::new(Finder::new(text)))
    }

    fn find(&self, data: &[u8]) -> Option<(usize, usize)> {
        match self {
            Self::Needle(finder) => finder.find(data).map(|at| (at, at + finder.needle().len())),
            Self::Form(look) => look(data),
        }
    }
}

/// The first place of a pattern at or after one; asked for places that never go back, it looks at each byte once.
pub struct Seeker {
    pattern: Pattern,
    place: usize,
    behind: usize,
    found: bool,
}

impl Seeker {
    pub fn new(pattern: Pattern) -> Self {
        Self { pattern, place: 0, behind: 0, found: false }
    }

    /// Where it begins and ends; None where the bytes held so far have it no more.
    pub fn next(&mut self, view: &View, at: usize) -> Option<(usize, usize)> {
        if !(self.found && self.place >= at) {
            let begin = if self.found { at } else { at.max(self.place) };
            match self.pattern.find(view.from(begin)) {
                Some((place, behind)) => {
                    (self.place, self.behind, self.found) = (begin + place, begin + behind, true);
                }
                None => (self.place, self.found) = (begin.max(view.end().saturating_sub(MARGIN)), false),
            }
        }
        self.found.then_some((self.place, self.behind))
    }
}
