"""What the supervisor does with workers stands among the events, also when PostgreSQL was away just then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import msgspec
import pytest

from functions.runtime.addresses import host_and_port
from functions.runtime.settings import Settings
from infra.stack import scaling_events
from infra.stack.ports import LOOPBACK, free_port
from infra.stack.scaling import Decision
from infra.stack.scaling_events import ScalingEvents
from tests.integration.pipeline import Pipeline, open_pipeline
from tests.stack import FreshSettings

AWAY_S = 1.2


@pytest.fixture
def pipeline(fresh_settings: FreshSettings) -> Iterator[Pipeline]:
    with open_pipeline(fresh_settings()) as opened:
        yield opened


@asynccontextmanager
async def reachable(settings: Settings, port: int) -> AsyncIterator[None]:
    """While it lasts, PostgreSQL answers at this port, too."""
    host, target = host_and_port(settings.postgres_address)

    async def piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def taken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if host.startswith("/"):
            inner = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{target}")
        else:
            inner = await asyncio.open_connection(host, int(target))
        await asyncio.gather(piped(reader, inner[1]), piped(inner[0], writer))

    async with await asyncio.start_server(taken, LOOPBACK, port):
        yield


def noted(pipeline: Pipeline) -> list[tuple[str, float]]:
    """Why a function was scaled, and how many seconds before the event was written."""
    found = pipeline.query(
        "SELECT detail ->> 'reason', extract(epoch FROM now() - at) FROM events WHERE kind = 'scaled' ORDER BY id"
    )
    return [(reason, float(age)) for reason, age in found]


def test_events_of_the_time_without_postgresql_are_written_when_it_is_back(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scaling_events, "_AGAIN_S", 0.1)
    port = free_port(())
    settings = pipeline.context.settings
    events = ScalingEvents(msgspec.structs.replace(settings, postgres_address=f"{LOOPBACK}:{port}"))

    async def work() -> None:
        writing = asyncio.create_task(events.run())
        for reason in ("first", "second"):
            events.scaled({"derive": 1}, {"derive": Decision(0, reason)})
        await asyncio.sleep(AWAY_S)
        assert noted(pipeline) == []
        async with reachable(settings, port):
            async with asyncio.timeout(20):
                while len(noted(pipeline)) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            events.scaled({"derive": 0}, {"derive": Decision(1, "third")})
            async with asyncio.timeout(20):
                while len(noted(pipeline)) < 3:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        writing.cancel()

    asyncio.run(work())
    found = noted(pipeline)
    assert [reason for reason, _ in found] == ["first", "second", "third"]
    assert found[0][1] >= AWAY_S


def test_the_newest_are_kept_and_not_more(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling_events, "_MOST_KEPT", 3)
    events = ScalingEvents(pipeline.context.settings)
    for reason in "abcde":
        events.scaled({"derive": 1}, {"derive": Decision(0, reason)})
    assert asyncio.run(events.write())
    assert asyncio.run(events.write())
    assert [reason for reason, _ in noted(pipeline)] == ["c", "d", "e"]
