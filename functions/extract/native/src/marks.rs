//! Where records start in a stream: the rules of `functions/extract/xml_stream/markup.py`.

use std::collections::VecDeque;

use memchr::memmem::Finder;

use crate::section::{self, Kind, SECTION_BYTES, Sections, Span};
use crate::view::{Look, Pattern, Seeker, View};
use crate::whitespace::{is_space, leading_at_most};

/// Bytes of a start tag that tell whether it is a record's.
const NAME: usize = 10;

pub struct Marks {
    limit: usize,
    root: &'static [u8],
    start: Box<Finder<'static>>,
    labels: bool,
    at: usize,
    /// Where sub-labels begin of which it is not known whether they end, and the starts among them.
    among: Option<usize>,
    waiting: Vec<usize>,
    mistrusts: bool,
    /// Up to here it is known what starts.
    pub safe: usize,
    /// The starts that were found.
    pub starts: VecDeque<usize>,
    /// The sections among the bytes that are held; of the sub-labels, those that end.
    spans: Vec<Span>,
    /// Where sub-labels begin that do not end.
    torn: Vec<usize>,
    openings: Seeker,
    sublabels: Seeker,
    sections: [Sections; 4],
    behind_opening: Seeker,
}

impl Marks {
    pub fn new(entity: &str, limit: usize) -> Option<Self> {
        let (root, opening, look): (&'static [u8], &'static [u8], Look) = match entity {
            "artists" => (b"artists", b"<artist", |data| start(data, b"<artist")),
            "labels" => (b"labels", b"<label", |data| start(data, b"<label")),
            "masters" => (b"masters", b"<master", |data| start(data, b"<master")),
            "releases" => (b"releases", b"<release", |data| start(data, b"<release")),
            _ => return None,
        };
        Some(Self {
            limit,
            root,
            start: Box::new(Finder::new(opening)),
            labels: entity == "labels",
            at: 0,
            among: None,
            waiting: Vec::new(),
            mistrusts: false,
            safe: 0,
            starts: VecDeque::new(),
            spans: Vec::new(),
            torn: Vec::new(),
            openings: Seeker::new(Pattern::Form(section::opening)),
            sublabels: Seeker::new(Pattern::Form(section::sublabels)),
            sections: [Kind::Comment, Kind::Cdata, Kind::Instruction, Kind::Doctype].map(Sections::new),
            behind_opening: Seeker::new(Pattern::Form(look)),
        })
    }

    /// Finds what the bytes held so far bring.
    pub fn look(&mut self, view: &View) {
        let edge = view.edge();
        while self.at < edge {
            let (place, kind) = self.next_section(view, edge);
            self.starts_before(view, place);
            self.at = place;
            let passed = match kind {
                None => false,
                Some(Kind::Sublabels) => self.pass_sublabels(view, place),
                Some(kind) => self.pass(view, place, kind),
            };
            if !passed {
                break;
            }
        }
        if let Some(among) = self.among.filter(|among| view.last || self.at - among > self.limit) {
            self.tear(view, among);
        }
        self.safe = self.among.unwrap_or(self.at);
    }

    /// The section that begins at a place.
    pub fn section_at(&self, place: usize) -> Option<Span> {
        let at = self.spans.partition_point(|span| span.end <= place);
        self.spans.get(at).copied().filter(|span| span.begin == place)
    }

    /// The sections between two places, and one that reaches beyond them.
    pub fn within(&self, begin: usize, end: usize) -> &[Span] {
        if self.spans.last().is_none_or(|span| span.end <= begin) {
            return &[];
        }
        let first = self.spans.partition_point(|span| span.end <= begin);
        let behind = self.spans.partition_point(|span| span.begin < end);
        self.spans.get(first..behind).unwrap_or_default()
    }

    /// Whether sub-labels that do not end begin between two places.
    pub fn torn_within(&self, begin: usize, end: usize) -> bool {
        self.torn.iter().any(|torn| (begin..end).contains(torn))
    }

    /// What stands before a place is asked for no more.
    pub fn forget(&mut self, place: usize) {
        if self.spans.first().is_some_and(|span| span.end <= place) {
            self.spans.retain(|span| span.end > place);
        }
        if !self.torn.is_empty() {
            self.torn.retain(|torn| *torn >= place);
        }
    }

    /// Where the next section opens before the edge, and its kind; else the edge.
    fn next_section(&mut self, view: &View, edge: usize) -> (usize, Option<Kind>) {
        let mut found = (edge, None);
        let mut at = self.at;
        while let Some((place, _)) = self.openings.next(view, at).filter(|(place, _)| *place < edge) {
            if let Some(kind) = Kind::of(view.from(place), self.root) {
                found = (place, Some(kind));
                break;
            }
            at = place + 1;
        }
        if self.labels
            && let Some((place, _)) = self.sublabels.next(view, self.at)
            && place < found.0
        {
            found = (place, Some(Kind::Sublabels));
        }
        found
    }

    fn starts_before(&mut self, view: &View, place: usize) {
        let (at, width) = (self.at, self.start.needle().len());
        let data = view.slice(at, place + NAME);
        let mut found = std::mem::take(&mut self.waiting);
        let mut from = 0;
        while let Some(ahead) = data.get(from..).and_then(|rest| self.start.find(rest)) {
            let begin = from + ahead;
            if at + begin >= place {
                break;
            }
            from = begin + width;
            if data.get(from).is_some_and(|byte| ends_name(*byte)) {
                if self.among.is_some() {
                    found.push(at + begin);
                } else {
                    self.believe(view, at + begin);
                }
            }
        }
        self.waiting = found;
    }

    /// Takes a start; one behind torn sub-labels only if an element follows it, not a text.
    fn believe(&mut self, view: &View, start: usize) {
        self.mistrusts = self.mistrusts && !before_element(view.from(start));
        if !self.mistrusts {
            self.starts.push_back(start);
        }
    }

    /// Goes on behind a section, or behind its opening where it does not end; false where that is not known yet.
    fn pass(&mut self, view: &View, place: usize, kind: Kind) -> bool {
        let longest = self.limit.min(SECTION_BYTES);
        let again = self.behind_opening.next(view, place + 1).map(|(start, _)| start);
        let Some(sections) = self.sections.get_mut(kind as usize) else { return false };
        let behind = sections.behind(view, place);
        let mut opens_again = |end: usize| again.is_some_and(|again| sections.opens_between(view, again, end));
        match behind {
            Some(behind) if behind - place <= longest && !opens_again(behind) => {
                self.spans.push(Span { begin: place, end: behind, kind });
                self.at = behind;
            }
            None if !(view.last || view.end() - place > longest || opens_again(view.end())) => return false,
            _ => self.at = place + kind.opening().len(),
        }
        true
    }

    fn pass_sublabels(&mut self, view: &View, place: usize) -> bool {
        let Some((_, behind)) = self.sublabels.next(view, place) else { return false };
        let opens = view.from(place).starts_with(Kind::Sublabels.opening());
        self.at = behind;
        if let Some(among) = self.among {
            if opens || place - among > self.limit {
                self.tear(view, among);
            } else {
                self.waiting.clear();
                while self.spans.pop_if(|span| span.begin > among).is_some() {}
                self.spans.push(Span { begin: among, end: place, kind: Kind::Sublabels });
                self.among = None;
            }
        }
        if opens {
            self.among = Some(place);
        }
        true
    }

    /// Takes the starts among sub-labels that do not end.
    fn tear(&mut self, view: &View, among: usize) {
        self.torn.push(among);
        (self.among, self.mistrusts) = (None, true);
        for start in std::mem::take(&mut self.waiting) {
            self.believe(view, start);
        }
    }
}

fn ends_name(byte: u8) -> bool {
    is_space(byte) || matches!(byte, b'>' | b'/')
}

/// `<artist[\s>/]` and the like
fn start(data: &[u8], opening: &[u8]) -> Option<(usize, usize)> {
    memchr::memmem::find_iter(data, opening).find_map(|at| {
        let behind = at + opening.len();
        data.get(behind).filter(|byte| ends_name(**byte)).map(|_| (at, behind))
    })
}

/// `<label(?:\s[^<>]{0,200}(?<!/))?>\s{0,100}<[A-Za-z]`
fn before_element(data: &[u8]) -> bool {
    let Some(behind) = data.strip_prefix(b"<label") else { return false };
    let Some(inside) = behind.iter().take(202).position(|byte| matches!(byte, b'<' | b'>')) else { return false };
    let slash = inside.checked_sub(1).is_some_and(|at| behind.get(at) == Some(&b'/'));
    let named = inside == 0 || behind.first().is_some_and(|byte| is_space(*byte));
    let Some(content) = behind.get(inside..).and_then(|rest| rest.strip_prefix(b">")) else { return false };
    let element = content.get(leading_at_most(content, 100)..).unwrap_or_default();
    named && !slash && matches!(element, [b'<', letter, ..] if letter.is_ascii_alphabetic())
}
