"""Parts are written to the graph one after the other, whoever works on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dramatiq.middleware import TimeLimitExceeded

from functions.load_graph.clear_graph import remove_everything
from functions.load_graph.graph_identity import _EMPTYING_LIMIT_S, take_turn
from functions.runs.run_commands import cancel
from functions.runtime.errors import Busy
from functions.runtime.ledger.store import GRAPH_LOCK, hold
from functions.runtime.messages import LoadGraph, LoadTable, ParseChunk
from functions.runtime.process.hang_watchdog import CallTimeLimit
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import extensible
from tests.integration.pipeline import APRIL, Pipeline, deliver, deliver_all, open_pipeline, small, split_of, write_dump

_PATIENCE_S = 60.0


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        opened.reset()
        yield opened


def is_waited_for(pipeline: Pipeline) -> bool:
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    return pipeline.query(waiting) == [(True,)]


def first_part(pipeline: Pipeline, folder: Path) -> LoadGraph:
    """A dump of one part, which the graph is to show next."""
    source = write_dump(folder, APRIL, {"releases": small()["releases"]})
    _, messages = split_of(pipeline, source)
    due = deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    return next(message for message in due if isinstance(message, LoadGraph))


def limited(call: Callable[[], object], limit_s: float, *, credited: bool) -> tuple[threading.Thread, list[str]]:
    """A thread that makes a call with a time limit, as a worker's; and a list in which it says how that ended."""
    ends: list[str] = []
    limit = CallTimeLimit(interval=50)
    limit.manager.start()

    def run() -> None:
        limit.manager.add_timeout(threading.get_ident(), limit_s * 1000)
        try:
            with extensible(limit.extend if credited else lambda _: None):
                call()
            ends.append("done")
        except TimeLimitExceeded:
            ends.append("interrupted")
        finally:
            limit.manager.remove_timeout(threading.get_ident())

    return threading.Thread(target=run), ends


def within(pipeline: Pipeline, limit_s: float, *, credited: bool) -> list[str]:
    """Take a turn within a time limit; another holds it for twice as long."""

    def turn() -> None:
        with pipeline.context.connection() as connection:
            take_turn(connection)

    thread, ends = limited(turn, limit_s, credited=credited)
    with pipeline.context.connection() as connection:
        take_turn(connection)
        thread.start()
        thread.join(2 * limit_s)
    thread.join(_PATIENCE_S)
    return ends


def test_a_part_is_not_written_before_the_one_that_is_being_written(pipeline: Pipeline, tmp_path: Path) -> None:
    source = write_dump(tmp_path, APRIL, {"releases": small()["releases"]})
    _, messages = split_of(pipeline, source)
    due = deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    [first, *_] = [message for message in due if isinstance(message, LoadGraph)]
    other = threading.Thread(target=pipeline.go_on, args=([first],))
    with pipeline.context.connection() as connection:
        take_turn(connection)
        other.start()
        deadline = time.monotonic() + _PATIENCE_S
        while not is_waited_for(pipeline) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert is_waited_for(pipeline)
        assert pipeline.cypher("MATCH (n:Release) RETURN count(n) AS releases") == [{"releases": 0}]
    other.join(_PATIENCE_S)
    assert pipeline.cypher("MATCH (n:Release) RETURN count(n) AS releases") == [{"releases": 60}]
    assert pipeline.differences(source, APRIL) == {}


def test_waiting_for_a_turn_is_outside_of_the_time_limit(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not credited is interrupted: so the limit is a real one."""
    monkeypatch.setattr("functions.runtime.stores.lock_wait.SLICE_S", 0.2)
    assert within(pipeline, 5.0, credited=True) == ["done"]
    assert within(pipeline, 2.0, credited=False) == ["interrupted"]


def test_emptying_a_large_graph_is_outside_of_the_time_limit(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More time than it may take is given first, and what it did not take is taken back."""
    message = first_part(pipeline, tmp_path)
    given: list[float] = []

    def removing(context: Context, go_on: Callable[[], None]) -> None:
        assert sum(given) >= _EMPTYING_LIMIT_S
        time.sleep(0.5)
        remove_everything(context, go_on)

    monkeypatch.setattr("functions.load_graph.graph_identity.remove_everything", removing)
    pipeline.cypher("MATCH (n:Linernotes) SET n.identity = 'of another'")
    with extensible(given.append):
        deliver(pipeline, message)
    assert 0.5 <= sum(given) < _EMPTYING_LIMIT_S
    assert pipeline.cypher("MATCH (n:Release) RETURN count(n) AS releases") == [{"releases": 60}]


def test_emptying_ends_with_its_run_and_goes_on_for_the_next_one(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = first_part(pipeline, tmp_path)
    pipeline.cypher("MATCH (n:Linernotes) SET n.identity = 'of another'")

    def removing(context: Context, go_on: Callable[[], None]) -> None:
        cancel(context)
        go_on()
        remove_everything(context)

    with monkeypatch.context() as patched:
        patched.setattr("functions.load_graph.graph_identity.remove_everything", removing)
        assert deliver(pipeline, message) == []
    assert pipeline.query("SELECT graph_identity FROM installation") == [(None,)]
    assert pipeline.load(tmp_path).state == "done"
    assert pipeline.differences(tmp_path, APRIL) == {}


def test_a_part_whose_turn_does_not_come_is_let_go_and_nothing_is_counted(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.runtime.stores.lock_wait.SLICE_S", 0.1)
    monkeypatch.setattr("functions.load_graph.graph_identity._TURN_TIMEOUT_S", 0.3)
    message = first_part(pipeline, tmp_path)
    with pipeline.context.connection() as connection:
        take_turn(connection)
        for _ in range(3):
            with pytest.raises(Busy, match="Another has held the turn at the graph for"):
                deliver(pipeline, message)
        assert pipeline.query("SELECT attempts FROM parts FOR UPDATE NOWAIT") == [(0,)]
    assert deliver(pipeline, message)
    assert pipeline.cypher("MATCH (n:Release) RETURN count(n) AS releases") == [{"releases": 60}]


def test_what_another_holds_for_long_is_given_back(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.runtime.stores.lock_wait.SLICE_S", 0.1)
    message = first_part(pipeline, tmp_path)
    monkeypatch.setattr("functions.runtime.ledger.claims.LOCK_TIMEOUT_S", 0.3)
    with pipeline.context.connection() as connection:
        connection.execute("SELECT FROM parts FOR UPDATE")
        with pytest.raises(Busy, match="Another has held part 0 of releases in run"):
            deliver(pipeline, message)
    with (
        hold(pipeline.context, GRAPH_LOCK, "graph"),
        pytest.raises(Busy, match="Another has held the lock of graph for"),
        hold(pipeline.context, GRAPH_LOCK, "graph", 0.3),
    ):
        pass
    assert pipeline.query("SELECT attempts FROM parts") == [(0,)]
    assert deliver(pipeline, message)
    with pipeline.context.connection() as connection:
        assert not connection.autocommit
        assert connection.execute("SHOW lock_timeout").fetchone() == ("0",)
