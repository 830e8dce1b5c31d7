"""Workers that come with the messages and go without them, at either broker."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import structs

from functions.registry import FUNCTIONS
from functions.runtime.function_table import Scaling
from infra.stack.child import Child
from infra.stack.home import make_home
from infra.stack.logs import Event
from infra.stack.supervisor import Supervisor
from tests.integration.broker.conftest import ROOT, Bench, part

DELAY = 1.0


@asynccontextmanager
async def autoscaled(bench: Bench, events: list[Event], **more: Any) -> AsyncIterator[Supervisor]:
    """A supervisor that scales the function of the tests between none and two."""
    home = make_home(Path(bench.settings.home))
    settings = structs.replace(bench.settings, cancel_delay=DELAY)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **bench.environment}
    worker = Child(
        name="load-table",
        argv=[sys.executable, "-m", "tests.integration.broker.functions", "load-table", "3"],
        count=0,
        queues=FUNCTIONS.spec("load-table").queues,
        scaling=Scaling(most=2, core_share=0.1),
        **more,
    )
    one = Supervisor(home, events.append, environment, settings)
    await one.start_children([worker])
    try:
        yield one
    finally:
        await one.stop()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(120):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110  what is waited for happens in other processes
            await asyncio.sleep(0.05)


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def call() -> None:
        await work()

    asyncio.run(call())


def workers(one: Supervisor) -> int:
    return one.status().targets["load-table"]


def test_a_message_wakes_a_function_and_its_absence_lets_it_go(bench: Bench) -> None:
    events: list[Event] = []

    async def work() -> None:
        async with autoscaled(bench, events) as one:
            assert workers(one) == 0
            for number in (1, 2):
                await asyncio.to_thread(bench.send, part(number))
                await asyncio.to_thread(bench.until_noted, f"done-{number}")
                await until(lambda: not one.status().processes)
        scaled = [event.text for event in events if event.event == "scaled"]
        assert scaled[:2] == ["0 → 1: 1 message to handle", f"1 → 0: no message for {DELAY:g} s"]

    run(work)


def test_a_delayed_message_wakes_a_function_too(bench: Bench) -> None:
    async def work() -> None:
        async with autoscaled(bench, []):
            await asyncio.to_thread(lambda: bench.send(part(1), delay_ms=500))
            await until(lambda: "done-1" in bench.notes())

    run(work)


def test_more_messages_get_more_workers_and_a_long_one_keeps_its_worker(bench: Bench) -> None:
    async def work() -> None:
        for number in (1, 2, 3):
            bench.plan(number, "wait")
        async with autoscaled(bench, []) as one:
            await asyncio.to_thread(bench.send, part(1), part(2, "artists"), part(3))
            await until(lambda: workers(one) == 2 and sum("begun" in line for line in bench.notes()) == 2)
            await asyncio.sleep(3 * DELAY)
            assert workers(one) == 2
            bench.go()
            await until(lambda: {"done-1", "done-2", "done-3"} <= set(bench.notes()))
            await until(lambda: workers(one) == 0)

    run(work)


def test_a_worker_that_is_scaled_away_loses_no_message(bench: Bench) -> None:
    async def work() -> None:
        bench.plan(1, "hold")
        async with autoscaled(bench, []) as one:
            await asyncio.to_thread(bench.send, part(1))
            await until(lambda: "begun-1" in bench.notes())
            assert one.scale("load-table", 0) == 1
            await until(lambda: not one.status().processes)
            (bench.folder / "release").touch()
            assert "done-1" not in bench.notes()
            one.scale("load-table", None)
            await until(lambda: "done-1" in bench.notes())

    run(work)


def test_a_number_set_by_hand_stays_until_the_queues_are_followed_again(bench: Bench) -> None:
    async def work() -> None:
        async with autoscaled(bench, [], fixed=True) as one:
            assert one.status().fixed == {"load-table": 0}
            await asyncio.to_thread(bench.send, part(1))
            await asyncio.sleep(3)
            assert workers(one) == 0
            one.scale("load-table", 1)
            await until(lambda: "done-1" in bench.notes())
            await asyncio.sleep(3 * DELAY)
            assert workers(one) == 1
            one.scale("load-table", None)
            await until(lambda: workers(one) == 0)

    run(work)
