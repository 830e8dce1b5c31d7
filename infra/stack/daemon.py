"""The stack in a process of its own, which lives on when the command that started it has ended.

`start_detached` runs a supervising process, by default `infra.stack.daemon`, hands it the settings and the
children on its standard input, and reads what happens from its standard output until all is ready or it fails.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import msgspec

from functions.runtime import errors
from functions.runtime.errors import LinernotesError, PermanentError
from functions.runtime.named_places import place_error
from functions.runtime.settings import Settings
from infra.stack.child import Child
from infra.stack.free_disk import refuse_full_disk
from infra.stack.home import Home, append_private, make_home
from infra.stack.logs import SUPERVISOR_LOG, Event, last_line
from infra.stack.process import starter
from infra.stack.programs import python_module, safe_environment
from infra.stack.up import OnEvent, OnStores, nothing, run_stack


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What a supervising process is told."""

    settings: Settings
    children: list[Child]
    durable: bool = True


class _Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of what it says: an event, that all is ready, or why it failed."""

    event: Event | None = None
    settings: Settings | None = None
    error: str = ""
    kind: str = ""


def start_detached(
    settings: Settings,
    children: Sequence[Child] = (),
    *,
    on_event: OnEvent = nothing,
    durable: bool = True,
    argv: Sequence[str] = tuple(python_module("infra.stack.daemon")),
    with_parent: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Start the stack of a home in the background and wait until it is ready.

    Args:
        settings: those of this process; their `home` says which stack.
        children: the worker processes to keep.
        on_event: called for each thing that happens until it is ready.
        durable: False only in tests: a power failure may then lose data.
        argv: the supervising process; it calls `supervise`.
        with_parent: end the stack when this process ends.
        environment: what its processes get beside the environment of this one, as they read settings from theirs.

    Returns:
        The settings every process of the stack has.

    Raises:
        LinernotesError: what `run_stack` raises.
    """
    refuse_full_disk(Path(settings.home))
    home = make_home(Path(settings.home))
    process = _spawn(home, argv, with_parent, environment or {})
    _notify(process, Job(settings=settings, children=list(children), durable=durable))
    try:
        result = _listen(process, on_event)
    except LinernotesError:
        process.wait()
        raise
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if result is None:
        process.wait()
        raise PermanentError(f"The stack ended at its start: {last_line(home.logs / 'supervisor.log')}")
    process.returncode = 0  # it lives on by itself: nobody here waits for it
    return result


def supervise(on_stores: OnStores = nothing) -> int:
    """Be the supervising process: run the stack that standard input describes; returns the exit code."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    said = _Speaker()
    try:
        asyncio.run(
            run_stack(
                job.settings,
                job.children,
                on_stores=on_stores,
                on_ready=lambda settings: said.last(_Said(settings=settings)),
                on_event=lambda event: said.notify(_Said(event=event)),
                durable=job.durable,
            )
        )
    except LinernotesError as error:
        said.last(_Said(error=str(error), kind=type(error).__name__))
        return 1
    except OSError as error:
        found = place_error(error) or PermanentError(f"The home {job.settings.home} cannot be used: {error}.")
        said.last(_Said(error=str(found), kind=type(found).__name__))
        return 1
    return 0


class _Speaker:
    """Says things to the process that started this one, as long as it listens."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = os.fdopen(os.dup(1), "wb", buffering=0)
        os.dup2(2, 1)  # what is printed from here on belongs into the log

    def notify(self, said: _Said) -> None:
        """Say one thing."""
        if self._file is not None:
            try:
                self._file.write(msgspec.json.encode(said) + b"\n")
            except BrokenPipeError:
                self._close()

    def last(self, said: _Said) -> None:
        """Say one thing, and nothing after it."""
        self.notify(said)
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _spawn(
    home: Home,
    argv: Sequence[str],
    with_parent: bool,  # noqa: FBT001
    environment: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    before = starter(signal.SIGTERM) if with_parent else []
    with append_private(home.logs / SUPERVISOR_LOG) as log:
        return subprocess.Popen(
            [*before, *argv],
            cwd=home.path,
            env=safe_environment({**os.environ, **environment}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )


def _notify(process: subprocess.Popen[bytes], job: Job) -> None:
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin as told:
            told.write(msgspec.json.encode(job))


def _listen(process: subprocess.Popen[bytes], on_event: OnEvent) -> Settings | None:
    if process.stdout is None:
        return None
    with process.stdout as lines:
        for line in lines:
            said = msgspec.json.decode(line, type=_Said)
            if said.event is not None:
                on_event(said.event)
            if said.settings is not None:
                return said.settings
            if said.error:
                raise _error(said)
    return None


def _error(said: _Said) -> LinernotesError:
    kind = getattr(errors, said.kind, PermanentError)
    error: LinernotesError = kind(said.error)
    return error


if __name__ == "__main__":
    sys.exit(supervise())
