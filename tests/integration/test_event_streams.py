"""Server-sent events of a served gateway: as they come, from where one was, bounded, ended in peace."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
import pytest

from functions.operations.event_list import EventFilter
from functions.registry import FUNCTIONS
from functions.runtime.ledger.store import add_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from gateway.live import event_streams
from gateway.live.event_streams import EventStreams
from tests.integration.test_gateway import serving


@pytest.fixture(scope="module")
def context(settings: Settings) -> Iterator[Context]:
    with open_context(settings, FUNCTIONS, graph=False) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
        yield context


@pytest.fixture(scope="module")
def address(context: Context) -> Iterator[str]:
    with serving(msgspec.structs.replace(context.settings, event_streams=3)) as address:
        yield address


def note(context: Context, *kinds: str, **detail: Any) -> int:
    with context.connection() as connection:
        for kind in kinds:
            add_event(connection, kind, **detail)
        [(number,)] = connection.execute("SELECT max(id) FROM events").fetchall()
    return int(number)


@contextmanager
def stream(address: str, last: int | None = None, **params: Any) -> Iterator[Iterator[dict[str, str]]]:
    """The events of a stream, each with its fields; the stream listens by then."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    url = f"{address}/api/events/stream"
    with httpx.stream("GET", url, headers=headers, params=params, timeout=60) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        while next(lines) != ": listening":
            pass
        yield _events(lines)


def _events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if fields:
                yield fields
            fields = {}
        elif not line.startswith(":"):
            name, _, value = line.partition(": ")
            fields[name] = value


def test_an_event_reaches_every_stream_of_every_gateway(context: Context, address: str) -> None:
    with serving(context.settings) as other, stream(address) as here, stream(other) as there:
        number = note(context, "run-done", text="Björk")
        for found in (here, there):
            event = next(found)
            assert (event["id"], event["event"]) == (str(number), "run-done")
            data = json.loads(event["data"])
            assert (data["id"], data["words"]) == (number, "The run came to its end")
            assert data["detail"] == {"text": "Björk"}


def test_a_stream_goes_on_behind_the_last_event_and_sends_each_once(context: Context, address: str) -> None:
    last = note(context, "first")
    note(context, *(f"number-{number}" for number in range(700)))
    with stream(address, last) as found:
        assert [next(found)["event"] for _ in range(700)] == [f"number-{number}" for number in range(700)]
        note(context, "new")
        assert next(found)["event"] == "new"


def test_an_event_whose_transaction_ends_after_the_stream_follows_the_later_one(context: Context, address: str) -> None:
    with context.connection() as connection:
        add_event(connection, "late")
        with stream(address) as found:
            last = note(context, "early")
            assert next(found)["id"] == str(last)
    with stream(address, last) as found:
        note(context, "new")
        assert [next(found)["event"] for _ in range(2)] == ["late", "new"]


def test_a_stream_that_is_there_before_its_gateway_listens_has_what_comes_meanwhile(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = ["known", "unheard", "meanwhile", "heard"]

    async def read_to(stream: AsyncIterator[bytes], kind: str) -> list[str]:
        found = list[str]()
        while kind not in found:
            piece = await asyncio.wait_for(anext(stream), 60)
            found += [one for one in re.findall("event: ([a-z]+)", piece.decode()) if one in kinds]
        return found

    async def work() -> list[str]:
        streams = EventStreams(context.settings)
        stream = streams.stream(context, EventFilter(), note(context, "known"), streams.take())
        note(context, "unheard")
        found = await read_to(stream, "unheard")
        reading = asyncio.create_task(read_to(stream, "heard"))
        await asyncio.sleep(0.5)
        note(context, "meanwhile")
        listening = asyncio.create_task(streams.feed.run())
        await asyncio.wait_for(streams.feed.listening.wait(), 60)
        note(context, "heard")
        found += await reading
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        return found

    monkeypatch.setattr(event_streams, "BEGIN_S", 0.01)
    assert asyncio.run(work()) == kinds[1:]


def test_a_stream_has_only_what_is_wanted(context: Context, address: str) -> None:
    with stream(address, level="error", text="broken") as found:
        note(context, "run-done", "run-failed", error="it is whole")
        note(context, "run-failed", error="it is broken")
        assert json.loads(next(found)["data"])["detail"] == {"error": "it is broken"}


def test_no_more_streams_than_the_setting_says_and_a_place_is_free_again(context: Context, address: str) -> None:
    url = f"{address}/api/events/stream"
    with stream(address), stream(address), stream(address):
        answer = httpx.get(url, timeout=60)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "10")
    deadline = time.monotonic() + 60
    while True:
        with httpx.stream("GET", url, timeout=60) as answer:
            if answer.status_code == 200:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_head_of_a_stream_is_answered_and_keeps_no_place(address: str) -> None:
    with httpx.Client(base_url=address, timeout=60) as client:
        for _ in range(5):
            answer = client.head("/api/events/stream")
            assert (answer.status_code, answer.content) == (200, b"")


def test_what_is_no_number_of_an_event_is_refused(address: str) -> None:
    answer = httpx.get(f"{address}/api/events/stream", headers={"Last-Event-ID": "x"}, timeout=60)
    assert answer.status_code in {400, 422}


def test_a_gateway_that_ends_ends_its_streams_in_peace(context: Context) -> None:
    with serving(context.settings) as address:
        opened = stream(address)
        found = opened.__enter__()
    assert list(found) == []
    opened.__exit__(None, None, None)
