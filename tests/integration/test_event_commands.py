"""`linernotes events` and `schedules`, on real stores."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any

import pytest
import typer
from typer.testing import CliRunner

from functions.operations.event_list import EventPage, EventView, event_page
from functions.registry import FUNCTIONS
from functions.runtime.ledger.store import add_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from infra.cli import events, schedules
from infra.stack.programs import python_module
from tests.integration.test_gateway import ROOT
from tests.stack import environment_of


@pytest.fixture(scope="module")
def context(settings: Settings) -> Iterator[Context]:
    with open_context(settings, FUNCTIONS, graph=False) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
            add_event(connection, "run-begun", 7, source="/dumps", by="cli:anna")
            add_event(connection, "part-dead", 7, entity="labels", part=3, error="odd \x1b[31m bytes")
            connection.execute("UPDATE events SET at = now() - interval '3 hours' WHERE kind = 'run-begun'")
            connection.execute("INSERT INTO schedules (name, due) VALUES ('sweep', now() + interval '1 hour')")
        yield context


def linernotes(context: Context, *words: str, code: int = 0) -> str:
    app = typer.Typer()
    events.register(app)
    schedules.register(app)
    done = CliRunner().invoke(app, list(words), env=environment_of(context.settings) | {"COLUMNS": "200"})
    assert (done.exit_code == 0) == (code == 0), done.output
    return done.output if code == 0 else str(done.exception)


def kinds(context: Context, *words: str) -> list[str]:
    return [json.loads(line)["kind"] for line in linernotes(context, "events", "--json", *words).splitlines()]


def test_events_are_printed_oldest_first_in_words(context: Context) -> None:
    first, second = linernotes(context, "events").splitlines()
    assert first.endswith("run 7    A run from /dumps begins — cli:anna")
    assert second.endswith("run 7    Part 3 of labels was given up: odd \\x1b[31m bytes")


def test_events_are_chosen_by_what_they_are(context: Context) -> None:
    assert kinds(context) == ["run-begun", "part-dead"]
    assert kinds(context, "--since", "2h") == ["part-dead"]
    assert kinds(context, "--since", "2026-01-01", "--kind", "run-begun") == ["run-begun"]
    assert kinds(context, "--level", "error") == ["part-dead"]
    assert kinds(context, "--by", "anybody") == ["run-begun"]
    assert kinds(context, "--run", "8") == []
    assert kinds(context, "--text", "ODD", "--limit", "1") == ["part-dead"]
    assert "give an age as 2h or 7d" in linernotes(context, "events", "--since", "yesterday", code=2)
    assert "the calendar does not begin so early" in linernotes(context, "events", "--since", "999999d", code=2)
    assert linernotes(context, "events", "--run", str(2**63), code=2) == "2"
    assert "--level is 'bad'" in linernotes(context, "events", "--level", "bad", code=2)


def test_a_word_that_is_no_text_is_named(context: Context) -> None:
    words = python_module("infra.cli.main", "events", "--kind", "odd\udcff")
    environment = {**os.environ, **environment_of(context.settings)}
    done = subprocess.run(words, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False), done.stderr
    assert "no UTF-8" in " ".join(done.stderr.split())


def _heed_interrupts() -> None:
    """Whoever runs the tests in the background may have had them ignore Ctrl-C, and so would all that they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """A test that fails must not wait for its process."""
    try:
        yield
    finally:
        process.kill()


def test_new_events_are_followed_until_it_is_told_to_end(context: Context) -> None:
    words = python_module("infra.cli.main", "events", "--follow", "--json", "--kind", "of-now")
    environment = {**os.environ, **environment_of(context.settings)}
    with (
        subprocess.Popen(
            words, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, preexec_fn=_heed_interrupts
        ) as process,
        ended(process),
    ):
        assert process.stdout is not None
        deadline = time.monotonic() + 90
        _await(context, process.stdout, deadline, printed=False)  # some may be of before
        line = _await(context, process.stdout, deadline, printed=True)
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert (line["kind"], process.wait(timeout=60)) == ("of-now", 0)


def test_what_happens_while_the_list_is_read_is_followed_and_printed_once(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, ended, kinds = list[str](), threading.Event(), ("listed", "between", "of-the-end")

    def add(kind: str) -> None:
        with context.connection() as connection:
            add_event(connection, kind)

    def end() -> None:
        while not ended.wait(0.5):
            add("of-the-end")

    def read(*given: Any) -> EventPage:
        add("listed")
        page = event_page(*given)
        add("between")
        ending.start()
        return page

    def show(found: Iterable[EventView], *, as_json: bool) -> None:
        seen.extend(event.kind for event in found if event.kind in kinds and not as_json)
        if "of-the-end" in seen:
            raise KeyboardInterrupt

    ending = threading.Thread(target=end)
    monkeypatch.setattr(events, "event_page", read)
    monkeypatch.setattr(events, "_print", show)
    try:
        linernotes(context, "events", "--follow")
    finally:
        ended.set()
        ending.join()
    assert tuple(seen) == kinds


def _await(context: Context, stdout: IO[str], deadline: float, *, printed: bool) -> Any:
    """Add events until one of them is printed: none is before the command has begun to listen."""
    while True:
        while not select.select([stdout], [], [], 0.5)[0]:
            assert time.monotonic() < deadline
            with context.connection() as connection:
                add_event(connection, "of-now", printed=printed)
        line = json.loads(stdout.readline())
        if line["detail"]["printed"] == printed:
            return line


def test_schedules_are_listed_and_one_runs_when_it_is_asked_for(context: Context) -> None:
    assert "not in use: LINERNOTES_CHECK_SOURCE names no source" in linernotes(context, "schedules")
    assert json.loads(linernotes(context, "schedules", "run", "sweep", "--json"))["name"] == "sweep"
    found = {one["name"]: one for one in json.loads(linernotes(context, "schedules", "--json"))}
    assert found["sweep"]["asked_at"]
    assert kinds(context, "--kind", "schedule-asked", "--by", "anybody") == ["schedule-asked"]
    assert "There is no schedule 'x'" in linernotes(context, "schedules", "run", "x", code=1)
