"""Which genre or style an address means: by the letters and digits of its name, or by the name itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from msgspec import Struct

from functions.discover.addresses import NamedKind, slug
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "profiles.sql")

#: Names that are told where none is meant.
_NEAREST: Final = 5
#: How alike names have to be to be told, from 0 to 1.
_ALIKE: Final = 0.5

_slug = lru_cache(10_000)(slug)


class Name(Struct, frozen=True):
    """A genre or style; `slug` is how addresses have it."""

    name: str
    slug: str
    releases: int
    masters: int


def names_of(context: Context, kind: NamedKind) -> list[Name]:
    """Every genre or style, those with the most releases first."""
    with context.statements() as connection:
        rows = connection.execute(_sql.names, {"kind": kind}).fetchall()
    return [Name(name, slug_of(name), releases, masters) for name, releases, masters in rows]


def slug_of(name: str) -> str:
    """The name as an address has it; one of signs only stays as it is."""
    return _slug(name) or name


def find_name(names: Iterable[Name], asked: str) -> Name | None:
    """What an address means: a name as it is, else of those with the same letters the one with the most releases."""
    wanted = slug_of(asked)
    alike = [one for one in names if one.slug == wanted or one.name == asked]
    return next((one for one in alike if one.name == asked), alike[0] if alike else None)


def nearest_names(names: Iterable[Name], asked: str) -> list[Name]:
    """Names that are written much like it, the likest first."""
    by_slug = {one.slug: one for one in reversed(list(names))}
    return [by_slug[found] for found in difflib.get_close_matches(slug_of(asked), by_slug, _NEAREST, _ALIKE)]
