"""The clients of the gateway's benchmark count what they are answered, and how old it is."""

from __future__ import annotations

import asyncio
import itertools
import multiprocessing
from typing import Any

from websockets.asyncio.server import serve

from infra.bench.cases.two_gateways import latest_action
from infra.bench.harness.http_load import Answered, _requests
from infra.bench.harness.watchers import Watched, _all, moment_of


def test_requests_are_counted_with_their_latencies_and_bad_answers() -> None:
    found = asyncio.run(_asked())
    assert found.requests > 10
    assert found.bad * 2 >= found.requests - 4  # every other one
    assert 0 < found.p50 <= found.p99


async def _asked() -> Answered:
    statuses = itertools.cycle([b"200 OK", b"404 Not Found"])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 " + next(statuses) + b"\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        return await _requests(f"http://127.0.0.1:{port}", ["/a", "/b"], 2, 2.0)


def test_watchers_count_sockets_frames_ages_and_what_was_dropped() -> None:
    seen = asyncio.run(_watched())
    assert (seen.opened, seen.dropped) == (4, 1)
    assert seen.frames >= 5
    assert seen.age_p99 > 1e6  # the frames speak of 1970


async def _watched() -> Watched:
    ours, theirs = multiprocessing.Pipe()
    number, sent = itertools.count(), [asyncio.Event() for _ in range(4)]

    async def talk(socket: Any) -> None:
        own = next(number)
        for frame in ('{"snapshot": {}, "at": 1.0}', '{"set": {}, "seq": 2, "at": 2.0}'):
            await socket.send(frame)
            await asyncio.sleep(0.3)
        sent[own].set()
        if own > 0:
            await socket.wait_closed()

    async with serve(talk, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        watching = asyncio.create_task(_all(f"ws://127.0.0.1:{port}/ws/operations", 4, theirs))
        assert await asyncio.to_thread(ours.recv) == "open"
        await asyncio.gather(*(each.wait() for each in sent))
        await asyncio.sleep(1)  # until it is seen that the first has left
        ours.send("stop")
        found: Watched = await asyncio.to_thread(ours.recv)
        await watching
    return found


def test_a_frame_says_when_it_was_true() -> None:
    assert moment_of('{"set": {}, "seq": 3, "at": 12.5}') == 12.5
    assert moment_of('{"snapshot": {"at": "1970-01-01T00:01:00Z"}}') == 60
    assert moment_of('{"set": {}}') is None


def test_the_latest_action_of_a_frame_is_told_from_other_events() -> None:
    events = '[{"id": 9, "kind": "run-done"}, {"id": 8, "kind": "scale-asked"}, {"id": 3, "kind": "scale-asked"}]'
    assert latest_action('{"snapshot": {"events": ' + events + '}, "seq": 1}') == 8
    assert latest_action('{"set": {"events": ' + events + '}, "seq": 2}') == 8
    assert latest_action('{"set": {"run": null}, "seq": 3}') == 0
