//! A stream of XML cut into batches of records, as its bytes come.

use crate::identity::Identity;
use crate::piece::{Batch, Collector};
use crate::scan::Scan;

/// How batches are cut; `seed` is that of the digests.
#[derive(Clone, Copy)]
pub struct Plan {
    pub max_record_bytes: usize,
    pub batch_records: usize,
    pub batch_bytes: usize,
    pub seed: u64,
}

pub struct Cutting {
    scan: Scan,
    collector: Collector,
    plan: Plan,
}

impl Cutting {
    /// None for an entity that there is none of.
    pub fn new(entity: &str, plan: Plan) -> Option<Self> {
        let scan = Scan::new(entity, plan.max_record_bytes)?;
        Some(Self { scan, collector: Collector::new(Identity::new(entity)?, plan.seed), plan })
    }

    /// The batches that these bytes fill.
    pub fn feed(&mut self, xml: &[u8]) -> Vec<Batch> {
        let mut full = Vec::new();
        self.scan.take(xml);
        while self.scan.advance(&mut self.collector) {
            if self.collector.batch.reaches(self.plan.batch_records, self.plan.batch_bytes) {
                full.push(std::mem::take(&mut self.collector.batch));
            }
        }
        full
    }

    /// What is left at the end of the stream.
    pub fn end(&mut self) -> Batch {
        self.scan.tail(&mut self.collector);
        std::mem::take(&mut self.collector.batch)
    }

    /// Whether the closing root tag was seen at the end.
    pub fn closed(&self) -> bool {
        self.scan.closed()
    }
}
