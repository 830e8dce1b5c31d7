//! The native engine: it reads, cuts and parses dumps as the lxml engine does, byte for byte.
//!
//! Parsing decides only about records that lie within a strict subset of XML and of the record model. Every other
//! record is handed back undecided, and the lxml engine makes of it a document, drift or a rejected record.

mod cursor;
mod document;
mod json;
mod legal;
mod model;
mod names;
mod part;
mod reference;

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Raised when what Python may expect of this module changes.
const INTERFACE: u32 = 1;

type PartLines<'py> = (Vec<Bound<'py, PyBytes>>, Vec<usize>);

/// The record model, compiled.
#[pyclass(frozen)]
struct Engine {
    model: model::Model,
}

#[pymethods]
impl Engine {
    #[new]
    fn new(shapes: Vec<model::ShapeRow>, roots: HashMap<String, usize>) -> PyResult<Self> {
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
        let shape = self.model.root(entity).ok_or_else(|| PyValueError::new_err("no such entity"))?;
        if lengths.len() != ids.len() || lengths.iter().try_fold(0, add) != Some(xml.len()) {
            return Err(PyValueError::new_err("the lengths do not add up to the part"));
        }
        let records: Vec<_> = lengths.into_iter().zip(ids).collect();
        let made = py.detach(|| part::lines(&self.model, shape, &records, xml));
        Ok((made.chunks.iter().map(|chunk| PyBytes::new(py, chunk)).collect(), made.undecided))
    }
}

fn add(sum: usize, length: &usize) -> Option<usize> {
    sum.checked_add(*length)
}

#[pymodule]
fn linernotes_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("INTERFACE", INTERFACE)?;
    module.add_class::<Engine>()
}
