//! From documents to the nodes and edges of the graph: the rules of `functions/projection/projection.py`.

use std::collections::{HashMap, HashSet};

use super::edge_table::{Kind, Label};
use super::found::Found;
use super::json_text::unescape;
use super::named::Named;
use super::roles;
use super::slice::{Record, Slice, Span};

/// Documents of one entity, each with the year of its row; an error is the number of the one that cannot be projected.
pub fn project(label: Label, documents: &[(Option<i64>, &[u8])], name_limit: usize) -> Result<Slice, usize> {
    let mut projection = Projection { slice: Slice::new(label), name_limit, text: Vec::new(), roles: Vec::new() };
    let mut found = Found::default();
    for (number, (year, document)) in documents.iter().enumerate() {
        found.read(document).and_then(|()| projection.add(&mut found, *year)).ok_or(number)?;
    }
    Ok(projection.slice)
}

struct Projection {
    slice: Slice,
    name_limit: usize,
    /// What was unescaped last.
    text: Vec<u8>,
    roles: Vec<Span>,
}

impl Projection {
    fn add(&mut self, found: &mut Found, year: Option<i64>) -> Option<()> {
        let record = self.record(found, year)?;
        match self.slice.label {
            Label::Artist => {
                self.ids(Kind::AliasOf, &found.aliases)?;
                self.ids(Kind::MemberOf, &found.groups)?;
            }
            Label::Label => self.ids(Kind::SublabelOf, found.parent.as_slice())?,
            Label::Master => {
                self.ids(Kind::By, &found.artists)?;
                self.names(Kind::Genres, &found.genres)?;
                self.names(Kind::Styles, &found.styles)?;
            }
            Label::Release => self.release(found)?,
            Label::Genre | Label::Style => return None,
        }
        self.slice.records.push(record);
        Some(())
    }

    fn record(&mut self, found: &Found, year: Option<i64>) -> Option<Record> {
        let id = found.id?;
        let titled = matches!(self.slice.label, Label::Master | Label::Release);
        let name = match if titled { found.title } else { found.name } {
            Some(text) => {
                let kept = self.slice.keep_written(|texts| unescape(text, texts))?;
                Some(self.slice.shorten(kept, self.name_limit))
            }
            None => None,
        };
        let country = match found.country.filter(|_| self.slice.label == Label::Release) {
            Some(text) => Some(self.slice.keep_written(|texts| unescape(text, texts))?),
            None => None,
        };
        Some(Record { id, name, year: year.filter(|_| titled), country })
    }

    fn release(&mut self, found: &mut Found) -> Option<()> {
        self.ids(Kind::By, &found.artists)?;
        self.appearing(found)?;
        self.credits(found)?;
        self.catalogue_numbers(&found.labels)?;
        if let Some(master) = found.master.filter(|master| *master > 0) {
            self.slice.link(Kind::DerivedFrom, master, Span::default())?;
        }
        self.names(Kind::Genres, &found.genres)?;
        self.names(Kind::Styles, &found.styles)
    }

    fn ids(&mut self, kind: Kind, references: &[Named]) -> Option<()> {
        let mut seen = HashSet::new();
        for id in references.iter().filter_map(Named::id) {
            if references.len() == 1 || seen.insert(id) {
                self.slice.link(kind, id, Span::default())?;
            }
        }
        Some(())
    }

    /// Artists of tracks who are not among those of the release.
    fn appearing(&mut self, found: &Found) -> Option<()> {
        if found.appearing.is_empty() {
            return Some(());
        }
        let mut seen: HashSet<i64> = found.artists.iter().filter_map(Named::id).collect();
        for id in found.appearing.iter().filter_map(|(_, named)| named.id()) {
            if seen.insert(id) {
                self.slice.link(Kind::AppearsOn, id, Span::default())?;
            }
        }
        Some(())
    }

    /// One edge for each credited artist, the roles of all its credits together.
    fn credits(&mut self, found: &mut Found) -> Option<()> {
        let mut numbers = HashMap::new();
        found.credited.retain_mut(|(number, named)| {
            let Some(id) = named.id() else { return false };
            let next = numbers.len() as u32;
            *number = *numbers.entry(id).or_insert(next);
            true
        });
        found.credited.sort_by_key(|(number, _)| *number);
        for credits in found.credited.chunk_by(|(one, _), (other, _)| one == other) {
            for (_, named) in credits {
                self.split(named.role.unwrap_or_default())?;
            }
            let roles = self.slice.keep_roles(&mut self.roles)?;
            self.slice.link(Kind::CreditedOn, credits.first()?.1.id()?, roles)?;
        }
        Some(())
    }

    fn split(&mut self, role: &[u8]) -> Option<()> {
        if memchr::memchr(b'\\', role).is_none() {
            return roles::split(role, &mut self.slice, &mut self.roles);
        }
        self.text.clear();
        unescape(role, &mut self.text)?;
        roles::split(&self.text, &mut self.slice, &mut self.roles)
    }

    /// One edge for each distinct label and catalogue number.
    fn catalogue_numbers(&mut self, labels: &[Named]) -> Option<()> {
        let mut seen = HashSet::new();
        for label in labels {
            let Some(id) = label.id() else { continue };
            self.text.clear();
            unescape(label.catno.unwrap_or_default(), &mut self.text)?;
            if labels.len() == 1 || seen.insert((id, self.text.clone())) {
                let catno = self.slice.keep(&self.text)?;
                self.slice.link(Kind::On, id, catno)?;
            }
        }
        Some(())
    }

    fn names(&mut self, kind: Kind, names: &[&[u8]]) -> Option<()> {
        let mut seen = HashSet::new();
        for name in names {
            self.text.clear();
            unescape(name, &mut self.text)?;
            if names.len() == 1 || seen.insert(self.text.clone()) {
                let kept = self.slice.keep(&self.text)?;
                self.slice.link(kind, 0, kept)?;
            }
        }
        Some(())
    }
}
