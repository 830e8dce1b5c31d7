"""`linernotes changes`: what each month has added, changed and removed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Annotated

import msgspec
import typer

from functions.extract.download.dump import parse_dump_date
from functions.history.patch import Difference
from functions.history.read_changes import Change, MonthCounts, month_counts
from functions.history.read_changes import changes as all_changes
from infra.cli.command_context import stores
from infra.cli.output import Json, TextTable, print_table, printable
from infra.cli.source_options import parse_entities

_SHOWN_CHARACTERS = 60


def changes(
    since: Annotated[str, typer.Option(metavar="YYYYMMDD", help="The first month, by the date of its dump.")],
    entity: Annotated[str, typer.Option(metavar="releases,…", help="Only these entities.")] = "",
    list_all: Annotated[bool, typer.Option("--list", help="Every record, and what changed in it.")] = False,
    as_json: Json = False,
) -> None:
    """What months have added, changed and removed. With --json, one object a line for each record.

    Example: linernotes changes --since 20260401 --entity releases --list
    """
    start, entities = parse_dump_date(since), parse_entities(entity)
    with stores(graph=False) as context:
        if as_json:
            _print_lines(all_changes(context, start, entities))
            return
        counts = month_counts(context, start, entities)
        print_table(_table(counts) if counts else f"Nothing is known of {since} or any later month.")
        if list_all:
            for change in all_changes(context, start, entities):
                _print_change(change)


def _print_lines(found: Iterable[Change]) -> None:
    encoder = msgspec.json.Encoder()
    for change in found:
        sys.stdout.write(encoder.encode(change).decode() + "\n")


def _table(counts: list[MonthCounts]) -> TextTable:
    table = TextTable("month", "entity")
    for name in ("added", "changed", "removed"):
        table.add_column(name, justify="right")
    for one in counts:
        table.add_texts(one.dump, one.entity, *(f"{number:,}" for number in (one.added, one.changed, one.removed)))
    return table


def _print_change(change: Change) -> None:
    sys.stdout.write(f"{change.dump} {change.entity} {change.id} {change.kind}\n")
    for difference in change.patch or ():
        line = f"  {_place(difference)}: {_short(difference.before)} → {_short(difference.after)}"
        sys.stdout.write(f"{printable(line)}\n")


def _place(difference: Difference) -> str:
    return difference.path if difference.at is msgspec.UNSET else f"{difference.path} at {difference.at}"


def _short(value: object) -> str:
    """A value as JSON, cut where it is long; nothing for a side that is absent."""
    text = "" if value is msgspec.UNSET else msgspec.json.encode(value).decode()
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(changes)
