//! What Python sees of all this.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::edge_order::ordered;
use super::edge_table::{EdgeRow, Kind, Label, table_of};
use super::element_lines::{ElementLines, Key, NewNodes};
use super::import_file::Chunk;
use super::import_lines::ImportLines;
use super::project::project;
use super::slice::Slice;

type NodeLines<'py> = (&'static str, usize, Bound<'py, PyBytes>);
type EdgeLines<'py> = (usize, Bound<'py, PyBytes>);
type ChunkRow<'py> = (Vec<String>, Bound<'py, PyBytes>, Bound<'py, PyBytes>, usize);
type WrittenRow<'py> = (usize, usize, Vec<ChunkRow<'py>>);
type StubRow<'py> = (usize, Option<i64>, Vec<ChunkRow<'py>>);

/// Projected documents.
#[pyclass(frozen, name = "Slice")]
pub struct PySlice {
    slice: Slice,
}

#[pymethods]
impl PySlice {
    /// `documents` are the years of rows and their documents as JSON.
    #[new]
    fn new<'py>(
        py: Python<'py>,
        label: &str,
        documents: Vec<(Option<i64>, Bound<'py, PyBytes>)>,
        name_limit: usize,
    ) -> PyResult<Self> {
        let label = label_of(label)?;
        let read: Vec<_> = documents.iter().map(|(year, document)| (*year, document.as_bytes())).collect();
        let made = py.detach(|| project(label, &read, name_limit));
        let slice = made.map_err(|number| PyValueError::new_err(format!("document {number} is none")))?;
        Ok(Self { slice })
    }

    fn __len__(&self) -> usize {
        self.slice.records.len()
    }

    /// Styles and genres of records that have a single genre.
    fn part_of(&self) -> Vec<(String, String)> {
        let mut single = HashMap::new();
        for genres in self.slice.links(Kind::Genres).chunk_by(|one, other| one.record == other.record) {
            if let [genre] = genres {
                single.insert(genre.record, genre.value);
            }
        }
        let styles = self.slice.links(Kind::Styles).iter();
        let pairs = styles.filter_map(|style| {
            let genre = single.get(&style.record)?;
            Some((self.slice.text(style.value), self.slice.text(*genre)))
        });
        let distinct: BTreeSet<_> = pairs.collect();
        distinct.into_iter().map(|(style, genre)| (text_of(style), text_of(genre))).collect()
    }
}

/// Lines of edges in the order in which the embedded server writes them fastest.
#[pyfunction]
pub fn ordered_edges<'py>(py: Python<'py>, blobs: Vec<Bound<'py, PyBytes>>) -> PyResult<Bound<'py, PyBytes>> {
    let read: Vec<_> = blobs.iter().map(|blob| blob.as_bytes()).collect();
    let made = py.detach(|| ordered(&read)).ok_or_else(|| PyValueError::new_err("a line is no edge"))?;
    Ok(PyBytes::new(py, &made))
}

#[derive(FromPyObject)]
enum PyKey {
    Id(i64),
    Name(String),
}

/// What the embedded server's batch writer takes.
#[pyclass(frozen, name = "ElementLines")]
pub struct PyElementLines {
    lines: Mutex<ElementLines>,
}

#[pymethods]
impl PyElementLines {
    #[new]
    fn new(edges: Vec<EdgeRow>) -> PyResult<Self> {
        let table = table_of(edges).map_err(PyValueError::new_err)?;
        Ok(Self { lines: Mutex::new(ElementLines::new(table)) })
    }

    fn nodes<'py>(&self, py: Python<'py>, slice: &PySlice) -> PyResult<NodeLines<'py>> {
        let made = py.detach(|| locked(&self.lines).records(&slice.slice));
        Ok(node_lines(py, &made.ok_or_else(unknown)?))
    }

    fn together<'py>(
        &self,
        py: Python<'py>,
        slice: &PySlice,
        first: usize,
    ) -> PyResult<(NodeLines<'py>, EdgeLines<'py>)> {
        let made = py.detach(|| locked(&self.lines).together(&slice.slice, first));
        let (nodes, count, edges) = made.ok_or_else(unknown)?;
        Ok((node_lines(py, &nodes), (count, PyBytes::new(py, &edges))))
    }

    fn missing<'py>(&self, py: Python<'py>, slice: &PySlice) -> PyResult<Vec<NodeLines<'py>>> {
        let made = py.detach(|| locked(&self.lines).missing(&slice.slice)).ok_or_else(unknown)?;
        Ok(made.iter().map(|nodes| node_lines(py, nodes)).collect())
    }

    fn stubs<'py>(&self, py: Python<'py>, label: &str, keys: Vec<PyKey>) -> PyResult<Option<NodeLines<'py>>> {
        let label = label_of(label)?;
        let keys = keys.into_iter().map(Key::from).collect();
        let made = locked(&self.lines).stubs(label, keys).ok_or_else(unknown)?;
        Ok(made.map(|nodes| node_lines(py, &nodes)))
    }

    fn note(&self, py: Python<'_>, label: &str, answer: &[u8]) -> PyResult<()> {
        let label = label_of(label)?;
        py.detach(|| locked(&self.lines).note(label, answer)).ok_or_else(unknown)
    }

    fn edges<'py>(&self, py: Python<'py>, slice: &PySlice) -> PyResult<EdgeLines<'py>> {
        let (count, lines) = py.detach(|| locked(&self.lines).edges(&slice.slice)).ok_or_else(unknown)?;
        Ok((count, PyBytes::new(py, &lines)))
    }

    fn address(&self, label: &str, key: PyKey) -> PyResult<String> {
        locked(&self.lines).address(label_of(label)?, &key.into()).ok_or_else(unknown)
    }
}

/// What Neo4j's importer reads.
#[pyclass(frozen, name = "ImportLines")]
pub struct PyImportLines {
    lines: Mutex<ImportLines>,
}

#[pymethods]
impl PyImportLines {
    #[new]
    fn new(edges: Vec<EdgeRow>, large_from: i64, long: usize) -> PyResult<Self> {
        let table = table_of(edges).map_err(PyValueError::new_err)?;
        Ok(Self { lines: Mutex::new(ImportLines::new(table, large_from, long)) })
    }

    fn nodes<'py>(&self, py: Python<'py>, slice: &PySlice) -> PyResult<Vec<ChunkRow<'py>>> {
        let made = py.detach(|| locked(&self.lines).records(&slice.slice)).ok_or_else(unknown)?;
        Ok(chunk_rows(py, made))
    }

    fn edges<'py>(&self, py: Python<'py>, slice: &PySlice) -> PyResult<WrittenRow<'py>> {
        let made = py.detach(|| locked(&self.lines).edges(&slice.slice)).ok_or_else(unknown)?;
        Ok((made.nodes, made.edges, chunk_rows(py, made.chunks)))
    }

    fn number(&self, label: &str, name: &str) -> PyResult<i64> {
        locked(&self.lines).number_of(label_of(label)?, name.as_bytes()).ok_or_else(unknown)
    }

    fn stubs<'py>(&self, py: Python<'py>, label: &str, begin: i64, most: usize) -> PyResult<StubRow<'py>> {
        let label = label_of(label)?;
        let made = py.detach(|| locked(&self.lines).stubs(label, begin, most)).ok_or_else(unknown)?;
        Ok((made.count, made.next, chunk_rows(py, made.chunks)))
    }

    fn without_roles(&self, begin: usize, most: usize) -> Vec<(i64, i64)> {
        locked(&self.lines).without_roles.iter().skip(begin).take(most).copied().collect()
    }
}

impl From<PyKey> for Key {
    fn from(key: PyKey) -> Self {
        match key {
            PyKey::Id(id) => Key::Id(id),
            PyKey::Name(name) => Key::Name(name.into_bytes().into()),
        }
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn label_of(name: &str) -> PyResult<Label> {
    Label::named(name).ok_or_else(|| PyValueError::new_err(format!("{name} is no label")))
}

fn unknown() -> PyErr {
    PyValueError::new_err("a node has no address, or no number")
}

fn text_of(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn node_lines<'py>(py: Python<'py>, nodes: &NewNodes) -> NodeLines<'py> {
    (nodes.label.name(), nodes.count, PyBytes::new(py, &nodes.lines))
}

fn chunk_rows(py: Python<'_>, chunks: Vec<Chunk>) -> Vec<ChunkRow<'_>> {
    let row =
        |chunk: Chunk| (chunk.key, PyBytes::new(py, &chunk.lines), PyBytes::new(py, &chunk.broken), chunk.longest);
    chunks.into_iter().map(row).collect()
}
