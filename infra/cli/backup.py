"""`linernotes backup` and `linernotes restore`: the documents and the ledger; the graph is filled again from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TimeRemainingColumn

from functions.runs.begin import begin_rebuild
from functions.runs.run_status import run_view
from functions.runtime.messaging.sender import send_all
from functions.runtime.named_places import absolute_path
from functions.runtime.settings import read_settings
from functions.runtime.telemetry.logs import configure_logs
from infra.backup.backup import write_backup
from infra.backup.manifest import Manifest, Show, read_manifest
from infra.backup.restore import refuse_restore, restore_backup
from infra.cli.command_context import acting_user, stores
from infra.cli.output import Bars, IgnoreDisk, Json, Yes, ask_first, note, notify, place, print_json, text_column
from infra.cli.progress_view import watch_run


def backup(
    target: Annotated[
        Path, typer.Argument(parser=place, metavar="FILE|FOLDER", help="NAME.backup is one file, else a folder.")
    ],
    as_json: Json = False,
) -> None:
    """Save documents and ledger; the graph is not in it, as it is made of them. Refused while a run is active.

    Example: linernotes backup ~/linernotes-november
    """
    target = absolute_path(str(target))
    settings = read_settings()
    configure_logs(settings, "cli")
    with _progress() as progress:
        manifest = write_backup(settings, target, _shown(progress))
    if as_json:
        print_json({"place": str(target), "bytes": manifest.bytes, "backup": manifest})
    else:
        notify(f"{target} is whole: {_described(manifest)}, {manifest.bytes / 1e6:,.0f} MB.")


def restore(
    source: Annotated[Path, typer.Argument(parser=place, metavar="FILE|FOLDER", help="What `linernotes backup` made.")],
    replace: Annotated[bool, typer.Option("--replace", help="Also where the stores hold records: they go.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the graph is filled again.")] = True,
    ignore_disk: IgnoreDisk = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Put a backup in place of what is there, and fill the graph again from its documents (asks).

    Example: linernotes restore ~/linernotes-november
    """
    source = absolute_path(str(source))
    read_manifest(source)  # before anything is waited for
    with stores() as context:
        manifest = refuse_restore(context, source, replace=replace, ignore_disk=ignore_disk)
        note(f"The backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC: {_described(manifest)}.")
        ask_first("Put it in the place of everything that both stores hold now?", yes=yes)
        with _progress() as progress:
            restore_backup(context, source, replace=replace, show=_shown(progress), ignore_disk=ignore_disk, tell=note)
        begun = begin_rebuild(context, by=acting_user())
        send_all(context.settings, begun.messages)
        note(f"The documents are restored; run {begun.run.id} fills the graph from them.")
        code = watch_run(context, begun.run.id, as_json=False) if wait else 0
        if as_json:
            print_json({"backup": manifest, "run": run_view(context, begun.run.id)})
        elif not wait:
            notify("`linernotes status` says how far the graph is.")
    raise typer.Exit(code)


def _described(manifest: Manifest) -> str:
    rows = manifest.rows
    records = sum(rows[entity] for entity in ("artists", "labels", "masters", "releases"))
    kind = {True: "generated", False: "Discogs", None: "no"}[manifest.synthetic]
    dump = f" of the dump {manifest.dump:%Y%m%d}" if manifest.dump else ""
    return f"{records:,} records of {kind} data{dump}"


def _progress() -> Bars:
    return Bars(text_column("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _shown(progress: Bars) -> Show:
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=total)
        progress.update(tasks[what], completed=done, total=total)

    return show


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command()(backup)
    app.command()(restore)
