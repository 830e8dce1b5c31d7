//! Reading JSON from its start to its end, without making anything of what nobody asks for.

use memchr::memchr2;

/// A place in a text. Every method steps behind what it reads; None where the text is no JSON, or has another type there.
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn of(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    /// An object; `each` has to read the value of every key that it is called with.
    pub fn object(&mut self, mut each: impl FnMut(&mut Self, &'a [u8]) -> Option<()>) -> Option<()> {
        self.expect(b'{')?;
        if self.next_is(b'}') {
            return self.step();
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            each(self, key)?;
            if self.next_is(b'}') {
                return self.step();
            }
            self.expect(b',')?;
        }
    }

    /// An array; `each` has to read every item.
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.expect(b'[')?;
        if self.next_is(b']') {
            return self.step();
        }
        loop {
            each(self)?;
            if self.next_is(b']') {
                return self.step();
            }
            self.expect(b',')?;
        }
    }

    /// What stands between the quotation marks of a string, as it stands there.
    pub fn string(&mut self) -> Option<&'a [u8]> {
        self.expect(b'"')?;
        let mut at = 0;
        loop {
            at += memchr2(b'"', b'\\', self.rest.get(at..)?)?;
            if self.rest.get(at) == Some(&b'"') {
                let (found, behind) = self.rest.split_at_checked(at)?;
                self.rest = behind;
                self.step()?;
                return Some(found);
            }
            at += 2;
        }
    }

    /// A string, or none for `null`.
    pub fn optional_string(&mut self) -> Option<Option<&'a [u8]>> {
        if self.null() { Some(None) } else { self.string().map(Some) }
    }

    /// An integer of 64 bits, or none for `null`.
    pub fn optional_integer(&mut self) -> Option<Option<i64>> {
        if self.null() {
            return Some(None);
        }
        let end = self.rest.iter().position(|byte| !is_of_number(*byte)).unwrap_or(self.rest.len());
        let (digits, behind) = self.rest.split_at_checked(end)?;
        self.rest = behind;
        std::str::from_utf8(digits).ok()?.parse().ok().map(Some)
    }

    /// Step over `null` where it stands.
    pub fn null(&mut self) -> bool {
        self.skip_space();
        let Some(behind) = self.rest.strip_prefix(b"null") else { return false };
        self.rest = behind;
        true
    }

    /// Step over any value.
    pub fn skip(&mut self) -> Option<()> {
        self.skip_space();
        match self.rest.first()? {
            b'"' => self.string().map(|_| ()),
            b'{' | b'[' => self.skip_nested(),
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']') || is_space(*byte);
                let end = self.rest.iter().position(ends).unwrap_or(self.rest.len());
                self.rest = self.rest.get(end..)?;
                Some(())
            }
        }
    }

    /// Nothing but white space is left.
    pub fn end(&mut self) -> Option<()> {
        self.skip_space();
        self.rest.is_empty().then_some(())
    }

    fn skip_nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            let special = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
            let at = self.rest.iter().position(special)?;
            let (_, found) = self.rest.split_at_checked(at)?;
            self.rest = found;
            match found.first()? {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.step()?;
                }
                _ => {
                    depth -= 1;
                    self.step()?;
                    if depth == 0 {
                        return Some(());
                    }
                }
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.next_is(byte).then_some(())?;
        self.step()
    }

    fn next_is(&mut self, byte: u8) -> bool {
        self.skip_space();
        self.rest.first() == Some(&byte)
    }

    fn step(&mut self) -> Option<()> {
        self.rest = self.rest.get(1..)?;
        Some(())
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some((byte, behind)) = self.rest.split_first() {
            if !is_space(*byte) {
                break;
            }
            self.rest = behind;
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}
