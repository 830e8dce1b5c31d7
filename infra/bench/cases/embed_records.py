"""Generated artists, labels and masters with enough to say, for the benchmarks of vectors."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

from psycopg.types.json import Jsonb

from functions.registry import FUNCTIONS
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import name_of
from infra.bench.cases.pipeline import first_load
from infra.bench.cases.search_quality import real_records
from infra.bench.harness.stack import temporary_stack
from infra.synth.genres import GENRES
from infra.synth.words import LABEL_LINES, PROFILE_LINES

_sql = statements(__file__, "embed.sql")

#: Entities that have vectors of their own; a release is found by its master.
EmbeddedEntity = Literal["artists", "labels", "masters"]
Document = dict[str, Any]

_SEED: Final = 7
_SYLLABLES: Final = ("ka", "lo", "mi", "ren", "sto", "va", "ber", "ni", "dor", "sha", "el", "tru", "wey", "zon", "pi")
#: One master in so many has notes.
_NOTED: Final = 3


def words_of_dump(source: Path) -> list[str]:
    """The words of all names and titles of a dump, each as often as it is there; loaded into a stack of its own."""
    environment = {"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0"}
    with temporary_stack(environment) as settings, open_context(settings, FUNCTIONS) as context:
        first_load(context, source, only_store="table", bulk="yes")
        return [word for one in real_records(context) for word in name_of(one.name).split()]


def add_records(context: Context, entity: EmbeddedEntity, records: int, words: Sequence[str] = ()) -> None:
    """Put generated records of this entity into PostgreSQL, numbered from 1.

    Args:
        words: that names and titles are made of, frequent ones more than once; where none are given they are invented.
    """
    made, today = _Maker(records, words), dt.date(2026, 1, 1)
    make: Callable[[int], Document] = getattr(made, entity)
    with context.connection() as connection, connection.cursor() as cursor:
        with cursor.copy(getattr(_sql, f"copy_{entity}")) as copy:
            for number in range(1, records + 1):
                document = make(number)
                copy.write_row((number, "0" * 64, today, *_columns(entity, document), Jsonb(document)))
        connection.execute(getattr(_sql, f"analyze_{entity}"))


def said_of(document: Document) -> tuple[str, str]:
    """The name or title of a record, and what else it says of itself."""
    kinds = [*document.get("genres", ()), *document.get("styles", ())]
    pieces = [*kinds, document.get("profile", ""), document.get("notes", "")]
    return document.get("name") or document["title"], " ".join(piece for piece in pieces if piece)


def _columns(entity: EmbeddedEntity, document: Document) -> tuple[Any, ...]:
    """What its row has beside its document."""
    if entity == "masters":
        return document["title"], document["year"], document["genres"], document["styles"]
    return (document["name"],)


class _Maker:
    """Draws documents by a seed, so that figures repeat."""

    def __init__(self, records: int, words: Sequence[str]) -> None:
        self._draw = random.Random(_SEED)  # noqa: S311 - figures that repeat
        self._names = words or [self._invented() for _ in range(max(1_000, records // 20))]
        self._numbers = count(1)

    def _invented(self) -> str:
        return "".join(self._draw.choices(_SYLLABLES, k=self._draw.randint(2, 4))).title()

    def artists(self, number: int) -> Document:
        """An artist with a real name and a profile."""
        name, real, other, city, label = self._draw.choices(self._names, k=5)
        profile = self._lines(PROFILE_LINES, 3, other, city, label)
        return {"id": number, "name": f"{name} {real}", "profile": profile, "realname": f"{real} {other}"}

    def labels(self, number: int) -> Document:
        """A label with a profile, every second one with a label above it."""
        name, other, city, label, above = self._draw.choices(self._names, k=5)
        parent = {"parentLabel": {"id": next(self._numbers), "name": above}} if number % 2 else {}
        profile = self._lines(LABEL_LINES, 2, other, city, label)
        return {"id": number, "name": f"{name} {label} Records", "profile": profile, **parent}

    def masters(self, number: int) -> Document:
        """A master with its artist, genre, styles and year, and with notes now and then."""
        name, artist, other, city, label = self._draw.choices(self._names, k=5)
        genre = self._draw.choices(GENRES, weights=[one.weight for one in GENRES])[0]
        notes = {} if number % _NOTED else {"notes": self._lines(PROFILE_LINES, 1, other, city, label)}
        return {
            "id": number,
            "title": f"{name} {other}",
            "artists": [{"id": next(self._numbers), "name": f"{artist} {label}"}],
            "genres": [genre.name],
            "styles": sorted(set(self._draw.choices(genre.styles, k=2))),
            "year": self._draw.randint(genre.first_year, genre.last_year),
            **notes,
        }

    def _lines(self, lines: tuple[str, ...], several: int, other: str, city: str, label: str) -> str:
        return " ".join(self._draw.choices(lines, k=several)).format(
            genre=self._draw.choice(GENRES).name,
            city=city,
            year=self._draw.randint(1960, 2020),
            other=other,
            other_id=next(self._numbers),
            label=label,
            label_id=next(self._numbers),
            release=next(self._numbers),
            master=next(self._numbers),
        )


def documents(context: Context, entity: EmbeddedEntity, several: int) -> Iterator[Document]:
    """Some of the records, drawn by a hash of their ids."""
    with context.connection() as connection:
        rows = connection.execute(getattr(_sql, f"drawn_{entity}"), {"count": several}).fetchall()
    for (document,) in rows:
        yield document
