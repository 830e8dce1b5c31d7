"""Labels, companies and series, and the catalogue number that a release has there."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from functions.discover.records.names import Named, named
from functions.extract.records.record import CatalogueEntry


class Catalogued(Struct, frozen=True):
    """A label, company or series, and the number that the release has there."""

    who: Named
    catno: str | None


def catalogued(entries: Iterable[CatalogueEntry] | None) -> list[Catalogued]:
    """Each once: a release may name a label twice with the same number."""
    made = [Catalogued(named("label", one.id, one.name), one.catno) for one in entries or ()]
    return list({(one.who.id, one.who.text, one.catno): one for one in made}.values())
