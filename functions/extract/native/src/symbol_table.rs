//! A small table from names to values, made once and asked for every tag and attribute.

const SLOTS: usize = 64;
const EMPTY: u8 = u8::MAX;

/// At most 48 names, found by their length and their first and last byte.
pub struct Names<T> {
    entries: Vec<(Box<[u8]>, T)>,
    slots: [u8; SLOTS],
}

impl<T> Names<T> {
    /// The table; an error where there are more names than it holds.
    pub fn new(values: impl IntoIterator<Item = (String, T)>) -> Result<Self, String> {
        let entries: Vec<_> =
            values.into_iter().map(|(name, value)| (name.into_bytes().into_boxed_slice(), value)).collect();
        if entries.len() > SLOTS * 3 / 4 {
            return Err(format!("{} names are more than an element may have", entries.len()));
        }
        let mut slots = [EMPTY; SLOTS];
        for (number, (name, _)) in entries.iter().enumerate() {
            let mut place = start(name);
            while slots.get(place).is_some_and(|slot| *slot != EMPTY) {
                place = (place + 1) % SLOTS;
            }
            if let Some(slot) = slots.get_mut(place) {
                *slot = number as u8;
            }
        }
        Ok(Self { entries, slots })
    }

    /// The number and value of a name.
    #[inline]
    pub fn get(&self, name: &[u8]) -> Option<(usize, &T)> {
        let mut place = start(name);
        loop {
            let number = usize::from(*self.slots.get(place)?);
            let (known, value) = self.entries.get(number)?; // an empty slot is past the end
            if **known == *name {
                return Some((number, value));
            }
            place = (place + 1) % SLOTS;
        }
    }
}

#[inline]
fn start(name: &[u8]) -> usize {
    let ends = match name {
        [first, .., last] => usize::from(*first) * 5 + usize::from(*last) * 11,
        _ => 0,
    };
    (ends + name.len() * 3) % SLOTS
}
