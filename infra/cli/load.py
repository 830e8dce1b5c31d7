"""`linernotes load`: a dump into the stores."""

from __future__ import annotations

from typing import Annotated, cast, get_args

import typer
from msgspec import structs

from functions.extract.download.dump import Dump, parse_dump_date
from functions.extract.download.source import find_dump
from functions.extract.parse.choose_engine import resolve_engine
from functions.runs.begin import Begun, LoadOptions, refuse_load
from functions.runs.load import Plan, begin, plan_load, usual_options
from functions.runs.load_strategy import Bulk
from functions.runs.reset import reset
from functions.runtime.errors import SettingError
from functions.runtime.messaging.sender import send_all
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import Context
from infra.cli.command_context import acting_user, stores
from infra.cli.output import IgnoreDisk, Json, Yes, ask_first, note, print_json
from infra.cli.progress_view import watch_run
from infra.cli.source_options import DumpDate, Entities, Source, local_file, parse_entities, shown_progress


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
    accept_rejected: Annotated[
        bool, typer.Option("--accept-rejected", help="Go on though too many records make no document.")
    ] = False,
    accept_collapsed: Annotated[
        bool, typer.Option("--accept-collapsed", help="Go on though most records have lost a field.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Load a dump older than the stores.")] = False,
    ignore_disk: IgnoreDisk = False,
    sample: Annotated[
        int,
        typer.Option(min=0, max=1_000_000, help="The first so many records of each file only; nothing is removed."),
    ] = 0,
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
        accept_rejected=accept_rejected,
        accept_collapsed=accept_collapsed,
        force=force,
        bulk=cast("Bulk", _choice("--bulk", bulk, get_args(Bulk))),
    )
    found = find_dump(settings, source, parse_dump_date(dump) if dump else None)
    with stores(graph=replace or options.writes_graph) as context:
        if sample:
            refuse_load(context, structs.replace(found, sample=True), options, replace=replace)
            found = sample_of(settings, found, sample)
        plan = plan_load(context, found, options, replace=replace, ignore_disk=ignore_disk)
        _describe(plan)
        if replace:
            ask_first("Empty both stores before loading?", yes=yes)
            _check_files(context.settings, plan)
            reset(context, by=acting_user())
        begun = _start(context, plan)
        if wait:
            raise typer.Exit(watch_run(context, begun.run.id, as_json=as_json))
        if as_json:
            print_json({"run": begun.run.id, "joined": begun.joined})


def start_load(context: Context, dump: Dump, *, ignore_disk: bool = False) -> int:
    """Begin to load a dump and send what is due; returns the run."""
    plan = plan_load(context, dump, usual_options(context.settings), ignore_disk=ignore_disk)
    _describe(plan)
    return _start(context, plan).run.id


def sample_of(settings: Settings, dump: Dump, records: int) -> Dump:
    """The first records of each file of a dump, fetched, as a dump.

    Raises:
        LinernotesError: they cannot be had.
    """
    from functions.extract.download.sample import fetch_sample  # where it is asked for

    with shown_progress() as show:
        folder = fetch_sample(settings, dump, records, show)
    return find_dump(settings, str(folder))


def _describe(plan: Plan) -> None:
    for sentence in plan.sentences:
        note(sentence)
    for sentence in plan.missing:
        note((sentence, "yellow"))


def _start(context: Context, plan: Plan) -> Begun:
    begun = begin(context, plan, acting_user())
    if begun.joined:
        note(f"Run {begun.run.id} is loading this dump already: joined.")
    send_all(context.settings, begun.messages)
    return begun


def _check_files(settings: Settings, plan: Plan) -> None:
    """Have every file here, and right, before anything is emptied for it.

    Raises:
        LinernotesError: one of them is not there or is wrong.
    """
    with shown_progress() as show:
        for file in plan.dump.files:
            if file.entity in plan.options.entities:
                local_file(settings, file, show)


def _choice(option: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingError(f"{option} is {value!r}: give one of {', '.join(filter(None, allowed))}.")
    return value


def _engine(name: str, settings: Settings) -> str:
    """The engine that was asked for here, else by the setting; `auto` is the native one where it is built."""
    return resolve_engine(_choice("--engine", name or settings.engine, ("auto", "native", "lxml")))


def register(app: typer.Typer) -> None:
    """Add this command."""
    app.command()(load)
