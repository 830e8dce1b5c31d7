"""`linernotes lookup`: releases by barcode, catalogue number, matrix number and the like."""

from __future__ import annotations

from typing import Annotated

import typer

from functions.discover.lookup.read import LONGEST_TEXT, Hit, Lookup, look_up
from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings
from infra.cli.command_context import stores
from infra.cli.output import Json, TextTable, note, notify, print_json, print_table, tell_pages

_MOST = 1_000


def lookup(
    identifier: Annotated[str, typer.Argument(metavar="BARCODE", help="Or another identifier, as typed or scanned.")],
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="How many at most.")] = 100,
    cursor: Annotated[str, typer.Option(help="`next` of the page before.")] = "",
    as_json: Json = False,
) -> None:
    """Releases that bear a barcode, catalogue number, matrix number or another identifier.

    Example: linernotes lookup "7 24382 85992 5"
    """
    if len(identifier) > LONGEST_TEXT:
        raise SettingError(f"That has {len(identifier):,} characters: {LONGEST_TEXT} are the most that is looked up.")
    with stores(graph=False) as context:
        found = look_up(context, identifier, limit, cursor or None)
    if as_json:
        print_json(found)
        return
    if found.notice:
        note(found.notice)
    if found.partial:
        note("Not everything was seen in the time that a look-up may take.")
    _print(found, context.settings)


def _print(found: Lookup, settings: Settings) -> None:
    if not found.hits:
        notify("No release bears that." if found.readings else "There is nothing in it to look up.")
    else:
        print_table(_table(found.hits))
        tell_pages(settings)
    if found.next:
        notify(f"There are more: --cursor {found.next}")


def _table(hits: list[Hit]) -> TextTable:
    table = TextTable("page", "title", "found by", "label", "year", "country", "format")
    for hit in hits:
        title = " – ".join(filter(None, (hit.artists, hit.title)))
        label = " ".join(filter(None, (hit.label, hit.catno)))
        matched = "\n".join(f"{match.type}: {match.written} ({match.how})" for match in hit.matches)
        cells = (f"/release/{hit.id}", title, matched, label, str(hit.year or ""), hit.country or "", hit.format)
        table.add_texts(*cells)
    return table


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(lookup)
