//! What Python sees: the two classes of the module. Errors become Python's exceptions here and nowhere else.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::inflate::Problem;
use crate::model::{self, Model, ShapeRow};
use crate::part;
use crate::piece::{Batch, Odd};
use crate::reading::{End, Event, Plan, Stream};

type PartLines<'py> = (Vec<Bound<'py, PyBytes>>, Vec<usize>);
type OddRow<'py> = (usize, u64, bool, Bound<'py, PyBytes>);
type BatchRow<'py> = (Vec<i64>, Vec<u64>, Vec<usize>, Vec<i64>, Bound<'py, PyBytes>, Vec<OddRow<'py>>);

/// The parser, told of the record model.
#[pyclass(frozen)]
pub struct Engine {
    model: Model,
}

#[pymethods]
impl Engine {
    #[new]
    fn new(shapes: Vec<ShapeRow>, roots: HashMap<String, usize>) -> PyResult<Self> {
        let model = model::compile(shapes, roots).map_err(PyValueError::new_err)?;
        Ok(Self { model })
    }

    /// The lines of a part in chunks, and the numbers of the undecided records that stand between the chunks.
    fn parse_part<'py>(
        &self,
        py: Python<'py>,
        entity: &str,
        lengths: Vec<usize>,
        ids: Vec<i64>,
        xml: &[u8],
    ) -> PyResult<PartLines<'py>> {
        let shape = self.model.root(entity).ok_or_else(|| no_entity(entity))?;
        let sum = lengths.iter().try_fold(0_usize, |sum, length| sum.checked_add(*length));
        if lengths.len() != ids.len() || sum != Some(xml.len()) {
            return Err(PyValueError::new_err("the lengths do not add up to the part"));
        }
        let records: Vec<_> = lengths.into_iter().zip(ids).collect();
        let made = py.detach(|| part::lines(&self.model, shape, &records, xml));
        Ok((made.chunks.iter().map(|chunk| PyBytes::new(py, chunk)).collect(), made.undecided))
    }
}

/// A dump file, read and cut into batches of records.
#[pyclass(frozen)]
pub struct Reading {
    stream: Stream,
    state: Mutex<State>,
}

/// How far the batches that Python has seen reach, and the end once it has come.
#[derive(Default)]
struct State {
    read_bytes: u64,
    stream_bytes: u64,
    end: Option<End>,
}

#[pymethods]
impl Reading {
    #[new]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        entity: &str,
        max_record_bytes: usize,
        batch_records: usize,
        batch_bytes: usize,
        seed: u64,
    ) -> PyResult<Self> {
        let plan = Plan { max_record_bytes, batch_records, batch_bytes, seed };
        let file = File::open(path).map_err(|error| os_error(py, &error))?;
        let started = Stream::start(file, entity, plan).ok_or_else(|| no_entity(entity))?;
        let stream = started.map_err(|error| os_error(py, &error))?;
        Ok(Self { stream, state: Mutex::default() })
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    /// Ids, places, lengths, digests and bytes of the next records; the odd pieces as (before, at, stray, data).
    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<BatchRow<'py>>> {
        if self.state().end.is_some() {
            return Ok(None);
        }
        match py.detach(|| self.stream.next()) {
            Some(Event::Batch(batch)) => {
                let mut state = self.state();
                (state.read_bytes, state.stream_bytes) = (batch.read_bytes, batch.stream_bytes);
                drop(state);
                Ok(Some(row(py, *batch)))
            }
            Some(Event::End(end)) => {
                let mut state = self.state();
                (state.read_bytes, state.stream_bytes) = (end.read_bytes, end.stream_bytes);
                state.end = Some(end);
                Ok(None)
            }
            Some(Event::Failed(error)) => Err(os_error(py, &error)),
            None => Err(PyRuntimeError::new_err("the native reader is gone")),
        }
    }

    /// Compressed bytes read so far.
    #[getter]
    fn read_bytes(&self) -> u64 {
        self.state().read_bytes
    }

    /// Bytes of XML seen so far.
    #[getter]
    fn stream_bytes(&self) -> u64 {
        self.state().stream_bytes
    }

    /// Why the stream ended before its end, once it has; else None.
    #[getter]
    fn problem(&self) -> Option<&'static str> {
        self.state().end.and_then(|end| end.problem).map(Problem::sentence)
    }

    /// Whether the closing root tag was seen, with nothing but white space behind it.
    #[getter]
    fn closed(&self) -> bool {
        self.state().end.is_some_and(|end| end.closed)
    }
}

impl Reading {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn row(py: Python<'_>, batch: Batch) -> BatchRow<'_> {
    let odd = |odd: &Odd| (odd.before, odd.at, odd.stray, PyBytes::new(py, &odd.data));
    let odd = batch.odd.iter().map(odd).collect();
    (batch.ids, batch.places, batch.lengths, batch.digests, PyBytes::new(py, &batch.data), odd)
}

fn no_entity(entity: &str) -> PyErr {
    PyValueError::new_err(format!("{entity} is no entity"))
}

/// The error as Python's own calls raise it, with `errno` and `strerror`.
fn os_error(py: Python<'_>, error: &io::Error) -> PyErr {
    let Some(number) = error.raw_os_error() else { return PyOSError::new_err(error.to_string()) };
    let text = py.import("os").and_then(|os| os.call_method1("strerror", (number,))?.extract::<String>());
    text.map_or_else(|error| error, |text| PyOSError::new_err((number, text)))
}
