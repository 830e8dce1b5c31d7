//! Decompression in a stream: the bytes that can be had, then the reason why there are no more.

use std::fs::File;
use std::io::{self, Read};

use flate2::{Decompress, FlushDecompress, Status};

const INPUT: usize = 128 * 1024;
const WINDOW_BITS: u8 = 15;
/// A file that inflates to more than this many times its size is a bomb; small files are let be.
const RATIO: u64 = 200;
const ALWAYS: u64 = 64 * 1024 * 1024;

/// Why a stream ended before its end; the sentences are those of `functions/extract/inflate.py`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    Truncated,
    Damaged,
    Bomb,
}

impl Problem {
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Truncated => "the file ends in the middle of its compressed data",
            Self::Damaged => "the compressed data is damaged",
            Self::Bomb => "the file inflates to more than 200 times its size: it is no dump",
        }
    }
}

/// The XML of a `.xml.gz` file, several gzip members included, zeros behind a member skipped.
pub struct Inflation<R = File> {
    file: R,
    input: Box<[u8]>,
    begin: usize,
    end: usize,
    member: Decompress,
    between: bool,
    over: bool,
    left: u64,
    pub read_bytes: u64,
    pub problem: Option<Problem>,
}

impl<R: Read> Inflation<R> {
    /// `size` is that of the compressed file, in bytes.
    pub fn new(file: R, size: u64) -> Self {
        Self {
            left: ALWAYS.max(RATIO.saturating_mul(size)),
            file,
            input: vec![0; INPUT].into_boxed_slice(),
            begin: 0,
            end: 0,
            member: Decompress::new_gzip(WINDOW_BITS),
            between: false,
            over: false,
            read_bytes: 0,
            problem: None,
        }
    }

    /// Fills `out` with the bytes that follow: fewer only at the end of the stream, which `problem` may explain.
    pub fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while !self.over {
            let Some(room) = out.get_mut(filled..).filter(|room| !room.is_empty()) else { break };
            filled += self.step(room)?;
        }
        Ok(filled)
    }

    /// One call of the decompressor, or the step to the next member.
    fn step(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let ended = self.begin == self.end && self.refill()? == 0;
        if self.between {
            self.over = ended;
            self.next_member();
            return Ok(0);
        }
        let (read_before, written_before) = (self.member.total_in(), self.member.total_out());
        let compressed = self.input.get(self.begin..self.end).unwrap_or_default();
        // One byte more than may be: whether it comes tells whether there is too much.
        let allowed = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(room.len());
        let room = room.get_mut(..allowed).unwrap_or_default();
        let outcome = self.member.decompress(compressed, room, FlushDecompress::None);
        self.begin += (self.member.total_in() - read_before) as usize;
        let written = ((self.member.total_out() - written_before) as usize).min(allowed);
        if written as u64 > self.left {
            self.stop(Problem::Bomb);
            return Ok(self.left as usize);
        }
        self.left -= written as u64;
        match outcome {
            Ok(Status::StreamEnd) => self.between = true,
            Ok(_) if ended && written == 0 => self.stop(Problem::Truncated),
            Ok(_) => {}
            Err(_) => self.stop(Problem::Damaged),
        }
        Ok(written)
    }

    fn stop(&mut self, problem: Problem) {
        self.problem = Some(problem);
        self.over = true;
    }

    /// Behind a member: zeros are padding, anything else begins another member.
    fn next_member(&mut self) {
        let rest = self.input.get(self.begin..self.end).unwrap_or_default();
        self.begin += rest.iter().take_while(|byte| **byte == 0).count();
        if self.begin < self.end {
            self.member = Decompress::new_gzip(WINDOW_BITS);
            self.between = false;
        }
    }

    fn refill(&mut self) -> io::Result<usize> {
        let count = loop {
            match self.file.read(&mut self.input) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        (self.begin, self.end) = (0, count.min(self.input.len()));
        self.read_bytes += self.end as u64;
        Ok(self.end)
    }
}
