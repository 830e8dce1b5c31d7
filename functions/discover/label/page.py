"""What the page of a label shows."""

from __future__ import annotations

from msgspec import Struct

from functions.discover.label.figures import LabelFigures, read_figures
from functions.discover.label.releases import As, LabelReleases, SortBy, Wanted, label_releases
from functions.discover.label.tree import Tree, read_tree
from functions.discover.records.last_change import LastChange
from functions.discover.records.mentions import Paragraph, read_text
from functions.discover.records.read import read_label
from functions.discover.release_links.names import label_names
from functions.discover.release_links.read import State, state_of
from functions.runtime.stores.context import Context
from functions.search_entries.words import name_of


class LabelPage(Struct, frozen=True):
    """A label, the labels around it, what its releases are like, and a page of them.

    `links` says whether it is known which releases name it.
    """

    id: int
    name: str
    tree: Tree
    profile: list[Paragraph]
    contact: list[Paragraph]
    urls: list[str]
    figures: LabelFigures
    releases: LabelReleases
    links: State
    changed: LastChange


class Asked(Struct, frozen=True, kw_only=True):
    """Which page of the releases, and how they are sorted and narrowed down."""

    kind: As = "label"
    wanted: Wanted = Wanted()
    sort: SortBy = "year"
    descending: bool = False
    cursor: str | None = None
    limit: int = 50


def label_page(context: Context, record: int, asked: Asked) -> LabelPage | None:
    """The label of an id; None if there is none.

    Raises:
        RefusedError: the cursor is none.
    """
    with context.connection() as connection:
        read = read_label(connection, record)
        if read is None:
            return None
        label = read.document
        return LabelPage(
            record,
            name_of(label.name or ""),
            read_tree(connection, record),
            read_text(connection, label.profile),
            read_text(connection, label.contactinfo),
            label.urls or [],
            read_figures(connection, record),
            label_releases(
                connection,
                record,
                asked.kind,
                asked.wanted,
                asked.sort,
                asked.cursor,
                descending=asked.descending,
                limit=asked.limit,
            ),
            state_of(connection),
            read.changed,
        )


def releases_of_label(context: Context, record: int, asked: Asked) -> LabelReleases | None:
    """A page of the releases of a label, also of one that only releases name; None if there is no such label.

    Raises:
        RefusedError: the cursor is none.
    """
    with context.connection() as connection:
        if read_label(connection, record) is None and not label_names(connection, [record]):
            return None
        return label_releases(
            connection,
            record,
            asked.kind,
            asked.wanted,
            asked.sort,
            asked.cursor,
            descending=asked.descending,
            limit=asked.limit,
        )
