//! A record's document: which stretch of the record goes into which field. Nothing is copied yet.

use crate::cursor::{Cursor, Next, Span};
use crate::model::{Child, Kind, Model, Place, Shape};
use crate::symbol_table::Names;

/// Deeper nesting is left to the lxml engine, which knows the limit.
const MAX_DEPTH: usize = 8;
/// A name of more bytes is left to the lxml engine, which knows how many characters are too many.
const MAX_NAME: usize = 500;
const NONE: u32 = u32::MAX;

/// What a field holds.
#[derive(Clone, Copy)]
pub enum Slot {
    Absent,
    Text(Span),
    /// As text, but a line feed or tab in it is a space.
    Attribute(Span),
    /// Digits that JSON writes as they stand.
    Number(Span),
    Truth(bool),
    /// The number of its first item.
    List(u32),
    /// The number of its first slot, and its shape.
    Struct(u32, u32),
}

/// An item of a list and the number of the next one.
#[derive(Clone, Copy)]
struct Item {
    value: Slot,
    next: u32,
}

/// The fields of one record. Used again for the next one, so that it allocates only while it grows.
#[derive(Default)]
pub struct Document {
    slots: Vec<Slot>,
    items: Vec<Item>,
}

/// A list that is being read.
struct List {
    first: u32,
    last: u32,
}

impl Document {
    /// Reads a record. None where it is not wholly within what this engine decides; else its struct.
    pub fn read(&mut self, model: &Model, shape: &Shape, record: &[u8]) -> Option<Slot> {
        self.slots.clear();
        self.items.clear();
        let mut cursor = Cursor::new(record)?;
        cursor.eat(b'<')?;
        if cursor.name()? != &*shape.name {
            return None;
        }
        let base = Reader { document: self, model, record, cursor: &mut cursor }.fill(shape, &shape.name, 0)?;
        cursor.at_end().then_some(Slot::Struct(base as u32, NONE))
    }

    pub fn fields(&self, base: u32, count: usize) -> Option<&[Slot]> {
        self.slots.get(base as usize..base as usize + count)
    }

    /// The items of a list.
    pub fn items(&self, first: u32) -> impl Iterator<Item = Slot> {
        let mut next = first;
        std::iter::from_fn(move || {
            let item = self.items.get(next as usize)?;
            next = item.next;
            Some(item.value)
        })
    }

    fn append(&mut self, list: &mut List, value: Slot) {
        let number = self.items.len() as u32;
        self.items.push(Item { value, next: NONE });
        match self.items.get_mut(list.last as usize) {
            Some(item) => item.next = number,
            None => list.first = number,
        }
        list.last = number;
    }
}

struct Reader<'a, 'c> {
    document: &'c mut Document,
    model: &'a Model,
    record: &'a [u8],
    cursor: &'c mut Cursor<'a>,
}

impl Reader<'_, '_> {
    /// The rest of an element, its name already read: the number of the first of its fields.
    fn fill(&mut self, shape: &Shape, name: &[u8], depth: usize) -> Option<usize> {
        let base = self.document.slots.len();
        self.document.slots.resize(base + shape.keys.len(), Slot::Absent);
        if !self.attributes(&shape.attributes, base)? {
            return Some(base);
        }
        if let Some(own) = shape.own {
            let text = self.cursor.text()?;
            self.cursor.close(name)?;
            self.put(base, own, text, Slot::Text(text))?;
            return Some(base);
        }
        loop {
            let tag = self.cursor.child(name)?;
            if tag.is_empty() {
                return Some(base);
            }
            let (_, child) = shape.children.get(tag)?;
            self.child(child, tag, base, depth)?;
        }
    }

    /// The attributes of a start tag: true where content follows.
    fn attributes(&mut self, known: &Names<Place>, base: usize) -> Option<bool> {
        let mut seen = 0_u64;
        loop {
            match self.cursor.next()? {
                Next::Open => return Some(true),
                Next::Empty => return Some(false),
                Next::Attribute(name, value) => {
                    let (number, place) = known.get(name)?;
                    if seen & 1 << number != 0 {
                        return None; // stated twice: not well-formed
                    }
                    seen |= 1 << number;
                    self.put(base, *place, value, Slot::Attribute(value))?;
                }
            }
        }
    }

    fn child(&mut self, child: &Child, tag: &[u8], base: usize, depth: usize) -> Option<()> {
        match child {
            Child::Leaf { place, attributes } => {
                if self.attributes(attributes, base)? {
                    let text = self.cursor.text()?;
                    self.cursor.close(tag)?;
                    self.put(base, *place, text, Slot::Text(text))?;
                }
                Some(())
            }
            Child::Texts { field, item, short } => {
                let list = self.texts(tag, item, *short)?;
                self.put_list(base + field, &list)
            }
            Child::List { field, item, shape, paired } => {
                let shape_number = *shape as u32;
                let shape = self.model.shape(*shape)?;
                let list = self.structs(tag, item, (shape, shape_number), *paired, depth)?;
                self.put_list(base + field, &list)
            }
            Child::Single { field, shape } => {
                let made = self.fill(self.model.shape(*shape)?, tag, depth)?;
                if !self.keep(made) {
                    return Some(());
                }
                self.set(base + field, Slot::Struct(made as u32, *shape as u32))
            }
        }
    }

    fn texts(&mut self, tag: &[u8], item: &[u8], short: bool) -> Option<List> {
        let mut list = List { first: NONE, last: NONE };
        if !self.cursor.bare()? {
            return Some(list);
        }
        loop {
            let name = self.cursor.child(tag)?;
            if name.is_empty() {
                return Some(list);
            }
            if name != item {
                return None;
            }
            if self.cursor.bare()? {
                let text = self.cursor.text()?;
                self.cursor.close(name)?;
                if short && text.of(self.record)?.len() > MAX_NAME {
                    return None;
                }
                if !text.is_empty() {
                    self.document.append(&mut list, Slot::Text(text));
                }
            }
        }
    }

    /// The structs of a list. In old dumps each `<name>` of a member has an `<id>` before it.
    fn structs(&mut self, tag: &[u8], item: &[u8], shape: (&Shape, u32), paired: bool, depth: usize) -> Option<List> {
        let mut list = List { first: NONE, last: NONE };
        let mut before: Option<Span> = None;
        if depth > MAX_DEPTH {
            return None;
        }
        if !self.cursor.bare()? {
            return Some(list);
        }
        loop {
            let name = self.cursor.child(tag)?;
            if name == item {
                let made = self.fill(shape.0, name, depth + 1)?;
                if let Some(id) = before.take() {
                    self.set_same(made + shape.0.id?, id)?;
                }
                if self.keep(made) {
                    self.document.append(&mut list, Slot::Struct(made as u32, shape.1));
                }
                continue;
            }
            if !(name.is_empty() || paired && name == b"id") {
                return None;
            }
            if let Some(id) = before.take() {
                let made = self.lone(shape.0, id)?;
                self.document.append(&mut list, Slot::Struct(made as u32, shape.1));
            }
            if name.is_empty() {
                return Some(list);
            }
            before = Some(self.id(name)?);
        }
    }

    /// The number within an `<id>` of a list of pairs.
    fn id(&mut self, name: &[u8]) -> Option<Span> {
        if !self.cursor.bare()? {
            return None;
        }
        let text = self.cursor.text()?;
        self.cursor.close(name)?;
        is_plain_integer(text.of(self.record)?).then_some(text)
    }

    /// A struct with an id and nothing else.
    fn lone(&mut self, shape: &Shape, id: Span) -> Option<usize> {
        let base = self.document.slots.len();
        self.document.slots.resize(base + shape.keys.len(), Slot::Absent);
        self.set(base + shape.id?, Slot::Number(id))?;
        Some(base)
    }

    /// Whether the struct of these last slots states anything; if not, they go.
    fn keep(&mut self, base: usize) -> bool {
        let slots = self.document.slots.get(base..).unwrap_or_default();
        let stated = slots.iter().any(|slot| !matches!(slot, Slot::Absent));
        if !stated {
            self.document.slots.truncate(base);
        }
        stated
    }

    /// A text into its field; an empty one is absent, and a second one is for the lxml engine to count.
    fn put(&mut self, base: usize, place: Place, text: Span, made: Slot) -> Option<()> {
        if text.is_empty() {
            return Some(());
        }
        let made = match place.kind {
            Kind::Text => made,
            Kind::Short => (text.of(self.record)?.len() <= MAX_NAME).then_some(made)?,
            Kind::Integer => is_plain_integer(text.of(self.record)?).then_some(Slot::Number(text))?,
            Kind::Truth => match text.of(self.record)? {
                b"true" => Slot::Truth(true),
                b"false" => Slot::Truth(false),
                other if other.contains(&b'&') => return None, // it may yet come to mean one of them
                _ => made,
            },
        };
        self.set(base + place.field, made)
    }

    fn put_list(&mut self, slot: usize, list: &List) -> Option<()> {
        if list.first == NONE {
            return Some(());
        }
        self.set(slot, Slot::List(list.first))
    }

    fn set(&mut self, slot: usize, value: Slot) -> Option<()> {
        let slot = self.document.slots.get_mut(slot)?;
        matches!(slot, Slot::Absent).then(|| *slot = value)
    }

    /// The number that stood before its place; None where another one is there, which the lxml engine has to note.
    fn set_same(&mut self, slot: usize, id: Span) -> Option<()> {
        let slot = self.document.slots.get_mut(slot)?;
        match *slot {
            Slot::Absent => *slot = Slot::Number(id),
            Slot::Number(other) if other.of(self.record) == id.of(self.record) => {}
            _ => return None,
        }
        Some(())
    }
}

/// Digits that need no second look: no white space, no leading zero, well within 64 bits.
fn is_plain_integer(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits {
        [b'0'] => digits.len() == text.len(),
        [b'1'..=b'9', rest @ ..] => rest.len() < 18 && rest.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}
