//! The native engine: it cuts and parses dumps as the lxml engine does, byte for byte; and it makes of stored documents
//! what a graph is filled with, as Python does.
//!
//! Parsing decides only about records that lie within a strict subset of XML and of the record model. Every other
//! record is handed back undecided, and the lxml engine makes of it a document, drift or a rejected record. Cutting
//! follows the rules of `functions/extract/xml_stream/record_scanner.py`; a record whose id does not stand where it
//! always does is handed over as an odd piece.

mod bindings;
mod char_references;
mod char_validity;
mod cursor;
mod cutting;
mod document;
mod graph;
mod identity;
mod json;
mod line;
mod marks;
mod model;
mod part;
mod piece;
mod rows;
mod scan;
mod section;
mod symbol_table;
mod view;
mod whitespace;

use pyo3::prelude::*;

/// Raised when what Python may expect of this module changes.
const INTERFACE: u32 = 6;

#[pymodule]
fn linernotes_native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("INTERFACE", INTERFACE)?;
    module.add_class::<bindings::Engine>()?;
    module.add_class::<bindings::Cutting>()?;
    module.add_class::<graph::bindings::PySlice>()?;
    module.add_class::<graph::bindings::PyElementLines>()?;
    module.add_class::<graph::bindings::PyImportLines>()?;
    module.add_function(wrap_pyfunction!(graph::bindings::ordered_edges, module)?)?;
    module.add_function(wrap_pyfunction!(bindings::copy_rows, module)?)
}
