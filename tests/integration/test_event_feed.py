"""New events wake whoever looks, whichever process has added them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest

from functions.operations import event_feed
from functions.operations.event_feed import EventFeed, Missed, Subscription
from functions.operations.event_list import EventView, events_before
from functions.registry import FUNCTIONS
from functions.runtime.ledger.store import add_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from infra.stack.ports import free_port

LIMIT_S = 60.0


@pytest.fixture(scope="module")
def context(settings: Settings) -> Iterator[Context]:
    with open_context(settings, FUNCTIONS, graph=False) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
            add_event(connection, "of-before")
        yield context


def note(context: Context, kind: str, **detail: Any) -> None:
    with context.connection() as connection:
        add_event(connection, kind, **detail)


def end_listeners(context: Context) -> None:
    with context.connection() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 9000) FROM pg_stat_activity WHERE application_name = 'linernotes events'"
        )


async def next_kinds(subscription: Subscription, count: int) -> list[str]:
    found = []
    for _ in range(count):
        event = await asyncio.wait_for(anext(subscription), LIMIT_S)
        found.append(event.kind if isinstance(event, EventView) else "missed")
    return found


@contextlib.asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[EventFeed]:
    feed = EventFeed(settings)
    task = asyncio.create_task(feed.run())
    try:
        await asyncio.wait_for(feed.listening.wait(), LIMIT_S)
        yield feed
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_an_event_is_heard_by_every_listener_once_its_transaction_is_committed(context: Context) -> None:
    async def work() -> None:
        async with listening(context.settings) as one, listening(context.settings) as other:
            with one.subscribe() as first, one.subscribe() as second, other.subscribe() as third:
                with context.connection() as connection:
                    add_event(connection, "not-yet", number=1)
                    note(context, "from-another-connection")
                    for subscription in (first, second, third):
                        assert await next_kinds(subscription, 1) == ["from-another-connection"]
                for subscription in (first, second, third):
                    event = await asyncio.wait_for(anext(subscription), LIMIT_S)
                    assert isinstance(event, EventView)
                    assert (event.kind, event.detail) == ("not-yet", {"number": 1})

    asyncio.run(work())


def test_each_of_many_events_of_one_transaction_comes_once(context: Context) -> None:
    async def work() -> list[str]:
        async with listening(context.settings) as feed:
            with feed.subscribe() as subscription:
                with context.connection() as connection:
                    for number in range(100):
                        add_event(connection, f"number-{number}")
                note(context, "last")
                return await next_kinds(subscription, 101)

    assert asyncio.run(work()) == [*(f"number-{number}" for number in range(100)), "last"]


def test_what_came_while_the_connection_was_broken_is_read_when_it_is_there_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with listening(context.settings) as feed:
            with feed.subscribe() as subscription:
                note(context, "before")
                assert await next_kinds(subscription, 1) == ["before"]
                end_listeners(context)
                note(context, "meanwhile")
                assert await next_kinds(subscription, 1) == ["meanwhile"]
                monkeypatch.setattr(event_feed, "_MOST_MISSED", 2)
                end_listeners(context)
                with context.connection() as connection:
                    for number in range(5):
                        add_event(connection, f"many-{number}")
                assert await next_kinds(subscription, 3) == ["many-0", "many-1", "missed"]
                monkeypatch.undo()
                note(context, "after")
                assert await next_kinds(subscription, 1) == ["after"]

    asyncio.run(work())


def test_an_event_whose_transaction_ends_while_the_connection_is_broken_is_read_as_well(context: Context) -> None:
    async def work() -> None:
        async with listening(context.settings) as feed:
            with feed.subscribe() as subscription:
                with context.connection() as connection:
                    add_event(connection, "late")
                    note(context, "early")
                    early = await asyncio.wait_for(anext(subscription), LIMIT_S)
                    end_listeners(context)
                late = await asyncio.wait_for(anext(subscription), LIMIT_S)
                assert isinstance(early, EventView)
                assert isinstance(late, EventView)
                assert (early.kind, late.kind, late.id < early.id) == ("early", "late", True)
                assert (feed.later_than(early.id), feed.later_than(late.id)) == ([late.id], [])
                assert feed.later_than(late.id - 1_000_000) is None
                assert "late" in [event.kind for event in events_before(context, early.id, None)]
                note(context, "after")
                assert await next_kinds(subscription, 1) == ["after"]

    asyncio.run(work())


def test_a_feed_whose_postgres_is_away_goes_on_trying_and_ends_when_told(settings: Settings) -> None:
    async def work() -> None:
        away = msgspec.structs.replace(settings, postgres_address=f"127.0.0.1:{free_port(())}")
        feed = EventFeed(away)
        task = asyncio.create_task(feed.run())
        waiting = asyncio.create_task(anext(feed.subscribe()))
        await asyncio.sleep(0.5)
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        with pytest.raises(StopAsyncIteration):
            await waiting

    asyncio.run(work())


def test_a_database_of_earlier_takes_the_place_and_nothing_is_taken_for_known(context: Context) -> None:
    async def work() -> None:
        async with listening(context.settings) as feed:
            with feed.subscribe() as subscription:
                note(context, "before")
                assert await next_kinds(subscription, 1) == ["before"]
                with context.connection() as connection:
                    connection.execute("DELETE FROM events")
                end_listeners(context)
                assert await asyncio.wait_for(anext(subscription), LIMIT_S) == Missed()
                note(context, "after")
                assert await next_kinds(subscription, 1) == ["after"]

    asyncio.run(work())


def test_a_word_that_is_no_number_is_not_the_last_that_anybody_hears(context: Context) -> None:
    async def work() -> None:
        async with listening(context.settings) as feed:
            with feed.subscribe() as subscription:
                with context.connection() as connection:
                    connection.execute("SELECT pg_notify('linernotes_events', 'of somebody else')")
                note(context, "after")
                assert await next_kinds(subscription, 1) == ["after"]

    asyncio.run(work())
