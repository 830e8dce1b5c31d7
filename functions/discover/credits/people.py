"""People and records as somebody names them: by id, by an address, or by words that the search understands."""

from __future__ import annotations

import re
from typing import Final, Literal

from functions.discover.records.names import Named, named
from functions.discover.release_links.names import artist_names
from functions.discover.search.filters import named_filters
from functions.discover.search.search import search
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "credits.sql")

RecordKind = Literal["release", "master"]

_PERSON: Final = re.compile(r"(?:.*/)?(?:artist/|a)?([0-9]{1,18})(?:/[^/]*)?")
_RECORD: Final = re.compile(r"(?:.*/)?(release|master|r|m)[ /]?([0-9]{1,18})(?:[/-].*)?")
#: Releases of a master whose credits count.
_RELEASES: Final = 200


def person_named(context: Context, text: str) -> Named | None:
    """An artist by its id or address, else the best known one of that name; None if there is none."""
    if match := _PERSON.fullmatch(text.strip()):
        return _person(context, int(match[1]))
    hits = search(context, text, named_filters({"type": "artist"}), 1).hits
    return named("artist", hits[0].id, hits[0].name) if hits else None


def _person(context: Context, number: int) -> Named | None:
    with context.statements() as connection:
        row = connection.execute(_sql.artist, {"id": number}).fetchone()
        name = row[0] if row else artist_names(connection, [number]).get(number)
    return named("artist", number, name) if row or name else None


def record_named(context: Context, text: str) -> tuple[Named, list[int]] | None:
    """A master or a release by its address, else the best match of the words, and the releases that it stands for."""
    if match := _RECORD.fullmatch(text.strip()):
        return _record(context, "master" if match[1][0] == "m" else "release", int(match[2]))
    for kind in ("master", "release"):
        hits = search(context, text, named_filters({"type": kind}), 1).hits
        if hits and (found := _record(context, kind, hits[0].id)):
            return found
    return None


def _record(context: Context, kind: RecordKind, number: int) -> tuple[Named, list[int]] | None:
    with context.statements() as connection:
        row = connection.execute(_sql.record, {"id": number, "kind": kind, "most": _RELEASES}).fetchone()
    return (named(kind, number, row[0]), row[1]) if row else None
