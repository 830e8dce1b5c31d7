"""Functions without a broker: registering, routing, invoking."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from structlog.contextvars import get_contextvars

from functions.registry import FUNCTIONS
from functions.runtime.entities import ENTITIES
from functions.runtime.errors import PermanentError, SettingError, TransientError
from functions.runtime.function_table import FunctionSpec, queue_of
from functions.runtime.messages import Finish, LoadGraph, LoadTable, Message, ParseChunk, encode
from functions.runtime.messaging.invoke import invoke
from functions.runtime.telemetry import metrics

LOAD = LoadTable(run=3, entity="labels", part=7)


class Defined(FunctionSpec, frozen=True, kw_only=True):
    """A function that is there already."""

    call: Any

    def load(self) -> Any:
        return self.call


def define(call: object, message: type[Message] = LoadTable) -> FunctionSpec:
    return Defined(message=message, module="", after=None, call=call)


def test_a_message_goes_to_the_queue_of_its_function_and_entity() -> None:
    assert queue_of(LOAD) == "load-table.labels"
    assert queue_of(ParseChunk(run=1, entity="releases", part=1)) == "parse-chunk.releases"
    assert queue_of(Finish(run=1)) == "finish"


def test_every_function_has_its_queues() -> None:
    of_a_run = ("download", "split", "parse-chunk", "load-table", "load-graph", "finish")
    assert FUNCTIONS.names[: len(of_a_run)] == of_a_run
    assert {"split.artists", "load-graph.releases", "finish", "derive", "assemble", "embed"} <= set(FUNCTIONS.queues)
    assert len(FUNCTIONS.queues) == len(set(FUNCTIONS.queues)) == 5 * len(ENTITIES) + 4


def test_every_function_is_where_the_table_says() -> None:
    for spec in FUNCTIONS:
        assert spec.load().__module__ == spec.module


def test_every_state_of_a_part_leads_to_the_next_function() -> None:
    assert FUNCTIONS.steps == {"cut": ParseChunk, "parsed": LoadTable, "loaded": LoadGraph}
    names = FUNCTIONS.names
    assert [spec.after for spec in FUNCTIONS] == [None, *names[:-1]]


@pytest.mark.parametrize(("cores", "parse", "others"), [(1, 1, 2), (2, 1, 2), (16, 8, 8)])
def test_workers_follow_from_the_cores(cores: int, parse: int, others: int) -> None:
    workers = {spec.name: spec.scaling.workers(cores) for spec in FUNCTIONS}
    several = {"parse-chunk": parse, "load-table": others, "derive": others, "load-graph": 2}
    assert workers == dict.fromkeys(FUNCTIONS.names, 1) | several


def test_a_function_that_does_not_exist_is_named() -> None:
    with pytest.raises(SettingError, match="no function imagine; there are download, split"):
        FUNCTIONS.spec("imagine")


def test_a_delivery_is_decoded_and_what_comes_next_is_sent_in_order() -> None:
    sent: list[Message] = []
    following = [LoadGraph(run=3, entity="labels", part=number) for number in (7, 8)]

    def work(context: str, message: LoadTable) -> Iterator[Message]:
        assert (context, message) == ("context", LOAD)
        for number, after in enumerate(following):
            assert len(sent) == number  # each is sent before the next is asked for
            yield after

    invoke(define(work), "context", encode(LOAD), sent.append)
    assert sent == following


@pytest.mark.parametrize(("returned", "sent"), [(None, []), (Finish(run=3), [Finish(run=3)]), ([], [])])
def test_a_function_may_return_nothing_one_message_or_many(returned: object, sent: list[Message]) -> None:
    seen: list[Message] = []
    invoke(define(lambda _context, _message: returned), None, encode(LOAD), seen.append)
    assert seen == sent


def test_while_a_function_runs_its_log_lines_are_bound_to_the_message() -> None:
    bound: dict[str, object] = {}
    invoke(define(lambda *_: bound.update(get_contextvars())), None, encode(LOAD), lambda _: None)
    assert bound == {"function": "load-table", "run": 3, "entity": "labels", "part": 7}
    assert get_contextvars() == {}


@pytest.mark.parametrize(
    "payload", [{}, {"type": "LoadTable", "run": "x"}, encode(Finish(run=1)), encode(LOAD) | {"version": 9}]
)
def test_a_payload_that_cannot_be_read_is_a_permanent_error(payload: dict[str, object]) -> None:
    with pytest.raises(PermanentError, match="message for LoadTable"):
        invoke(define(lambda *_: None), None, payload, lambda _: None)


def test_deliveries_are_counted_by_how_they_end() -> None:
    def fail(_context: object, _message: object) -> None:
        raise TransientError("away")

    with pytest.raises(TransientError):
        invoke(define(fail), None, encode(LOAD), lambda _: None)
    metrics.count_records("load-table", "labels", 12)
    text = metrics.exposition().decode()
    assert 'linernotes_messages_total{entity="labels",function="load-table",outcome="transient"}' in text
    assert 'linernotes_records_total{entity="labels",function="load-table"} 12.0' in text
    assert 'linernotes_in_progress{function="load-table"} 0.0' in text
