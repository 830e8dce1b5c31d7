//! What a document says, before it is known what edges that makes.

use super::json_reader::Reader;
use super::named::Named;

/// Tracks within tracks; no dump has more than two.
const DEEPEST: usize = 200;

/// What the graph needs of any of the four documents, its texts as they stand there.
#[derive(Default)]
pub struct Found<'a> {
    pub id: Option<i64>,
    pub name: Option<&'a [u8]>,
    pub title: Option<&'a [u8]>,
    pub country: Option<&'a [u8]>,
    pub master: Option<i64>,
    pub parent: Option<Named<'a>>,
    pub aliases: Vec<Named<'a>>,
    pub artists: Vec<Named<'a>>,
    pub groups: Vec<Named<'a>>,
    pub labels: Vec<Named<'a>>,
    pub genres: Vec<&'a [u8]>,
    pub styles: Vec<&'a [u8]>,
    /// Artists of tracks, and credits, each with the number of its track; 0 is the document itself.
    pub appearing: Vec<(u32, Named<'a>)>,
    pub credited: Vec<(u32, Named<'a>)>,
    tracks: u32,
}

impl<'a> Found<'a> {
    /// Read a document, in the place of the one before.
    pub fn read(&mut self, document: &'a [u8]) -> Option<()> {
        self.forget();
        let mut reader = Reader::of(document);
        reader.object(|reader, key| self.field(reader, key))?;
        reader.end()?;
        // The fields of a track may stand in any order: tracks count before the tracks within them.
        self.appearing.sort_by_key(|(track, _)| *track);
        self.credited.sort_by_key(|(track, _)| *track);
        Some(())
    }

    fn forget(&mut self) {
        (self.id, self.name, self.title, self.country) = (None, None, None, None);
        (self.master, self.parent, self.tracks) = (None, None, 0);
        for list in [&mut self.aliases, &mut self.artists, &mut self.groups, &mut self.labels] {
            list.clear();
        }
        for list in [&mut self.genres, &mut self.styles] {
            list.clear();
        }
        for list in [&mut self.appearing, &mut self.credited] {
            list.clear();
        }
    }

    fn field(&mut self, reader: &mut Reader<'a>, key: &[u8]) -> Option<()> {
        match key {
            b"id" => self.id = reader.optional_integer()?,
            b"name" => self.name = reader.optional_string()?,
            b"title" => self.title = reader.optional_string()?,
            b"country" => self.country = reader.optional_string()?,
            b"master_id" => self.master = reader.optional_integer()?,
            b"parentLabel" => self.parent = if reader.null() { None } else { Some(Named::read(reader)?) },
            b"aliases" => named(reader, &mut self.aliases)?,
            b"artists" => named(reader, &mut self.artists)?,
            b"groups" => named(reader, &mut self.groups)?,
            b"labels" => named(reader, &mut self.labels)?,
            b"genres" => texts(reader, &mut self.genres)?,
            b"styles" => texts(reader, &mut self.styles)?,
            b"extraartists" => of_track(reader, 0, &mut self.credited)?,
            b"tracklist" => self.tracklist(reader, 0)?,
            _ => reader.skip()?,
        }
        Some(())
    }

    fn tracklist(&mut self, reader: &mut Reader<'a>, depth: usize) -> Option<()> {
        (depth < DEEPEST).then_some(())?;
        reader.array(|reader| {
            self.tracks = self.tracks.checked_add(1)?;
            let track = self.tracks;
            reader.object(|reader, key| match key {
                b"artists" => of_track(reader, track, &mut self.appearing),
                b"extraartists" => of_track(reader, track, &mut self.credited),
                b"sub_tracks" => self.tracklist(reader, depth + 1),
                _ => reader.skip(),
            })
        })
    }
}

fn named<'a>(reader: &mut Reader<'a>, found: &mut Vec<Named<'a>>) -> Option<()> {
    reader.array(|reader| {
        found.push(Named::read(reader)?);
        Some(())
    })
}

fn of_track<'a>(reader: &mut Reader<'a>, track: u32, found: &mut Vec<(u32, Named<'a>)>) -> Option<()> {
    reader.array(|reader| {
        found.push((track, Named::read(reader)?));
        Some(())
    })
}

fn texts<'a>(reader: &mut Reader<'a>, found: &mut Vec<&'a [u8]>) -> Option<()> {
    reader.array(|reader| {
        found.push(reader.string()?);
        Some(())
    })
}
