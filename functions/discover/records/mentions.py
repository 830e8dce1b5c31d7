"""Texts as they are shown: the records that they mention have names and pages, read in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final, cast
from urllib.parse import urlencode

import psycopg
from msgspec import Struct

from functions.discover.records.names import Kind, Named, named
from functions.discover.records.profile import Mention, Part, mentions_of, parse_profile
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of

_sql = statements(__file__, "records.sql")

#: Records of one text whose names are looked up; what comes behind them is shown without.
_MOST: Final = 1_000

Connection = psycopg.Connection[Any]
Records = Mapping[Mention, Named]


class Run(Struct, frozen=True, omit_defaults=True):
    """A piece of a text: `url` is an address elsewhere (http or https), `record` one that it mentions."""

    text: str
    bold: bool = False
    italic: bool = False
    underlined: bool = False
    url: str | None = None
    record: Named | None = None


class Paragraph(Struct, frozen=True, omit_defaults=True):
    """A paragraph, whose runs may have lines; or a quotation."""

    runs: list[Run]
    quoted: bool = False


def read_text(connection: Connection, text: str | None) -> list[Paragraph]:
    """A profile or notes as they are shown; nothing is read where no record is mentioned."""
    blocks = parse_profile(text)
    records = _records(connection, dict.fromkeys(islice(mentions_of(blocks), _MOST)))
    return [Paragraph([_run(part, records) for part in block.parts], block.quoted) for block in blocks]


def plain_text(paragraphs: Iterable[Paragraph]) -> str:
    """The same without markup, a blank line between paragraphs."""
    return "\n\n".join("".join(run.text for run in paragraph.runs) for paragraph in paragraphs)


def _records(connection: Connection, mentions: Iterable[Mention]) -> dict[Mention, Named]:
    wanted: dict[str, list[Any]] = {
        "artist": [], "label": [], "master": [], "release": [], "artist_names": [], "label_names": []
    }  # fmt: skip
    asked = list(mentions)
    for mention in asked:
        if mention.id is not None:
            wanted[mention.kind].append(mention.id)
        if mention.name is not None:
            wanted[f"{mention.kind}_names"].append(mention.name)
    if not asked:
        return {}
    ids, names = dict[tuple[str, int], Named](), dict[tuple[str, str], Named]()
    for kind, number, name in connection.execute(_sql.mentioned, wanted):
        record = named(cast("Kind", kind), number, name)
        ids[kind, number] = record
        names.setdefault((kind, name), record)
    found = {one: names.get((one.kind, one.name or "")) or ids.get((one.kind, one.id or -1)) for one in asked}
    return {mention: record for mention, record in found.items() if record}


def _run(part: Part, records: Records) -> Run:
    if part.mention is None:
        return Run(part.text, part.bold, part.italic, part.underlined, part.url)
    record = records.get(part.mention) or _unknown(part.mention)
    return Run(part.text or record.text, part.bold, part.italic, part.underlined, None, record)


def _unknown(mention: Mention) -> Named:
    """A record that is not there: of a name others may be found."""
    if mention.name:
        text = name_of(mention.name)
        return Named(mention.kind, text, url="/search?" + urlencode({"q": text, "type": mention.kind}))
    return Named(mention.kind, f"{mention.kind} {mention.id}", mention.id)
