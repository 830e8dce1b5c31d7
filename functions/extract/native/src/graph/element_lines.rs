//! What the embedded server's batch writer takes: the rules of `functions/load_graph/bulk/element_lines.py`.

use std::collections::HashMap;

use super::edge_table::{Edge, LABELS, Label};
use super::id_map::Places;
use super::json_reader::Reader;
use super::json_text::{push_number, push_string};
use super::slice::{Record, Slice, Span};

/// What a node is known by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Id(i64),
    Name(Box<[u8]>),
}

/// New nodes of one label: their number, and a line for each.
pub struct NewNodes {
    pub label: Label,
    pub count: usize,
    pub lines: Vec<u8>,
}

/// Where the nodes of one label lie. Each label has one bucket.
#[derive(Default)]
struct Nodes {
    /// An address without its position.
    bucket: Vec<u8>,
    places: Places,
    names: HashMap<Box<[u8]>, u32>,
    /// Nodes that were written, and whose addresses are to be told.
    written: Vec<Key>,
}

/// Makes the lines, and knows where each node lies.
pub struct ElementLines {
    table: Vec<Edge>,
    nodes: [Nodes; LABELS.len()],
}

impl ElementLines {
    pub fn new(table: Vec<Edge>) -> Self {
        Self { table, nodes: Default::default() }
    }

    /// Lines for the nodes of a slice.
    pub fn records(&mut self, slice: &Slice) -> Option<NewNodes> {
        let nodes = self.nodes.get_mut(slice.label as usize)?;
        nodes.written = slice.records.iter().map(|record| Key::Id(record.id)).collect();
        let mut lines = Vec::with_capacity(slice.records.len() * 128);
        for (number, record) in slice.records.iter().enumerate() {
            begin_node(slice.label, Some(number), &mut lines);
            properties(slice, record, &mut lines);
        }
        lines.pop();
        Some(NewNodes { label: slice.label, count: slice.records.len(), lines })
    }

    /// Lines for the nodes of a slice and for its edges, all for one request, in which its first node is the `first`.
    pub fn together(&self, slice: &Slice, first: usize) -> Option<(NewNodes, usize, Vec<u8>)> {
        let mut lines = Vec::with_capacity(slice.records.len() * 128);
        for record in &slice.records {
            begin_node(slice.label, None, &mut lines);
            properties(slice, record, &mut lines);
        }
        lines.pop();
        let own = (0..slice.records.len()).map(|number| u32::try_from(first + number).ok()).collect::<Option<_>>()?;
        let (count, edges) = self.edge_lines(slice, b"", own)?;
        Some((NewNodes { label: slice.label, count: slice.records.len(), lines }, count, edges))
    }

    /// Lines for what edges of a slice end at and is not there: stubs, genres and styles.
    pub fn missing(&mut self, slice: &Slice) -> Option<Vec<NewNodes>> {
        let mut found = Vec::new();
        for label in LABELS {
            let nodes = self.nodes.get(label as usize)?;
            let mut keys = Vec::new();
            for edge in self.table.iter().filter(|edge| edge.target == label) {
                for link in slice.links(edge.kind) {
                    if label.is_named() {
                        let name = slice.text(link.value);
                        if !nodes.names.contains_key(name) {
                            keys.push(Key::Name(name.into()));
                        }
                    } else if nodes.places.get(link.other).is_none() {
                        keys.push(Key::Id(link.other));
                    }
                }
            }
            found.extend(self.stubs(label, keys)?);
        }
        Some(found)
    }

    /// Lines for those of the keys that are not there.
    pub fn stubs(&mut self, label: Label, mut keys: Vec<Key>) -> Option<Option<NewNodes>> {
        let nodes = self.nodes.get_mut(label as usize)?;
        keys.retain(|key| nodes.place(key).is_none());
        keys.sort();
        keys.dedup();
        if keys.is_empty() {
            return Some(None);
        }
        let mut lines = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            begin_node(label, Some(number), &mut lines);
            match key {
                Key::Id(id) => {
                    lines.extend_from_slice(b"\"id\":");
                    push_number(*id, &mut lines);
                    lines.extend_from_slice(b",\"stub\":true}\n");
                }
                Key::Name(name) => {
                    lines.extend_from_slice(b"\"name\":");
                    push_string(name, &mut lines);
                    lines.extend_from_slice(b"}\n");
                }
            }
        }
        lines.pop();
        nodes.written = keys;
        Some(Some(NewNodes { label, count: nodes.written.len(), lines }))
    }

    /// Note the addresses of the nodes of a label that were written last, as the server tells them; None where it does
    /// not tell them all.
    pub fn note(&mut self, label: Label, answer: &[u8]) -> Option<()> {
        let nodes = self.nodes.get_mut(label as usize)?;
        let written = std::mem::take(&mut nodes.written);
        let mut noted = 0;
        Reader::of(answer).object(|reader, key| {
            if key != b"idMapping" {
                return reader.skip();
            }
            reader.object(|reader, number| {
                let number: usize = std::str::from_utf8(number).ok()?.parse().ok()?;
                nodes.note(written.get(number)?, reader.string()?)?;
                noted += 1;
                Some(())
            })
        })?;
        (noted == written.len()).then_some(())
    }

    /// A line for each edge of a slice, and their number; None where a node has no address.
    pub fn edges(&self, slice: &Slice) -> Option<(usize, Vec<u8>)> {
        let nodes = self.nodes.get(slice.label as usize)?;
        let own = slice.records.iter().map(|record| nodes.places.get(record.id)).collect::<Option<_>>()?;
        self.edge_lines(slice, &nodes.bucket, own)
    }

    /// Each record is where `own` has it in `bucket`.
    fn edge_lines(&self, slice: &Slice, bucket: &[u8], own: Vec<u32>) -> Option<(usize, Vec<u8>)> {
        let (mut lines, mut count) = (Vec::new(), 0);
        for edge in &self.table {
            let others = self.nodes.get(edge.target as usize)?;
            let head = format!("{{\"@type\":\"edge\",\"@class\":\"{}\",\"@from\":\"", edge.name);
            for link in slice.links(edge.kind) {
                let one = (bucket, *own.get(link.record as usize)?);
                let position = if edge.target.is_named() {
                    others.names.get(slice.text(link.value)).copied()
                } else {
                    others.places.get(link.other)
                };
                let other = (others.bucket.as_slice(), position?);
                let (begin, end) = if edge.outgoing { (one, other) } else { (other, one) };
                lines.extend_from_slice(head.as_bytes());
                address(begin, &mut lines);
                lines.extend_from_slice(b"\",\"@to\":\"");
                address(end, &mut lines);
                lines.push(b'"');
                if let Some(name) = &edge.value {
                    value(slice, name, link.value, &mut lines);
                }
                lines.extend_from_slice(b"}\n");
                count += 1;
            }
        }
        lines.pop();
        Some((count, lines))
    }

    /// Where a node lies.
    pub fn address(&self, label: Label, key: &Key) -> Option<String> {
        let nodes = self.nodes.get(label as usize)?;
        let mut found = Vec::new();
        address((&nodes.bucket, nodes.place(key)?), &mut found);
        String::from_utf8(found).ok()
    }
}

impl Nodes {
    fn place(&self, key: &Key) -> Option<u32> {
        match key {
            Key::Id(id) => self.places.get(*id),
            Key::Name(name) => self.names.get(name).copied(),
        }
    }

    fn note(&mut self, key: &Key, address: &[u8]) -> Option<()> {
        let colon = memchr::memchr(b':', address)?;
        let (bucket, position) = address.split_at_checked(colon + 1)?;
        let position = std::str::from_utf8(position).ok()?.parse().ok().filter(|position| *position != u32::MAX)?;
        if self.bucket != bucket {
            self.bucket = bucket.to_vec();
        }
        match key {
            Key::Id(id) => self.places.set(*id, position),
            Key::Name(name) => {
                self.names.insert(name.clone(), position);
            }
        }
        Some(())
    }
}

/// A node with a number is one whose address the server tells.
fn begin_node(label: Label, number: Option<usize>, lines: &mut Vec<u8>) {
    lines.extend_from_slice(b"{\"@type\":\"vertex\",\"@class\":\"");
    lines.extend_from_slice(label.name().as_bytes());
    if let Some(number) = number {
        lines.extend_from_slice(b"\",\"@id\":\"");
        push_number(number as i64, lines);
    }
    lines.extend_from_slice(b"\",");
}

/// The properties of a record's node, and the end of its line.
fn properties(slice: &Slice, record: &Record, lines: &mut Vec<u8>) {
    lines.extend_from_slice(b"\"id\":");
    push_number(record.id, lines);
    if let Some(name) = record.name {
        let titled = matches!(slice.label, Label::Master | Label::Release);
        lines.extend_from_slice(if titled { b",\"title\":" } else { b",\"name\":" });
        push_string(slice.text(name), lines);
    }
    if let Some(year) = record.year {
        lines.extend_from_slice(b",\"year\":");
        push_number(year, lines);
    }
    if let Some(country) = record.country {
        lines.extend_from_slice(b",\"country\":");
        push_string(slice.text(country), lines);
    }
    lines.extend_from_slice(b"}\n");
}

fn address((bucket, position): (&[u8], u32), lines: &mut Vec<u8>) {
    lines.extend_from_slice(bucket);
    push_number(i64::from(position), lines);
}

fn value(slice: &Slice, name: &str, value: Span, lines: &mut Vec<u8>) {
    lines.extend_from_slice(b",\"");
    lines.extend_from_slice(name.as_bytes());
    lines.extend_from_slice(b"\":");
    if name != "roles" {
        push_string(slice.text(value), lines);
        return;
    }
    lines.push(b'[');
    for (number, role) in slice.roles(value).enumerate() {
        if number > 0 {
            lines.push(b',');
        }
        push_string(role, lines);
    }
    lines.push(b']');
}
