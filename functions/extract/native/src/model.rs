//! The record model, as Python's `functions.extract.records.xml_mapping` describes it: written there once, compiled here.

use std::collections::HashMap;

use pyo3::FromPyObject;

use crate::symbol_table::Names;

/// How a value's text is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Short,
    Integer,
    Truth,
}

/// The field that a text goes into.
#[derive(Clone, Copy)]
pub struct Place {
    pub field: usize,
    pub kind: Kind,
}

/// What a child element holds.
pub enum Child {
    Leaf { place: Place, attributes: Names<Place> },
    Texts { field: usize, item: Box<[u8]>, short: bool },
    List { field: usize, item: Box<[u8]>, shape: usize, paired: bool },
    Single { field: usize, shape: usize },
}

/// The XML and the JSON of one struct.
pub struct Shape {
    pub name: Box<[u8]>,
    /// `,"field":` of each field, in the order in which they are written.
    pub keys: Vec<Box<[u8]>>,
    /// The field `id`, where there is one.
    pub id: Option<usize>,
    pub own: Option<Place>,
    pub attributes: Names<Place>,
    pub children: Names<Child>,
}

/// Every shape; the place of each record's own shape is its entity's.
pub struct Model {
    shapes: Vec<Shape>,
    roots: HashMap<String, usize>,
}

impl Model {
    pub fn shape(&self, number: usize) -> Option<&Shape> {
        self.shapes.get(number)
    }

    pub fn root(&self, entity: &str) -> Option<&Shape> {
        self.shapes.get(*self.roots.get(entity)?)
    }
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct PlaceRow {
    field: usize,
    kind: String,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct LeafRow {
    place: PlaceRow,
    attributes: HashMap<String, PlaceRow>,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct TextsRow {
    field: usize,
    item: String,
    short: bool,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct ListRow {
    field: usize,
    item: String,
    shape: usize,
    paired: bool,
}

#[derive(FromPyObject)]
#[pyo3(from_item_all)]
struct SingleRow {
    field: usize,
    shape: usize,
}

/// One shape as a Python dictionary; fields and shapes by number.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct ShapeRow {
    name: String,
    fields: Vec<String>,
    own: Option<PlaceRow>,
    attributes: HashMap<String, PlaceRow>,
    leaves: HashMap<String, LeafRow>,
    texts: HashMap<String, TextsRow>,
    lists: HashMap<String, ListRow>,
    single: HashMap<String, SingleRow>,
}

/// The compiled model; an error where the description does not hold together.
pub fn compile(rows: Vec<ShapeRow>, roots: HashMap<String, usize>) -> Result<Model, String> {
    let count = rows.len();
    if roots.values().any(|root| *root >= count) {
        return Err("an entity has no shape".into());
    }
    let shapes = rows.into_iter().map(|row| shape(row, count)).collect::<Result<_, _>>()?;
    Ok(Model { shapes, roots })
}

fn shape(row: ShapeRow, shapes: usize) -> Result<Shape, String> {
    let fields = row.fields.len();
    let mut children: Vec<(String, Child)> = Vec::new();
    for (tag, leaf) in row.leaves {
        let attributes = places(leaf.attributes, fields)?;
        children.push((tag, Child::Leaf { place: place(&leaf.place, fields)?, attributes }));
    }
    for (tag, TextsRow { field, item, short }) in row.texts {
        within(field, fields)?;
        children.push((tag, Child::Texts { field, item: boxed(item), short }));
    }
    for (tag, ListRow { field, item, shape, paired }) in row.lists {
        within(field, fields)?;
        within(shape, shapes)?;
        children.push((tag, Child::List { field, item: boxed(item), shape, paired }));
    }
    for (tag, SingleRow { field, shape }) in row.single {
        within(field, fields)?;
        within(shape, shapes)?;
        children.push((tag, Child::Single { field, shape }));
    }
    Ok(Shape {
        name: boxed(row.name),
        id: row.fields.iter().position(|field| field == "id"),
        keys: row.fields.into_iter().map(|field| boxed(format!(",\"{field}\":"))).collect(),
        own: row.own.map(|own| place(&own, fields)).transpose()?,
        attributes: places(row.attributes, fields)?,
        children: Names::new(children)?,
    })
}

fn places(rows: HashMap<String, PlaceRow>, fields: usize) -> Result<Names<Place>, String> {
    let read: Vec<_> =
        rows.into_iter().map(|(name, row)| Ok((name, place(&row, fields)?))).collect::<Result<_, String>>()?;
    Names::new(read)
}

fn place(row: &PlaceRow, fields: usize) -> Result<Place, String> {
    within(row.field, fields)?;
    let kind = match row.kind.as_str() {
        "text" => Kind::Text,
        "short" => Kind::Short,
        "integer" => Kind::Integer,
        "truth" => Kind::Truth,
        other => return Err(format!("{other} is no kind of value")),
    };
    Ok(Place { field: row.field, kind })
}

fn within(number: usize, count: usize) -> Result<(), String> {
    if number < count { Ok(()) } else { Err(format!("the model has no number {number} of {count}")) }
}

fn boxed(text: String) -> Box<[u8]> {
    text.into_bytes().into_boxed_slice()
}
