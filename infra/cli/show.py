"""`linernotes show`: a record as its page has it, as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

import typer

from functions.discover.documents.read import Removed, names_on_releases, read_document, sentence_without_document
from functions.discover.records.artist import artist_page
from functions.discover.records.label import label_page
from functions.discover.records.master import master_page
from functions.discover.records.names import ENTITY_OF, Kind
from functions.discover.records.release import release_page
from functions.runtime.errors import RefusedError
from functions.runtime.stores.context import Context
from infra.cli.command_context import stores
from infra.cli.output import Json, print_json, printable
from infra.cli.record_text import text_of
from infra.cli.suppress import parse_entity

_LARGEST: Final = 2**63 - 1

_READERS: Final[Mapping[Kind, Callable[[Context, int], Any]]] = {
    "artist": artist_page,
    "label": label_page,
    "master": master_page,
    "release": release_page,
}


def show(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="artist, label, master or release.")],
    record: Annotated[int, typer.Argument(metavar="ID", min=0, max=_LARGEST, help="At Discogs.")],
    as_json: Json = False,
) -> None:
    """A record with its names, tracks, credits and what else its page has.

    Example: linernotes show artist 45
    """
    wanted = _kind(kind)
    with stores(graph=False) as context:
        found = _READERS[wanted](context, record)
        if found is None:
            raise _missing(context, wanted, record)
    if as_json:
        print_json(found)
        return
    for line in text_of(wanted, found):
        typer.echo(printable(line))


def _kind(text: str) -> Kind:
    entity = parse_entity(text)
    return next(kind for kind, one in ENTITY_OF.items() if one == entity)


def _missing(context: Context, kind: Kind, record: int) -> RefusedError:
    """Why there is nothing to show."""
    found = read_document(context, ENTITY_OF[kind], record)
    if isinstance(found, Removed):
        name = f" ({found.name})" if found.name else ""
        return RefusedError(f"The {kind} {record}{name} was removed: the dump {found.removed_in} no longer has it.")
    on_releases = names_on_releases(context, ENTITY_OF[kind], [record]).get(record)
    return RefusedError(sentence_without_document(ENTITY_OF[kind], record, on_releases))


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(show)
