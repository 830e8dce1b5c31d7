"""`linernotes verify`: whether both stores hold a dump."""

from __future__ import annotations

from typing import Annotated

import typer

from functions.extract.download.dump import parse_dump_date
from functions.extract.download.source import find_dump
from functions.runtime.settings import read_settings
from functions.runtime.telemetry.logs import configure_logs
from infra.cli.output import Json, console, print_json
from infra.cli.source_options import DumpDate, Entities, Source, local_file, parse_entities, shown_progress
from infra.verify.report import Report, render
from infra.verify.verify import verify as compare


def verify(
    source: Source,
    dump: DumpDate = "",
    entities: Entities = "",
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=2**32 - 1, help="Draws the search entries that are compared; of each dump others if absent."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare both stores with a dump, value by value and edge by edge; exit 1 when they differ.

    Example: linernotes verify ~/discogs --dump 20260401 --json
    """
    settings = read_settings()
    configure_logs(settings, "cli")
    found = find_dump(settings, source, parse_dump_date(dump) if dump else None)
    with shown_progress() as show:
        files = [local_file(settings, file, show) for file in found.files]
        report = compare(settings, files, found.date, entities=parse_entities(entities), progress=show, seed=seed)
    if as_json:
        print_json(report)
    else:
        _print(report)
    raise typer.Exit(0 if report.equal else 1)


def _print(report: Report) -> None:
    """Each difference in a line of its own, however long."""
    console.print(render(report), soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(verify)
