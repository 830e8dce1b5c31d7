//! Projected documents of one entity: what their nodes hold, and the edges that they own.

use super::edge_table::{Kind, Label};

/// A part of a slice's texts, or of its roles.
#[derive(Clone, Copy, Default)]
pub struct Span {
    begin: u32,
    length: u32,
}

impl Span {
    /// From a place to the end; None where the slice is larger than four gigabytes.
    fn since<T>(begin: usize, all: &[T]) -> Option<Self> {
        let length = u32::try_from(all.len().checked_sub(begin)?).ok()?;
        Some(Self { begin: u32::try_from(begin).ok()?, length })
    }

    fn of<T>(self, all: &[T]) -> &[T] {
        let begin = self.begin as usize;
        all.get(begin..begin + self.length as usize).unwrap_or_default()
    }
}

/// The properties of a node.
pub struct Record {
    pub id: i64,
    /// The name of an artist or label, the title of a master or release.
    pub name: Option<Span>,
    pub year: Option<i64>,
    pub country: Option<Span>,
}

/// An edge.
pub struct Link {
    /// The number of the record that owns it.
    pub record: u32,
    /// The id at its other end, where that has one.
    pub other: i64,
    /// The name at its other end, its catalogue number, or its roles.
    pub value: Span,
}

/// Documents of one entity.
pub struct Slice {
    pub label: Label,
    pub records: Vec<Record>,
    texts: Vec<u8>,
    roles: Vec<Span>,
    links: [Vec<Link>; 10],
}

impl Slice {
    pub fn new(label: Label) -> Self {
        Self { label, records: Vec::new(), texts: Vec::new(), roles: Vec::new(), links: Default::default() }
    }

    pub fn links(&self, kind: Kind) -> &[Link] {
        self.links.get(kind as usize).map(Vec::as_slice).unwrap_or_default()
    }

    pub fn text(&self, span: Span) -> &[u8] {
        span.of(&self.texts)
    }

    pub fn roles(&self, span: Span) -> impl Iterator<Item = &[u8]> {
        span.of(&self.roles).iter().map(|role| self.text(*role))
    }

    pub fn record(&self, link: &Link) -> Option<&Record> {
        self.records.get(link.record as usize)
    }

    /// An edge of the record that is added next.
    pub fn link(&mut self, kind: Kind, other: i64, value: Span) -> Option<()> {
        let record = u32::try_from(self.records.len()).ok()?;
        self.links.get_mut(kind as usize)?.push(Link { record, other, value });
        Some(())
    }

    /// Keep a text.
    pub fn keep(&mut self, text: &[u8]) -> Option<Span> {
        self.keep_written(|texts| {
            texts.extend_from_slice(text);
            Some(())
        })
    }

    /// Keep the text that is written.
    pub fn keep_written(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> Option<Span> {
        let begin = self.texts.len();
        write(&mut self.texts)?;
        Span::since(begin, &self.texts)
    }

    /// Keep no more than so many characters of a text that was kept last.
    pub fn shorten(&self, span: Span, most: usize) -> Span {
        let text = self.text(span);
        if text.len() <= most {
            return span;
        }
        let begins = text.iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80);
        let end = begins.map(|(at, _)| at as u32).nth(most).unwrap_or(span.length);
        Span { length: end, ..span }
    }

    /// Keep roles, sorted and each once.
    pub fn keep_roles(&mut self, roles: &mut Vec<Span>) -> Option<Span> {
        roles.sort_by(|one, other| self.text(*one).cmp(self.text(*other)));
        roles.dedup_by(|one, other| self.text(*one) == self.text(*other));
        let begin = self.roles.len();
        self.roles.append(roles);
        Span::since(begin, &self.roles)
    }
}
