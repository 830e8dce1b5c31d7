"""`linernotes up`, `down`, `logs` and `scale`: the embedded stack."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from functions.operations.scale_action import scale as scale_function
from functions.operations.scale_action import what_waits
from functions.registry import FUNCTIONS
from functions.runtime.errors import LinernotesError, SettingError
from functions.runtime.settings import Settings, read_settings
from functions.runtime.telemetry.logs import configure_logs
from infra.cli.command_context import acting_user, migrate, stores
from infra.cli.output import IgnoreDisk, Spinner, note, notify, print_error
from infra.setup.build_native import main as build_native
from infra.stack.daemon import start_detached
from infra.stack.gateway_answer import until_gateway_answers
from infra.stack.logs import Event
from infra.stack.programs import python_module
from infra.stack.stack_client import down as end_stack
from infra.stack.stack_client import scale as scale_children
from infra.stack.up import run_stack
from infra.stack.worker_counts import children

_SUPERVISE = python_module("infra.cli.supervisor_main")
_QUIET_EVENTS = frozenset({"started", "ready", "stopping", "stopped"})


def up(
    detach: Annotated[bool, typer.Option("--detach", "-d", help="In the background.")] = False,
    first: Annotated[
        str,
        typer.Option(
            "--load",
            metavar="SOURCE|demo|sample",
            help="If the stores are empty, load this; demo: generated; sample: the first records of the real dump.",
        ),
    ] = "",
    ignore_disk: IgnoreDisk = False,
    native: Annotated[
        bool, typer.Option("--build-native", help="Then build the native engine, where cargo is.")
    ] = False,
) -> None:
    """Start the stores, the workers, the scheduler and the gateway. Ctrl-C stops them all.

    Example: linernotes up --load demo
    """
    settings = read_settings()
    if settings.profile != "embedded":
        raise SettingError("LINERNOTES_PROFILE is cluster: its processes are started one by one with `linernotes run`.")
    configure_logs(settings, "up")
    for child in children(settings):
        if child.fixed and not child.count:
            note((what_waits(child.name), "yellow"))
    if detach:
        settings = start_detached(settings, children(settings), on_event=_print_event, argv=_SUPERVISE)
        with Spinner("waiting for the gateway"):
            until_gateway_answers(settings)
        _print_where(settings)
        if first:
            raise typer.Exit(_load(settings, first, ignore_disk=ignore_disk))
    else:
        loading = partial(_load, source=first, ignore_disk=ignore_disk) if first else None
        asyncio.run(_foreground(settings, loading, native=native))


def _load(settings: Settings, source: str, *, ignore_disk: bool) -> int:
    """Imported when it is needed: that takes as long as all else of these commands."""
    from infra.cli.first_load import first_load

    return first_load(settings, source, ignore_disk=ignore_disk)


def down() -> None:
    """Stop the stack; what it holds stays in its home."""
    settings = read_settings()
    with Spinner("stopping the stack"):
        was_up = end_stack(Path(settings.home), note)
    notify("The stack is down." if was_up else "The stack was not up.")


def logs(
    function: Annotated[str, typer.Argument(help="As in load-table or postgres; all if absent.")] = "",
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="The last lines of each file.")] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is written.")] = False,
) -> None:
    """Show the logs of the stack. Example: linernotes logs load-table -f."""
    folder = Path(read_settings().home) / "logs"
    there = sorted(folder.glob("*.log"))
    files = [path for path in there if path.name.startswith(function)]
    if not files:
        known = ", ".join(path.stem for path in there) or "none yet"
        raise SettingError(f"There is no log of {function or 'anything'} in {folder}: there are {known}.")
    for path in files:
        for line in path.read_text(errors="replace").splitlines()[-lines:]:
            _print_line(path, line, len(files))
    if follow:
        _follow(files)


def scale(
    function: Annotated[str, typer.Argument(help="As in parse-chunk.")],
    count: Annotated[str, typer.Argument(metavar="N|auto", help="How many workers; auto: as many as its queue wants.")],
) -> None:
    """Keep this many workers of a function, until the stack is stopped. Example: linernotes scale parse-chunk 2."""
    settings = read_settings()
    names = [child.name for child in children(settings)]
    if function not in names or not (count == "auto" or (count.isdecimal() and len(count) < 5)):
        raise SettingError(f"Give one of {', '.join(names)}, and a number or auto.")
    workers = None if count == "auto" else int(count)
    if function in FUNCTIONS.names:
        with stores(graph=False) as context:
            before = scale_function(context, function, workers, acting_user()).before
    else:
        before = scale_children(Path(settings.home), function, workers)
    now = "as many workers as its queue wants" if count == "auto" else f"{count} workers"
    notify(f"{function}: {now}, before {before}.")
    if workers == 0:
        note((what_waits(function), "yellow"))


async def _foreground(settings: Settings, loading: Callable[[Settings], int] | None, *, native: bool) -> None:
    def ready(started: Settings) -> None:
        threading.Thread(target=_begin, args=(started, loading, native), daemon=True).start()

    with Spinner("starting the stores") as spinner:

        def show_event(event: Event) -> None:
            spinner.show(f"{event.process} {event.event}")
            _print_event(event)

        def started(now: Settings) -> None:
            spinner.stop()
            ready(now)

        await run_stack(settings, children(settings), on_stores=migrate, on_ready=started, on_event=show_event)
    notify("The stack is down.")


def _begin(settings: Settings, loading: Callable[[Settings], int] | None, native: bool) -> None:  # noqa: FBT001
    """Say where the stack is once it can be opened there, and load what it is to begin with."""
    try:
        until_gateway_answers(settings)
        _print_where(settings)
    except LinernotesError as error:
        print_error(error)
    if loading:
        _load_first(settings, loading, native=native)


def _load_first(settings: Settings, loading: Callable[[Settings], int], *, native: bool) -> None:
    try:
        loading(settings)
        note("Ctrl-C stops everything; what was loaded stays.")
        if native:
            build_native()
    except LinernotesError as error:
        print_error(error)


def _print_where(settings: Settings) -> None:
    notify(f"linernotes is up: {_entrance(settings)} — home {settings.home}")


def _entrance(settings: Settings) -> str:
    """The address with a one-time token, imported when it is needed; without one where PostgreSQL is gone already."""
    from functions.access.address import address_of
    from infra.cli.open_page import entrance

    try:
        return entrance(settings)
    except LinernotesError:
        return address_of(settings)


def _print_event(event: Event) -> None:
    if event.event not in _QUIET_EVENTS:
        note((f"{event.process} {event.event} {event.text}", "dim"))


def _follow(files: list[Path]) -> None:
    places = {path: path.stat().st_size for path in files}
    while True:
        for path in files:
            size = path.stat().st_size
            if size < places[path]:
                places[path] = 0  # it was rotated
            with path.open(errors="replace") as file:
                file.seek(places[path])
                for line in file.read(size - places[path]).splitlines():
                    _print_line(path, line, len(files))
            places[path] = size
        time.sleep(0.3)


def _print_line(path: Path, line: str, of: int) -> None:
    sys.stdout.write(f"{path.stem}: {line}\n" if of > 1 else f"{line}\n")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    for command in (up, down, logs, scale):
        app.command()(command)
