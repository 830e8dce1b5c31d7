"""A subscription to new events: nothing grows, an end is an end."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from functions.operations.event_feed import MOST_WAITING, EventFeed, Missed, NewEvent
from functions.operations.event_list import EventFilter, EventView, matches
from functions.runtime.settings import Settings

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


def event(number: int, kind: str = "run-done", run: int | None = 1, **detail: object) -> EventView:
    by = detail.get("by")
    return EventView(number, NOW, run, kind, "info", "", str(by) if by else None, detail)


def feed() -> EventFeed:
    return EventFeed(Settings(home=""))


def test_who_is_slow_gets_what_has_room_and_word_that_some_were_missed() -> None:
    async def work() -> list[NewEvent]:
        with feed().subscribe() as slow:
            for number in range(MOST_WAITING + 500):
                slow.put(event(number))
            found = [await anext(slow) for _ in range(MOST_WAITING + 1)]
            slow.put(event(9_999))
            found.append(await anext(slow))
            return found

    *found, missed, last = asyncio.run(work())
    assert [one.id for one in found if isinstance(one, EventView)] == list(range(MOST_WAITING))
    assert missed == Missed()
    assert last == event(9_999)


def test_an_end_of_the_feed_ends_whoever_waits_and_whoever_comes_later() -> None:
    async def work() -> None:
        one = feed()
        waits = asyncio.create_task(anext(one.subscribe()))
        await asyncio.sleep(0)
        one.end()
        with pytest.raises(StopAsyncIteration):
            await waits
        assert [event async for event in one.subscribe()] == []

    asyncio.run(work())


def test_a_subscription_that_is_closed_is_forgotten() -> None:
    async def work() -> None:
        one = feed()
        with one.subscribe() as kept, one.subscribe() as closed:
            closed.close()
            one._hand_on(event(1))
            assert await anext(kept) == event(1)
            assert [found async for found in closed] == []

    asyncio.run(work())


@pytest.mark.parametrize(
    ("wanted", "is_one"),
    [
        (EventFilter(), True),
        (EventFilter(run=1, kind="part-dead", level="info", entity="labels", by="cli:anna", text="BROKEN"), True),
        (EventFilter(by="anybody"), True),
        (EventFilter(text="part-d"), True),
        (EventFilter(since=NOW, until=NOW + dt.timedelta(seconds=1)), True),
        (EventFilter(until=NOW), False),
        (EventFilter(run=2), False),
        (EventFilter(kind="run-done"), False),
        (EventFilter(level="error"), False),
        (EventFilter(entity="artists"), False),
        (EventFilter(function="split"), False),
        (EventFilter(by="cli:otto"), False),
        (EventFilter(text="whole"), False),
    ],
)
def test_a_new_event_is_filtered_by_the_rule_of_the_list(wanted: EventFilter, is_one: bool) -> None:  # noqa: FBT001
    found = event(1, "part-dead", entity="labels", by="cli:anna", error="it is broken")
    assert matches(found, wanted) is is_one
