//! Where each node lies, and sets of ids, for tens of millions of ids in little memory.

use std::collections::{BTreeMap, HashMap};

const BITS: u32 = 10;
const SIZE: usize = 1 << BITS;
const NOWHERE: u32 = u32::MAX;

/// A map of ids to positions below 2^32 - 1, in pages of 1,024 ids that are made when the first of them is set.
#[derive(Default)]
pub struct Places {
    pages: HashMap<i64, Box<[u32; SIZE]>>,
}

impl Places {
    pub fn set(&mut self, id: i64, position: u32) {
        let page = self.pages.entry(id >> BITS).or_insert_with(|| Box::new([NOWHERE; SIZE]));
        if let Some(place) = page.get_mut(within(id)) {
            *place = position;
        }
    }

    pub fn get(&self, id: i64) -> Option<u32> {
        let place = *self.pages.get(&(id >> BITS))?.get(within(id))?;
        (place != NOWHERE).then_some(place)
    }
}

fn within(id: i64) -> usize {
    (id & (SIZE as i64 - 1)) as usize
}

const WORDS: usize = SIZE / 64;

/// Ids in pages of 1,024 bits.
#[derive(Default)]
pub struct IdSet {
    pages: BTreeMap<i64, Box<[u64; WORDS]>>,
}

impl IdSet {
    pub fn add(&mut self, id: i64) {
        let page = self.pages.entry(id >> BITS).or_default();
        if let Some(word) = page.get_mut(within(id) / 64) {
            *word |= 1 << (within(id) % 64);
        }
    }

    /// Those that the other has not, from an id on and in order.
    pub fn without<'a>(&'a self, other: &'a IdSet, from: i64) -> impl Iterator<Item = i64> + 'a {
        let pages = self.pages.range(from >> BITS..);
        let found = pages.flat_map(move |(number, page)| {
            let others = other.pages.get(number);
            page.iter().enumerate().flat_map(move |(place, word)| {
                let taken = others.and_then(|words| words.get(place)).copied().unwrap_or_default();
                let first = (number << BITS) + place as i64 * 64;
                Bits(word & !taken).map(move |bit| first + i64::from(bit))
            })
        });
        found.filter(move |id| *id >= from)
    }
}

/// The places of the bits that are set.
struct Bits(u64);

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        (self.0 != 0).then(|| {
            let place = self.0.trailing_zeros();
            self.0 &= self.0 - 1;
            place
        })
    }
}
