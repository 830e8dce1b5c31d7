"""What is asked for at the same time is read together."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Coroutine
from typing import Any

import pytest

from gateway.together import Together


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


class Source:
    """What is read of numbers, and of which at once; the first reading waits to be let go on."""

    def __init__(self) -> None:
        self.read_at_once: list[set[int]] = []
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self, keys: Collection[int]) -> dict[int, str]:
        self.read_at_once.append(set(keys))
        self.begun.set()
        assert self.may_go_on.wait(60)
        if 13 in keys:
            raise LookupError("13")
        return {key: str(key) for key in keys if key != 404}


def test_those_who_come_while_it_reads_are_read_for_together() -> None:
    async def work() -> None:
        source = Source()
        together = Together("test", source)
        first = asyncio.create_task(together.ask(1))
        await asyncio.to_thread(source.begun.wait, 20)
        others = [asyncio.create_task(together.ask(number)) for number in (2, 3, 2, 404)]
        await asyncio.sleep(0)
        source.may_go_on.set()
        assert (await first, *(await asyncio.gather(*others))) == ("1", "2", "3", "2", None)
        assert source.read_at_once == [{1}, {2, 3, 404}]
        together.close()

    run(work())


def test_an_error_comes_to_all_who_asked_and_to_nobody_else() -> None:
    async def work() -> None:
        source = Source()
        source.may_go_on.set()
        together = Together("test", source)
        with pytest.raises(LookupError, match="13"):
            await together.ask(13)
        assert await together.ask(14) == "14"
        together.close()

    run(work())


def test_who_has_gone_keeps_nobody_from_an_answer_and_the_thread_ends() -> None:
    async def work() -> None:
        source = Source()
        together = Together("test", source)
        first = asyncio.create_task(together.ask(1))
        await asyncio.to_thread(source.begun.wait, 20)
        gone, stays = asyncio.create_task(together.ask(2)), asyncio.create_task(together.ask(3))
        await asyncio.sleep(0)
        gone.cancel()
        source.may_go_on.set()
        assert (await first, await stays) == ("1", "3")
        together.close()
        assert "test" not in [thread.name for thread in threading.enumerate()]

    run(work())
