//! What Neo4j's importer reads: the rules of `functions/load_graph/bulk/import_lines.py`.

use std::collections::HashMap;

use super::edge_table::{Edge, LABELS, Label};
use super::id_map::IdSet;
use super::import_file::{Chunk, FIELD, ITEM, push_text};
use super::json_text::push_number;
use super::slice::{Link, Record, Slice};

/// Nodes of one label: those that were written, those that edges end at, and names by number.
#[derive(Default)]
struct Nodes {
    there: IdSet,
    referred: IdSet,
    numbers: HashMap<Box<[u8]>, i64>,
}

/// What the edges of a slice make.
#[derive(Default)]
pub struct Written {
    pub nodes: usize,
    pub edges: usize,
    pub chunks: Vec<Chunk>,
}

/// Nodes that edges end at and no record has, some of them; and where the next begin.
pub struct Stubs {
    pub count: usize,
    pub next: Option<i64>,
    pub chunks: Vec<Chunk>,
}

/// Makes the lines, and knows what was written and what is referred to.
pub struct ImportLines {
    table: Vec<Edge>,
    /// The first id that is too large for the importer: it has a number in its place.
    large_from: i64,
    /// Characters from which on a line is long.
    long: usize,
    nodes: [Nodes; LABELS.len()],
    large: HashMap<i64, i64>,
    /// Artist and release of credits that have none.
    pub without_roles: Vec<(i64, i64)>,
}

impl ImportLines {
    pub fn new(table: Vec<Edge>, large_from: i64, long: usize) -> Self {
        let (nodes, large, without_roles) = (Default::default(), HashMap::new(), Vec::new());
        Self { table, large_from, long, nodes, large, without_roles }
    }

    /// Lines for the nodes of a slice.
    pub fn records(&mut self, slice: &Slice) -> Option<Vec<Chunk>> {
        let (mut usual, mut large) = (chunk(&["node", slice.label.name()]), chunk(&["large", slice.label.name()]));
        for record in &slice.records {
            self.nodes.get_mut(slice.label as usize)?.there.add(record.id);
            if record.id < self.large_from {
                usual.line(self.long, |line| properties(slice, record, line));
            } else {
                let number = self.import_id(record.id);
                large.line(self.long, |line| {
                    push_number(number, line);
                    line.push(FIELD);
                    properties(slice, record, line);
                });
            }
        }
        Some(filled([usual, large]))
    }

    /// Lines for the edges of a slice; genres and styles that are new get their nodes.
    pub fn edges(&mut self, slice: &Slice) -> Option<Written> {
        let mut written = Written::default();
        for place in 0..self.table.len() {
            self.edges_of(place, slice, &mut written)?;
        }
        Some(written)
    }

    fn edges_of(&mut self, place: usize, slice: &Slice, written: &mut Written) -> Option<()> {
        let edge = self.table.get(place)?;
        let (kind, target, outgoing, name) = (edge.kind, edge.target, edge.outgoing, edge.name.clone());
        let has_roles = edge.value.as_deref() == Some("roles");
        let has_text = edge.value.is_some() && !has_roles;
        let links = slice.links(kind);
        let others =
            if target.is_named() { self.number(target, slice, links, written)? } else { self.refer(target, links)? };
        let own = slice.label.name();
        let (begin, end) = if outgoing { (own, target.name()) } else { (target.name(), own) };
        let mut lines = chunk(&[&name, begin, end]);
        for (link, other) in links.iter().zip(others) {
            let id = slice.record(link)?.id;
            let one = self.import_id(id);
            let (begin, end) = if outgoing { (one, other) } else { (other, one) };
            if has_roles && slice.roles(link.value).next().is_none() {
                self.without_roles.push((link.other, id));
            }
            lines.line(self.long, |line| {
                push_number(begin, line);
                line.push(FIELD);
                push_number(end, line);
                if has_roles {
                    line.push(FIELD);
                    roles(slice, link, line);
                } else if has_text {
                    line.push(FIELD);
                    push_text(slice.text(link.value), line);
                }
            });
        }
        written.edges += links.len();
        written.chunks.extend(filled([lines]));
        Some(())
    }

    /// Names at the other ends as their numbers; a name that is new becomes a node.
    fn number(&mut self, label: Label, slice: &Slice, links: &[Link], written: &mut Written) -> Option<Vec<i64>> {
        let numbers = &mut self.nodes.get_mut(label as usize)?.numbers;
        let (mut found, mut lines) = (Vec::with_capacity(links.len()), chunk(&["node", label.name()]));
        for link in links {
            let name = slice.text(link.value);
            if let Some(number) = numbers.get(name) {
                found.push(*number);
                continue;
            }
            let number = i64::try_from(numbers.len()).ok()?;
            numbers.insert(name.into(), number);
            found.push(number);
            written.nodes += 1;
            lines.line(self.long, |line| {
                push_number(number, line);
                line.push(FIELD);
                push_text(name, line);
            });
        }
        written.chunks.extend(filled([lines]));
        Some(found)
    }

    fn refer(&mut self, label: Label, links: &[Link]) -> Option<Vec<i64>> {
        let referred = &mut self.nodes.get_mut(label as usize)?.referred;
        links.iter().for_each(|link| referred.add(link.other));
        Some(links.iter().map(|link| self.import_id(link.other)).collect())
    }

    /// The number of a genre or style that has a node.
    pub fn number_of(&self, label: Label, name: &[u8]) -> Option<i64> {
        self.nodes.get(label as usize)?.numbers.get(name).copied()
    }

    /// Lines for so many ids at most that are referred to and no record has, from an id on.
    pub fn stubs(&mut self, label: Label, from: i64, most: usize) -> Option<Stubs> {
        let nodes = self.nodes.get(label as usize)?;
        let mut ids: Vec<i64> = nodes.referred.without(&nodes.there, from).take(most + 1).collect();
        let next = if ids.len() > most { ids.pop() } else { None };
        let (mut usual, mut large) = (chunk(&["stub", label.name()]), chunk(&["large-stub", label.name()]));
        for id in &ids {
            let number = self.import_id(*id);
            let is_large = *id >= self.large_from;
            let lines = if is_large { &mut large } else { &mut usual };
            lines.line(self.long, |line| {
                push_number(number, line);
                line.push(FIELD);
                if is_large {
                    push_number(*id, line);
                    line.push(FIELD);
                }
                line.extend_from_slice(b"true");
            });
        }
        Some(Stubs { count: ids.len(), next, chunks: filled([usual, large]) })
    }

    /// What stands for an id in the files: itself, or a number if it is too large.
    fn import_id(&mut self, id: i64) -> i64 {
        if id < self.large_from {
            return id;
        }
        let next = self.large_from.saturating_add_unsigned(self.large.len() as u64);
        *self.large.entry(id).or_insert(next)
    }
}

fn chunk(key: &[&str]) -> Chunk {
    Chunk { key: key.iter().map(ToString::to_string).collect(), ..Chunk::default() }
}

fn filled<const N: usize>(chunks: [Chunk; N]) -> Vec<Chunk> {
    chunks.into_iter().filter(|chunk| !chunk.is_empty()).collect()
}

fn properties(slice: &Slice, record: &Record, line: &mut Vec<u8>) {
    push_number(record.id, line);
    line.push(FIELD);
    if let Some(name) = record.name {
        push_text(slice.text(name), line);
    }
    if !matches!(slice.label, Label::Master | Label::Release) {
        return;
    }
    line.push(FIELD);
    if let Some(year) = record.year {
        push_number(year, line);
    }
    if slice.label != Label::Release {
        return;
    }
    line.push(FIELD);
    if let Some(country) = record.country {
        push_text(slice.text(country), line);
    }
}

fn roles(slice: &Slice, link: &Link, line: &mut Vec<u8>) {
    for (number, role) in slice.roles(link.value).enumerate() {
        if number > 0 {
            line.push(ITEM);
        }
        line.extend_from_slice(role);
    }
}
