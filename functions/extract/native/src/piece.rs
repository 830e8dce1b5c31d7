//! What a stream is cut into, and the batches in which pieces go to Python.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::identity::Identity;

/// A piece whose id Python has to make out, or that is no record at all.
pub struct Odd {
    /// How many records of its batch stand before it.
    pub before: usize,
    pub at: u64,
    pub stray: bool,
    pub data: Vec<u8>,
}

/// Records in columns, their bytes end to end, and the odd pieces among them.
#[derive(Default)]
pub struct Batch {
    pub ids: Vec<i64>,
    pub places: Vec<u64>,
    pub lengths: Vec<usize>,
    pub digests: Vec<i64>,
    pub data: Vec<u8>,
    pub odd: Vec<Odd>,
    odd_bytes: usize,
}

impl Batch {
    pub fn reaches(&self, records: usize, bytes: usize) -> bool {
        self.ids.len() + self.odd.len() >= records || self.data.len() + self.odd_bytes >= bytes
    }
}

/// Takes pieces in stream order.
pub struct Collector {
    pub batch: Batch,
    identity: Identity,
    seed: u64,
}

impl Collector {
    pub fn new(identity: Identity, seed: u64) -> Self {
        Self { batch: Batch::default(), identity, seed }
    }

    pub fn record(&mut self, at: u64, data: &[u8]) {
        let Some(id) = self.identity.of(data) else { return self.odd(at, data, false) };
        self.batch.ids.push(id);
        self.batch.places.push(at);
        self.batch.lengths.push(data.len());
        self.batch.digests.push(xxh3_64_with_seed(data, self.seed).cast_signed());
        self.batch.data.extend_from_slice(data);
    }

    pub fn stray(&mut self, at: u64, data: &[u8]) {
        self.odd(at, data, true);
    }

    fn odd(&mut self, at: u64, data: &[u8], stray: bool) {
        self.batch.odd_bytes += data.len();
        self.batch.odd.push(Odd { before: self.batch.ids.len(), at, stray, data: data.to_vec() });
    }
}
