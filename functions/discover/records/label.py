"""What the page of a label shows."""

from __future__ import annotations

from msgspec import Struct

from functions.discover.records.last_change import LastChange
from functions.discover.records.mentions import Paragraph, read_text
from functions.discover.records.names import Named, referred
from functions.discover.records.read import read_label
from functions.runtime.stores.context import Context
from functions.search_entries.words import name_of


class LabelPage(Struct, frozen=True):
    """A label with the one above it and those below it."""

    id: int
    name: str
    parent: Named | None
    sublabels: list[Named]
    profile: list[Paragraph]
    contact: list[Paragraph]
    urls: list[str]
    changed: LastChange


def label_page(context: Context, record: int) -> LabelPage | None:
    """The label of an id; None if there is none."""
    with context.statements() as connection:
        read = read_label(connection, record)
        if read is None:
            return None
        label = read.document
        parents = referred("label", [label.parentLabel] if label.parentLabel else [])
        return LabelPage(
            record,
            name_of(label.name or ""),
            parents[0] if parents else None,
            referred("label", label.sublabels),
            read_text(connection, label.profile),
            read_text(connection, label.contactinfo),
            label.urls or [],
            read.changed,
        )
