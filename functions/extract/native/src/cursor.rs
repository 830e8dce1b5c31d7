//! A place in a record, and the few steps of the strict subset of XML that this engine reads.
//!
//! Every step returns None where the bytes are anything else, be it wrong or only unusual: such a record is left to
//! the lxml engine. So nothing here has to say what is wrong.

/// A stretch of the record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub begin: u32,
    pub end: u32,
}

impl Span {
    pub fn of(self, record: &[u8]) -> Option<&[u8]> {
        record.get(self.begin as usize..self.end as usize)
    }

    pub fn is_empty(self) -> bool {
        self.begin == self.end
    }
}

/// What comes next in a start tag.
pub enum Next<'a> {
    Attribute(&'a [u8], Span),
    /// `>`: the element has content and an end tag.
    Open,
    /// `/>`
    Empty,
}

pub struct Cursor<'a> {
    record: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// At the record's first byte. Places are 32 bits wide, so a record has to be shorter than 4 GiB.
    pub fn new(record: &'a [u8]) -> Option<Self> {
        u32::try_from(record.len()).ok()?;
        Some(Self { record, at: 0 })
    }

    pub fn at_end(&self) -> bool {
        self.at == self.record.len()
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.record.get(self.at).copied()
    }

    #[inline]
    pub fn eat(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    #[inline]
    fn span(&mut self, length: usize) -> Span {
        let begin = self.at;
        self.at += length;
        Span { begin: begin as u32, end: self.at as u32 }
    }

    #[inline]
    pub fn skip_space(&mut self) -> bool {
        let begin = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n')) {
            self.at += 1;
        }
        self.at > begin
    }

    /// ASCII letters, digits and underscores: every name that the model knows is made of them.
    #[inline]
    pub fn name(&mut self) -> Option<&'a [u8]> {
        let rest = self.record.get(self.at..)?;
        let length = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))?;
        self.at += length;
        rest.get(..length)
    }

    /// The next attribute or the end of a start tag, behind its name or another attribute.
    #[inline]
    pub fn next(&mut self) -> Option<Next<'a>> {
        let spaced = self.skip_space();
        match self.peek()? {
            b'>' => {
                self.at += 1;
                Some(Next::Open)
            }
            b'/' => {
                self.at += 1;
                self.eat(b'>').map(|()| Next::Empty)
            }
            _ if spaced => self.attribute(),
            _ => None,
        }
    }

    fn attribute(&mut self) -> Option<Next<'a>> {
        let name = self.name()?;
        self.eat(b'=')?;
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''))?;
        self.at += 1;
        let length = memchr::memchr2(quote, b'<', self.record.get(self.at..)?)?;
        let value = self.span(length);
        self.eat(quote)?; // else a `<`
        Some(Next::Attribute(name, value))
    }

    /// The end of a start tag without attributes: true where content follows.
    #[inline]
    pub fn bare(&mut self) -> Option<bool> {
        match self.next()? {
            Next::Open => Some(true),
            Next::Empty => Some(false),
            Next::Attribute(..) => None,
        }
    }

    /// Text up to the next tag.
    #[inline]
    pub fn text(&mut self) -> Option<Span> {
        let length = memchr::memchr(b'<', self.record.get(self.at..)?)?;
        Some(self.span(length))
    }

    /// The next child's name, its start tag entered; an end tag, which has to be `name`'s, gives an empty one.
    #[inline]
    pub fn child(&mut self, name: &[u8]) -> Option<&'a [u8]> {
        self.skip_space();
        if self.record.get(self.at + 1) == Some(&b'/') {
            self.close(name)?;
            return Some(b"");
        }
        self.eat(b'<')?;
        self.name().filter(|name| !name.is_empty())
    }

    /// `</name>`
    #[inline]
    pub fn close(&mut self, name: &[u8]) -> Option<()> {
        let rest = self.record.get(self.at..)?.strip_prefix(b"</")?;
        rest.strip_prefix(name)?.strip_prefix(b">")?;
        self.at += name.len() + 3;
        Some(())
    }
}
