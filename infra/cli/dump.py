"""`linernotes load` and `linernotes verify`: a dump into the stores, and whether the stores hold it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from functions.control.begin import Begun, LoadOptions, begin_load
from functions.control.disk import check_disk, disk_need
from functions.control.reset import reset
from functions.control.roads import Bulk
from functions.extract.dump import Dump, DumpFile, parse_dump_date
from functions.extract.engine import resolve_engine
from functions.extract.fetch import fetch
from functions.extract.source import find_dump, listed
from functions.runtime.context import Context
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import LinernotesError, SettingError
from functions.runtime.settings import Settings, read_settings
from functions.runtime.telemetry.logs import configure_logs
from infra.cli.output import Json, Yes, ask_first, console, errors, note, print_json
from infra.cli.session import send, stores
from infra.cli.watch import watch_run
from infra.verify.report import render
from infra.verify.verify import verify as compare

Source = Annotated[str, typer.Argument(help="A folder with the dump's files, s3://bucket/prefix, or discogs.")]
DumpDate = Annotated[
    str, typer.Option("--dump", metavar="YYYYMMDD", help="The dump; the newest complete one if absent.")
]
Entities = Annotated[str, typer.Option(help="Only these, as in artists,labels.")]


def load(
    source: Source,
    dump: DumpDate = "",
    only: Annotated[str, typer.Option(metavar="table|graph", help="Bring only one store up to date.")] = "",
    entities: Entities = "",
    engine: Annotated[str, typer.Option(metavar="auto|native|lxml", help="What reads and parses.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="Empty both stores first (asks).")] = False,
    bulk: Annotated[
        str, typer.Option(metavar="auto|yes|no", help="Fill stores as a whole; auto: those that are empty.")
    ] = "auto",
    accept_deletions: Annotated[bool, typer.Option(help="Remove records beyond the share limit.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Load a dump older than the stores.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Show progress until the end.")] = True,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Load a dump into both stores; what is there already is neither parsed nor written again.

    Example: linernotes load ~/discogs --dump 20260401
    """
    settings = read_settings()
    options = LoadOptions(
        entities=parse_entities(entities),
        only_store=_choice("--only", only, ("", "table", "graph")) or None,
        engine=_engine(engine, settings),
        accept_deletions=accept_deletions,
        force=force,
        bulk=cast("Bulk", _choice("--bulk", bulk, get_args(Bulk))),
    )
    found = find_dump(settings, source, parse_dump_date(dump) if dump else None)
    with stores() as context:
        _describe(context, found, options)
        if replace:
            ask_first("Empty both stores before loading?", yes=yes)
            reset(context)
        begun = begin_load(context, found, options)
        _start(context, begun)
        if wait:
            raise typer.Exit(watch_run(context, begun.run.id, as_json=as_json))
        if as_json:
            print_json({"run": begun.run.id, "joined": begun.joined})


def verify(
    source: Source,
    dump: DumpDate = "",
    entities: Entities = "",
    as_json: Json = False,
) -> None:
    """Compare both stores with a dump, value by value and edge by edge; exit 1 when they differ.

    Example: linernotes verify ~/discogs --dump 20260401 --json
    """
    settings = read_settings()
    configure_logs(settings, "cli")
    found = find_dump(settings, source, parse_dump_date(dump) if dump else None)
    with _comparison_progress() as progress:
        tasks: dict[str, TaskID] = {}

        def show(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        files = [_local(settings, file, show) for file in found.files]
        report = compare(settings, files, found.date, entities=parse_entities(entities), progress=show)
    if as_json:
        print_json(report)
    else:
        console.print(render(report))
    raise typer.Exit(0 if report.equal else 1)


def parse_entities(text: str) -> tuple[Entity, ...]:
    """`artists,labels` as entities; all of them for an empty text.

    Raises:
        SettingError: one of them is none.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in get_args(Entity):
            raise SettingError(f"There are no {name!r}: the entities are {', '.join(ENTITIES)}.")
    return tuple(cast("list[Entity]", names)) or ENTITIES


def start_load(context: Context, source: str, wanted: dt.date | None = None) -> int:
    """Begin to load a dump of a source and send what is due; returns the run."""
    found = find_dump(context.settings, source, wanted)
    options = LoadOptions(engine=_engine("", context.settings))
    _describe(context, found, options)
    begun = begin_load(context, found, options)
    _start(context, begun)
    return begun.run.id


def _describe(context: Context, found: Dump, options: LoadOptions) -> None:
    kind = "generated dump" if found.synthetic else "Discogs dump"
    note(f"The {kind} {found.date:%Y%m%d} of {found.source}: {found.bytes / 1e6:,.0f} MB compressed.")
    missing = [entity for entity in found.missing if entity in options.entities]
    if found.unreadable:
        note(("Not looked into", "yellow"), f": {listed(found.unreadable)}.")
    if missing:
        lack = f"It has no file of {', '.join(missing)}"
        note((lack, "yellow"), ": the rest is loaded, and nothing of these removed.")
    if context.settings.profile == "embedded":
        need = disk_need(context.settings, found)
        note(need.sentence())
        check_disk(need)


def _start(context: Context, begun: Begun) -> None:
    if begun.joined:
        note(f"Run {begun.run.id} is loading this dump already: joined.")
    send(context.settings, begun.messages)


def _local(settings: Settings, file: DumpFile, show: Callable[[str, int, int], None]) -> Path:
    """The path of a dump's file, fetched when it is elsewhere."""

    def here(done: int, total: int | None) -> None:
        show(file.name, done, total or file.bytes)

    path, sha256 = fetch(settings, file.location, file.name, file.sha256, here)
    if sha256 != file.sha256:
        raise LinernotesError(f"{file.name} has SHA-256 {sha256}, its CHECKSUM file says {file.sha256}.")
    return path


def _comparison_progress() -> Progress:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    return Progress(*columns, TimeRemainingColumn(), console=errors, transient=True)


def _choice(option: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingError(f"{option} is {value!r}: give one of {', '.join(filter(None, allowed))}.")
    return value


def _engine(name: str, settings: Settings) -> str:
    """The engine that was asked for here, else by the setting; `auto` is the native one where it is built."""
    return resolve_engine(_choice("--engine", name or settings.engine, ("auto", "native", "lxml")))


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(load)
    app.command()(verify)
