//! Cutting a stream of XML into records without parsing it: the rules of `functions/extract/scan.py`.

use memchr::memmem::{self, Finder};

use crate::piece::Collector;
use crate::space::{is_space, skip_nothing, trim_end};
use crate::start::{Next, Starts};

/// Bytes past the limit after which a record counts as too long, even if its end is not in sight.
const MARGIN: usize = 2 * 4096;

pub struct Scan {
    starts: Starts,
    end: Finder<'static>,
    sublabels: Finder<'static>,
    root: Vec<u8>,
    limit: usize,
    held: Vec<u8>,
    /// Where the piece begins that is being read, within `held` and within the stream.
    begin: usize,
    at: u64,
    /// From where in `held` the next start is looked for.
    search: usize,
    /// Bytes that have to come before looking on is worth while.
    wanted: usize,
    /// Whether no record has begun yet: at the start of the stream and behind a piece that was too long.
    head: bool,
    pub closed: bool,
}

impl Scan {
    pub fn new(entity: &str, limit: usize) -> Option<Self> {
        let end: &'static [u8] = match entity {
            "artists" => b"</artist>",
            "labels" => b"</label>",
            "masters" => b"</master>",
            "releases" => b"</release>",
            _ => return None,
        };
        Some(Self {
            starts: Starts::new(entity)?,
            end: Finder::new(end),
            sublabels: Finder::new(b"<sublabels>"),
            root: entity.as_bytes().to_vec(),
            limit: limit.max(1),
            held: Vec::new(),
            begin: 0,
            at: 0,
            search: 0,
            wanted: 0,
            head: true,
            closed: false,
        })
    }

    /// The bytes that follow in the stream.
    pub fn take(&mut self, xml: &[u8]) {
        self.held.drain(..self.begin);
        self.search -= self.begin;
        self.begin = 0;
        self.held.extend_from_slice(xml);
        self.wanted = self.wanted.saturating_sub(xml.len());
    }

    /// The next few pieces to the collector; false where more bytes are needed first.
    pub fn advance(&mut self, to: &mut Collector) -> bool {
        if self.wanted > 0 {
            return false;
        }
        match self.starts.next(&self.held, self.search, false) {
            Next::At(start, behind) => self.start(start, behind, to),
            Next::From(place) => {
                self.search = place;
                let unfinished = self.held.len() - self.begin;
                if unfinished <= self.limit + MARGIN {
                    // As many as are unsure, so that these are not looked at over and over.
                    self.wanted = (self.held.len() - place).clamp(1, self.limit + MARGIN + 1 - unfinished);
                    return false;
                }
                self.too_long(to);
            }
        }
        true
    }

    fn start(&mut self, start: usize, behind: usize, to: &mut Collector) {
        self.piece(start, to);
        self.move_to(start);
        self.head = false;
        self.search = behind;
    }

    fn move_to(&mut self, place: usize) {
        self.at += (place - self.begin) as u64;
        self.begin = place;
        self.search = self.search.max(place);
    }

    fn too_long(&mut self, to: &mut Collector) {
        let end = self.begin + self.limit;
        self.stray(self.held.get(self.begin..end).unwrap_or_default(), self.at, to);
        self.move_to(end);
        self.head = true;
    }

    /// What reaches from the last start to the next one.
    fn piece(&self, end: usize, to: &mut Collector) {
        let data = self.held.get(self.begin..end).unwrap_or_default();
        if self.head {
            self.before_records(data, to);
        } else if !data.is_empty() {
            self.record(data, to);
        }
    }

    /// The end of the stream: the last records, and the closing root tag.
    pub fn tail(&mut self, to: &mut Collector) {
        let rest = trim_end(self.held.get(self.begin..).unwrap_or_default());
        let root_end = [b"</", &*self.root, b">"].concat();
        if let Some(body) = rest.strip_suffix(&*root_end) {
            self.closed = true;
            let end = self.begin + body.len();
            self.held.truncate(end);
        }
        while let Next::At(start, behind) = self.starts.next(&self.held, self.search, true) {
            self.start(start, behind, to);
        }
        self.piece(self.held.len(), to);
    }

    /// The declaration and the root tag; anything else before the first record is stray.
    fn before_records(&self, data: &[u8], to: &mut Collector) {
        let rest = if self.at == 0 { self.behind_root(data) } else { data };
        if !skip_nothing(rest).is_empty() {
            self.stray(data, self.at, to);
        }
    }

    fn behind_root<'a>(&self, data: &'a [u8]) -> &'a [u8] {
        let rest = skip_nothing(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data));
        self.root_tag(rest).and_then(|length| rest.get(length..)).unwrap_or(rest)
    }

    /// The length of `<artists…>` at the start of the data.
    fn root_tag(&self, data: &[u8]) -> Option<usize> {
        let behind = data.strip_prefix(b"<")?.strip_prefix(&*self.root)?;
        let inside = behind.get(..memchr::memchr2(b'<', b'>', behind)?)?;
        let named = inside.first().is_none_or(|byte| is_space(*byte));
        let length = 1 + self.root.len() + inside.len() + 1;
        (named && data.get(length - 1) == Some(&b'>')).then_some(length)
    }

    /// One record, without the white space behind it; what follows its end tag is stray.
    fn record(&self, data: &[u8], to: &mut Collector) {
        if data.len() > self.limit {
            return self.stray(data, self.at, to);
        }
        let data = trim_end(data);
        let (record, rest) = data.split_at_checked(self.end_of(data)).unwrap_or((data, b""));
        to.record(self.at, record);
        self.stray(rest, self.at + record.len() as u64, to);
    }

    /// The place behind a record's own end tag, and behind all of it where it has none.
    fn end_of(&self, record: &[u8]) -> usize {
        if let Some(end) = self_closed(record) {
            return end;
        }
        let mut end = self.end.find(record);
        let before = record.get(..end.unwrap_or(0)).unwrap_or_default();
        if let Some(among) = self.sublabels.find(before) {
            end = match find_from(record, b"</sublabels>", among) {
                Some(behind) => find_from(record, self.end.needle(), behind),
                None => memmem::rfind(record, self.end.needle()),
            };
        }
        end.map_or(record.len(), |end| end + self.end.needle().len())
    }

    /// Bytes that belong to no record, in pieces of the limit; white space and comments are nothing.
    fn stray(&self, data: &[u8], at: u64, to: &mut Collector) {
        for (number, piece) in data.chunks(self.limit).enumerate() {
            if !skip_nothing(piece).is_empty() {
                to.stray(at + (number * self.limit) as u64, piece);
            }
        }
    }
}

/// `<\w+(?:\s[^<>]*)?/>`: where a record ends that has no content.
fn self_closed(record: &[u8]) -> Option<usize> {
    let name = record.strip_prefix(b"<")?;
    let width = name.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))?;
    let behind = name.get(width..)?;
    let inside = behind.get(..memchr::memchr2(b'<', b'>', behind)?)?;
    let named = inside == b"/" || inside.first().is_some_and(|byte| is_space(*byte));
    let length = 1 + width + inside.len();
    let closed = inside.last() == Some(&b'/') && record.get(length) == Some(&b'>');
    (named && width > 0 && closed).then_some(length + 1)
}

fn find_from(data: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    Some(from + memmem::find(data.get(from..)?, needle)?)
}
