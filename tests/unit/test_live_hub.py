"""One look for all who watch: whole at first, then what changes; the latest for who is slow."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import structlog

from gateway.live import hub as hub_module
from gateway.live.hub import Hub


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other at once."""
    monkeypatch.setattr(hub_module, "LEAST_S", 0.01)
    monkeypatch.setattr(hub_module, "POLL_S", 0.02)


class Source:
    """What the hub reads, and how often it did."""

    def __init__(self) -> None:
        self.values = {"one": 1, "two": 2}
        self.reads = 0

    def __call__(self, form: str) -> dict[str, bytes]:
        self.reads += 1
        return {name: json.dumps([form, value]).encode() for name, value in self.values.items()}


@asynccontextmanager
async def running(source: Callable[[str], dict[str, bytes]]) -> AsyncIterator[Hub]:
    hub = Hub(source)
    task = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        hub.close()
        await asyncio.wait_for(task, 60)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


async def following(frames: AsyncIterator[str]) -> Any:
    return json.loads(await anext(frames))


def test_the_whole_comes_first_and_then_only_what_has_changed() -> None:
    async def work() -> None:
        source = Source()
        async with running(source) as hub:
            frames = hub.frames("json")
            first = await following(frames)
            assert first["snapshot"] == {"one": ["json", 1], "two": ["json", 2]}
            source.values["two"] = 3
            second = await following(frames)
            assert (second["set"], second["seq"] > first["seq"]) == ({"two": ["json", 3]}, True)

    run(work())


def test_a_slow_reader_gets_the_latest_state_and_nothing_is_kept_for_it() -> None:
    async def work() -> None:
        source = Source()
        async with running(source) as hub:
            slow, quick = hub.frames("json"), hub.frames("json")
            await following(slow)
            await following(quick)
            for value in range(10, 15):
                source.values["one"] = value
                assert (await following(quick))["set"]["one"] == ["json", value]
            assert (await following(slow))["set"] == {"one": ["json", 14]}

    run(work())


def test_all_who_have_seen_the_same_get_the_same_text() -> None:
    async def work() -> None:
        source = Source()
        async with running(source) as hub:
            many = [hub.frames("json") for _ in range(5)]
            firsts = [await anext(frames) for frames in many]
            assert len({id(text) for text in firsts}) == 1

    run(work())


def test_a_look_that_fails_as_nobody_expects_is_not_the_last_and_is_told_once() -> None:
    async def work() -> None:
        source, failures = Source(), iter([OSError("gone"), OSError("gone")])

        def read(form: str) -> dict[str, bytes]:
            if error := next(failures, None):
                raise error
            return source(form)

        async with running(read) as hub:
            assert (await following(hub.frames("json")))["snapshot"]["one"] == ["json", 1]

    with structlog.testing.capture_logs() as lines:
        run(work())
    assert [line["event"] for line in lines] == ["what is watched cannot be read"]


def test_nothing_is_read_while_nobody_watches() -> None:
    async def work() -> None:
        source = Source()
        async with running(source) as hub:
            await asyncio.sleep(0.1)
            assert source.reads == 0
            frames = hub.frames("json")
            await following(frames)
            await frames.aclose()  # type: ignore[attr-defined]
            await asyncio.sleep(0.1)
            seen = source.reads
            await asyncio.sleep(0.2)
            assert source.reads == seen
            assert hub.watchers == 0

    run(work())


def test_who_watches_hears_that_nothing_has_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "QUIET_S", 0.05)

    async def work() -> None:
        async with running(Source()) as hub:
            frames = hub.frames("json")
            await following(frames)
            quiet = await following(frames)
            assert quiet["set"] == {}
            assert quiet["at"] > 0

    run(work())


def test_each_form_is_read_for_itself() -> None:
    async def work() -> None:
        async with running(Source()) as hub:
            assert (await following(hub.frames("html")))["snapshot"]["one"] == ["html", 1]
            assert (await following(hub.frames("json")))["snapshot"]["one"] == ["json", 1]

    run(work())


def test_frames_end_with_the_hub() -> None:
    async def work() -> None:
        async with running(Source()) as hub:
            frames = hub.frames("json")
            await following(frames)
            asyncio.get_running_loop().call_later(0.05, hub.close)
            assert [text async for text in frames] == []

    run(work())
