//! The edge table, as Python's `functions.projection.projection` describes it: written there once, read here.

use pyo3::FromPyObject;

/// The labels of nodes, in the order in which what is missing is written.
#[allow(clippy::enum_variant_names, reason = "one of them is the label of labels")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Label {
    Artist,
    Label,
    Master,
    Genre,
    Style,
    Release,
}

pub const LABELS: [Label; 6] = [Label::Artist, Label::Label, Label::Master, Label::Genre, Label::Style, Label::Release];

impl Label {
    pub fn named(name: &str) -> Option<Self> {
        LABELS.into_iter().find(|label| label.name() == name)
    }

    pub fn name(self) -> &'static str {
        match self {
            Label::Artist => "Artist",
            Label::Label => "Label",
            Label::Master => "Master",
            Label::Genre => "Genre",
            Label::Style => "Style",
            Label::Release => "Release",
        }
    }

    /// Whether its nodes have a name for their key.
    pub fn is_named(self) -> bool {
        matches!(self, Label::Genre | Label::Style)
    }
}

/// The lists of edges that a document makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    AliasOf,
    AppearsOn,
    By,
    CreditedOn,
    MemberOf,
    On,
    SublabelOf,
    DerivedFrom,
    Genres,
    Styles,
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "alias_of" => Kind::AliasOf,
            "appears_on" => Kind::AppearsOn,
            "by" => Kind::By,
            "credited_on" => Kind::CreditedOn,
            "member_of" => Kind::MemberOf,
            "on" => Kind::On,
            "sublabel_of" => Kind::SublabelOf,
            "derived_from" => Kind::DerivedFrom,
            "genres" => Kind::Genres,
            "styles" => Kind::Styles,
            _ => return None,
        })
    }
}

/// What Python tells of one list of edges.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct EdgeRow {
    name: String,
    kind: String,
    target: String,
    outgoing: bool,
    value: Option<String>,
}

/// What one list of edges makes.
pub struct Edge {
    pub kind: Kind,
    pub name: String,
    pub target: Label,
    pub outgoing: bool,
    pub value: Option<String>,
}

/// The lists of edges in the order in which they are written; an error names what is not known.
pub fn table_of(rows: Vec<EdgeRow>) -> Result<Vec<Edge>, String> {
    rows.into_iter().map(edge_of).collect()
}

fn edge_of(row: EdgeRow) -> Result<Edge, String> {
    let kind = Kind::named(&row.name).ok_or_else(|| format!("{} is no list of edges", row.name))?;
    let target = Label::named(&row.target).ok_or_else(|| format!("{} is no label", row.target))?;
    Ok(Edge { kind, name: row.kind, target, outgoing: row.outgoing, value: row.value })
}
