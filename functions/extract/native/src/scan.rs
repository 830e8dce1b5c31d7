//! Cutting a stream of XML into records without parsing it: the rules of `functions/extract/xml_stream/record_scanner.py`.

use memchr::memmem::Finder;

use crate::marks::Marks;
use crate::piece::Collector;
use crate::section::{Kind, Span};
use crate::view::View;
use crate::whitespace::{is_space, leading, leading_at_most, trim_end};

/// Bytes before the end of what is known that may hold the beginning of a root tag.
const ROOT_TAG: usize = 2048;
const ROOT_SPACE: usize = 1000;
const END_SPACE: usize = 100;

pub struct Scan {
    view: View,
    marks: Marks,
    end: Box<Finder<'static>>,
    root: &'static [u8],
    limit: usize,
    /// Where the piece begins that is being read.
    begin: usize,
    in_record: bool,
    /// Whether what is read between records is more than comments and root tags.
    is_junk: bool,
    documents: usize,
    /// Whether the root element is open, and whether one lacked its start or its end.
    is_open: bool,
    is_torn: bool,
}

/// A root tag and the length that it has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Root {
    Opens(usize),
    Closes(usize),
    Empty(usize),
}

impl Root {
    fn length(self) -> usize {
        match self {
            Self::Opens(length) | Self::Closes(length) | Self::Empty(length) => length,
        }
    }
}

impl Scan {
    pub fn new(entity: &str, limit: usize) -> Option<Self> {
        let (end, root): (&'static [u8], &'static [u8]) = match entity {
            "artists" => (b"</artist", b"artists"),
            "labels" => (b"</label", b"labels"),
            "masters" => (b"</master", b"masters"),
            "releases" => (b"</release", b"releases"),
            _ => return None,
        };
        let limit = limit.max(1);
        Some(Self {
            view: View::default(),
            marks: Marks::new(entity, limit)?,
            end: Box::new(Finder::new(end)),
            root,
            limit,
            begin: 0,
            in_record: false,
            is_junk: false,
            documents: 0,
            is_open: false,
            is_torn: false,
        })
    }

    /// Whether every root element was opened and closed, with all records in them and nothing else around.
    pub fn closed(&self) -> bool {
        self.documents > 0 && !self.is_open && !self.is_torn
    }

    /// The bytes that follow in the stream.
    pub fn take(&mut self, xml: &[u8]) {
        self.view.held.extend_from_slice(xml);
        self.marks.look(&self.view);
    }

    /// The next few pieces to the collector; false where more bytes are needed first.
    pub fn advance(&mut self, to: &mut Collector) -> bool {
        if let Some(start) = self.marks.starts.pop_front() {
            self.until(start, to);
            (self.begin, self.in_record, self.is_junk) = (start, true, false);
            return true;
        }
        self.long(to);
        self.marks.forget(self.begin);
        self.view.drop_before(self.begin);
        false
    }

    /// What is left at the end of the stream.
    pub fn tail(&mut self, to: &mut Collector) {
        self.view.last = true;
        self.marks.look(&self.view);
        while self.advance(to) {}
        self.until(self.view.end(), to);
    }

    /// The record that is being read, and what stands between it and the end.
    fn until(&mut self, end: usize, to: &mut Collector) {
        if self.in_record {
            self.record(self.begin, end, to);
        }
        if self.begin < end {
            self.between(end, true, to);
        }
    }

    /// Lets go of what is longer than a record may be, though no other one has started.
    fn long(&mut self, to: &mut Collector) {
        let safe = self.marks.safe;
        if self.in_record && safe - self.begin > self.limit {
            self.record(self.begin, self.begin + self.limit + 1, to);
        }
        if !self.in_record && safe - self.begin.min(safe) > self.limit {
            self.between(safe.saturating_sub(ROOT_TAG), false, to);
        }
    }

    /// One record, without the white space behind it; what is longer than one may be is none.
    fn record(&mut self, begin: usize, end: usize, to: &mut Collector) {
        self.is_torn |= !self.is_open;
        self.in_record = false;
        let whole = || (end - begin <= self.limit).then(|| self.root_tag(begin, end).unwrap_or(end));
        match self.end_of(begin, end).or_else(whole).filter(|behind| behind - begin <= self.limit) {
            Some(behind) => {
                to.record(begin as u64, trim_end(self.view.slice(begin, behind)));
                self.begin = behind;
            }
            None => self.is_junk = true,
        }
    }

    /// The place behind a record's own end tag; the last such tag where it has sub-labels that do not end.
    fn end_of(&self, begin: usize, end: usize) -> Option<usize> {
        let data = self.view.slice(begin, end);
        if let Some(length) = self_closed(data) {
            return Some(begin + length);
        }
        let sections = self.marks.within(begin, end);
        let mut found = self.end_tag(begin, end, sections);
        if !self.marks.torn_within(begin, found.unwrap_or(end)) {
            return found;
        }
        let mut last = None;
        while end - begin <= self.limit
            && let Some(behind) = found
        {
            (found, last) = (self.end_tag(behind, end, sections), found);
        }
        last
    }

    /// The place behind the first end tag of a record that is no part of a section.
    fn end_tag(&self, begin: usize, end: usize, sections: &[Span]) -> Option<usize> {
        let mut from = begin;
        loop {
            let place = from + self.end.find(self.view.slice(from, end))?;
            let behind = place + self.end.needle().len();
            let rest = self.view.slice(behind, end);
            let blanks = leading_at_most(rest, END_SPACE);
            if let Some(inside) = sections.iter().find(|section| holds(section, place)) {
                from = inside.end;
            } else if rest.get(blanks) == Some(&b'>') {
                return Some(behind + blanks + 1);
            } else {
                from = behind;
            }
        }
    }

    /// Where the next root tag begins between two places.
    fn root_tag(&self, begin: usize, end: usize) -> Option<usize> {
        let data = self.view.slice(begin, end);
        let sections = self.marks.within(begin, end);
        let mut names = memchr::memmem::find_iter(data, self.root);
        names.find_map(|at| {
            let at = match data.get(..at)? {
                [.., b'<', b'/'] => at - 2,
                [.., b'<'] => at - 1,
                _ => return None,
            };
            self.root_at(data.get(at..)?)?;
            (!sections.iter().any(|section| holds(section, begin + at))).then_some(begin + at)
        })
    }

    /// `<(?:artists(?:/|\s[^<>]{0,1000})?|/artists\s{0,1000})>` at the start of the data.
    fn root_at(&self, data: &[u8]) -> Option<Root> {
        let tag = data.strip_prefix(b"<")?;
        if let Some(closing) = tag.strip_prefix(b"/") {
            let behind = closing.strip_prefix(self.root)?;
            let blanks = leading_at_most(behind, ROOT_SPACE);
            return (behind.get(blanks) == Some(&b'>')).then_some(Root::Closes(self.root.len() + blanks + 3));
        }
        let behind = tag.strip_prefix(self.root)?;
        let most = behind.len().min(ROOT_SPACE + 2);
        let inside = behind.get(..memchr::memchr2(b'<', b'>', behind.get(..most)?)?)?;
        let length = self.root.len() + inside.len() + 2;
        if behind.get(inside.len()) != Some(&b'>') {
            return None;
        }
        match inside {
            [] => Some(Root::Opens(length)),
            b"/" => Some(Root::Empty(length)),
            [first, .., b'/'] if is_space(*first) => Some(Root::Empty(length)),
            [first, ..] if is_space(*first) => Some(Root::Opens(length)),
            _ => None,
        }
    }

    /// What belongs to no record: root tags, white space and comments are nothing, all else is stray. `is_end`: the
    /// next record starts there; else more may follow.
    fn between(&mut self, end: usize, is_end: bool, to: &mut Collector) {
        while self.begin < end {
            if self.is_junk {
                let stop = self.root_tag(self.begin, end).unwrap_or(end);
                while stop - self.begin > self.limit {
                    self.stray(self.begin + self.limit, to);
                }
                if stop == end && !is_end {
                    return;
                }
                self.stray(stop, to);
                self.is_junk = false;
                continue;
            }
            let behind = self.behind_nothing(self.begin, end);
            if behind == self.begin {
                self.is_junk = true;
                self.is_torn |= !self.is_open;
            }
            self.begin = behind;
        }
    }

    /// The place behind white space, a comment or a root tag; the same place where there is none.
    fn behind_nothing(&mut self, place: usize, end: usize) -> usize {
        let blanks = leading(self.view.slice(place, end));
        if blanks > 0 {
            return place + blanks;
        }
        let data = self.view.from(place);
        if data.starts_with(b"\xef\xbb\xbf") {
            return place + 3;
        }
        let ignored = |span: &Span| matches!(span.kind, Kind::Comment | Kind::Instruction | Kind::Doctype);
        if let Some(section) = self.marks.section_at(place).filter(ignored) {
            return section.end;
        }
        match self.root_at(data) {
            Some(root) => {
                self.root_seen(root);
                place + root.length()
            }
            None => place,
        }
    }

    fn root_seen(&mut self, root: Root) {
        let closes = matches!(root, Root::Closes(_));
        self.is_torn |= closes != self.is_open;
        self.documents += usize::from(!matches!(root, Root::Opens(_)));
        self.is_open = matches!(root, Root::Opens(_));
    }

    fn stray(&mut self, end: usize, to: &mut Collector) {
        let data = trim_end(self.view.slice(self.begin, end));
        if !data.is_empty() {
            to.stray(self.begin as u64, data);
        }
        self.begin = end;
    }
}

fn holds(section: &Span, place: usize) -> bool {
    (section.begin..section.end).contains(&place)
}

/// `<\w+(?:[^<>"']+|"[^"<]*"|'[^'<]*')*>` with `/` before its end: where a record ends that has no content.
fn self_closed(record: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let rest = record.get(at..)?;
        let stop = memchr::memchr3(b'>', b'"', b'\'', rest)?;
        if memchr::memchr(b'<', rest.get(..stop)?).is_some() {
            return None;
        }
        at += stop + 1;
        let quote = *rest.get(stop)?;
        if quote == b'>' {
            return (record.get(at.checked_sub(2)?) == Some(&b'/')).then_some(at);
        }
        let value = record.get(at..)?;
        let length = memchr::memchr2(quote, b'<', value)?;
        if value.get(length) != Some(&quote) {
            return None;
        }
        at += length + 1;
    }
}
