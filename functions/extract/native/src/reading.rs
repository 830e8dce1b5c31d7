//! A dump file read to its end by a thread of its own, one batch ahead of Python.

use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::identity::Identity;
use crate::inflate::{Inflation, Problem};
use crate::piece::{Batch, Collector};
use crate::scan::Scan;

/// Batches that may wait for Python besides the one just made: more would only cost memory.
const AHEAD: usize = 0;

/// How batches are cut; `seed` is that of the digests.
#[derive(Clone, Copy)]
pub struct Plan {
    pub max_record_bytes: usize,
    pub batch_records: usize,
    pub batch_bytes: usize,
    pub seed: u64,
}

/// How the stream ended.
#[derive(Clone, Copy)]
pub struct End {
    pub problem: Option<Problem>,
    pub closed: bool,
    pub read_bytes: u64,
    pub stream_bytes: u64,
}

pub enum Event {
    Batch(Box<Batch>),
    End(End),
    Failed(io::Error),
}

/// The near end of the thread. The thread ends by itself once this is gone.
pub struct Stream {
    events: Mutex<Receiver<Event>>,
}

impl Stream {
    /// Starts reading; None for an entity that there is none of.
    pub fn start(file: File, entity: &str, plan: Plan) -> Option<io::Result<Self>> {
        let scan = Scan::new(entity, plan.max_record_bytes)?;
        let collector = Collector::new(Identity::new(entity)?, plan.seed);
        let (sender, receiver) = sync_channel(AHEAD);
        let size = match file.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) => return Some(Err(error)),
        };
        let work = move || Work { inflation: Inflation::new(file, size), scan, collector, plan }.run(&sender);
        let started = thread::Builder::new().name("linernotes-read".into()).spawn(work);
        Some(started.map(|_| Self { events: Mutex::new(receiver) }))
    }

    /// Waits for what comes next; None where the thread is gone without a word.
    pub fn next(&self) -> Option<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
    }
}

struct Work {
    inflation: Inflation,
    scan: Scan,
    collector: Collector,
    plan: Plan,
}

impl Work {
    fn run(mut self, to: &SyncSender<Event>) {
        loop {
            let more = match self.scan.advance(&mut self.inflation, &mut self.collector) {
                Ok(more) => more,
                Err(error) => {
                    let _ = to.send(Event::Failed(error)); // if nobody listens any more, nobody misses it
                    return;
                }
            };
            let due = self.collector.batch.reaches(self.plan.batch_records, self.plan.batch_bytes);
            if (due || !more) && !self.collector.batch.is_empty() && to.send(self.batch()).is_err() {
                return;
            }
            if !more {
                let _ = to.send(Event::End(self.end()));
                return;
            }
        }
    }

    fn batch(&mut self) -> Event {
        let mut batch = std::mem::take(&mut self.collector.batch);
        batch.read_bytes = self.inflation.read_bytes;
        batch.stream_bytes = self.scan.stream_bytes;
        Event::Batch(Box::new(batch))
    }

    fn end(&self) -> End {
        End {
            problem: self.inflation.problem,
            closed: self.scan.closed,
            read_bytes: self.inflation.read_bytes,
            stream_bytes: self.scan.stream_bytes,
        }
    }
}
