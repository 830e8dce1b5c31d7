//! What Python sees: the two classes of the module. Errors become Python's exceptions here and nowhere else.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::cutting::{self, Plan};
use crate::model::{self, Model, ShapeRow};
use crate::part;
use crate::piece::{Batch, Odd};
use crate::rows::{self, Table};

type PartLines<'py> = (Vec<Bound<'py, PyBytes>>, Vec<usize>);
type RowBytes<'py> = (Bound<'py, PyBytes>, Bound<'py, PyBytes>, Vec<i64>);
type OddRow<'py> = (usize, u64, bool, Bound<'py, PyBytes>);
type BatchRow<'py> = (Vec<i64>, Vec<u64>, Vec<usize>, Vec<i64>, Bound<'py, PyBytes>, Vec<OddRow<'py>>);

// What these classes hold lies in boxes: searchers of `memchr` are aligned to 32 bytes, which Python's own memory is not.

/// The parser, told of the record model.
#[pyclass(frozen)]
pub struct Engine {
    model: Box<Model>,
}

#[pymethods]
impl Engine {
    #[new]
    fn new(shapes: Vec<ShapeRow>, roots: HashMap<String, usize>) -> PyResult<Self> {
        let model = model::compile(shapes, roots).map_err(PyValueError::new_err)?;
        Ok(Self { model: Box::new(model) })
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

/// A stream of XML on its way into batches of records.
#[pyclass(frozen)]
pub struct Cutting {
    cutting: Mutex<Box<cutting::Cutting>>,
}

#[pymethods]
impl Cutting {
    #[new]
    fn new(
        entity: &str,
        max_record_bytes: usize,
        batch_records: usize,
        batch_bytes: usize,
        seed: u64,
    ) -> PyResult<Self> {
        let plan = Plan { max_record_bytes, batch_records, batch_bytes, seed };
        let cutting = cutting::Cutting::new(entity, plan).ok_or_else(|| no_entity(entity))?;
        Ok(Self { cutting: Mutex::new(Box::new(cutting)) })
    }

    /// The batches that the next bytes of the stream fill. Each has ids, places, lengths, digests and bytes of its
    /// records, and the odd pieces as (before, at, stray, data).
    fn feed<'py>(&self, py: Python<'py>, xml: &[u8]) -> Vec<BatchRow<'py>> {
        let full = py.detach(|| self.locked().feed(xml));
        full.into_iter().map(|batch| row(py, batch)).collect()
    }

    /// What is left at the end of the stream; maybe nothing.
    fn end<'py>(&self, py: Python<'py>) -> BatchRow<'py> {
        row(py, py.detach(|| self.locked().end()))
    }

    /// Whether the closing root tag was seen at the end.
    #[getter]
    fn closed(&self, py: Python<'_>) -> bool {
        py.detach(|| self.locked().closed())
    }
}

impl Cutting {
    fn locked(&self) -> MutexGuard<'_, Box<cutting::Cutting>> {
        self.cutting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of a part's documents and of their states for COPY, and the documents' ids; None where this engine leaves
/// it to Python.
#[pyfunction]
pub fn copy_rows<'py>(
    py: Python<'py>,
    table: Table,
    lines: &[u8],
    ids: Vec<i64>,
    raw: Vec<i64>,
) -> Option<RowBytes<'py>> {
    let made = py.detach(|| rows::rows(&table, lines, &ids, &raw))?;
    Some((PyBytes::new(py, &made.documents), PyBytes::new(py, &made.states), made.ids))
}

fn row(py: Python<'_>, batch: Batch) -> BatchRow<'_> {
    let odd = |odd: &Odd| (odd.before, odd.at, odd.stray, PyBytes::new(py, &odd.data));
    let odd = batch.odd.iter().map(odd).collect();
    (batch.ids, batch.places, batch.lengths, batch.digests, PyBytes::new(py, &batch.data), odd)
}

fn no_entity(entity: &str) -> PyErr {
    PyValueError::new_err(format!("{entity} is no entity"))
}
