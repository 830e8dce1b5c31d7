"""A WebSocket whose client does not read: it is closed with a code that says why, and nobody waits for it for ever."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
import uvicorn
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide

from functions.runtime.settings import Settings
from gateway import websocket_protocol
from gateway.live.hub import Hub
from gateway.live.operations_socket import operations_socket
from gateway.websocket_protocol import BoundedWebSocketProtocol

#: Bytes of a frame: two fill whatever the system keeps for who does not read, if it keeps little for the reader.
_LARGE = 8_000_000


def large_hub() -> Hub:
    """Something large changes at each look."""
    numbers = itertools.count()
    return Hub(lambda _: {"text": b'"%0*d"' % (_LARGE, next(numbers))})


@contextlib.contextmanager
def serving(hub: Hub) -> Iterator[str]:
    """The address of a server with the hub's socket, and nothing else."""

    @contextlib.asynccontextmanager
    async def looking(_: Litestar) -> Any:
        task = asyncio.create_task(hub.run())
        yield
        hub.close()
        await task

    app = Litestar(
        [operations_socket],
        lifespan=[looking],
        dependencies={
            "hub": Provide(lambda: hub, sync_to_thread=False),
            "settings": Provide(lambda: Settings(home=""), sync_to_thread=False),
        },
        state=State(),
        openapi_config=None,
    )
    config = uvicorn.Config(app, ws=BoundedWebSocketProtocol, log_config=None, lifespan="on")
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()


def opened(address: str) -> socket.socket:
    """A WebSocket of which the system keeps little that is not read; a client that reads by itself would not do."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    made.settimeout(60)
    made.connect(("127.0.0.1", int(address.rpartition(":")[2])))
    made.sendall(
        b"GET /ws/operations HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    return made


def test_who_reads_again_finds_why_it_was_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_protocol, "SLOW_S", 0.5)
    hub = large_hub()
    with serving(hub) as address, opened(address) as slow:
        until(lambda: hub.watchers == 1)
        until(lambda: hub.watchers == 0)  # it was closed on our side
        said = b""
        while piece := slow.recv(1_000_000):
            said = said[-200:] + piece
    reason = b"Nothing was read for 0.5 s."
    assert said.endswith(bytes([0x88, 2 + len(reason)]) + (1008).to_bytes(2, "big") + reason)


def test_who_never_reads_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket_protocol, "SLOW_S", 0.5)
    monkeypatch.setattr(websocket_protocol, "LAST_S", 0.5)
    hub = large_hub()
    with serving(hub) as address, opened(address) as silent:
        until(lambda: hub.watchers == 1)
        until(lambda: hub.watchers == 0)
        until(lambda: not _is_open(silent))


def _is_open(there: socket.socket) -> bool:
    """Whether the other end of a connection is open still."""
    ours = there.getsockname()
    return any(one.raddr == ours and one.status != "TIME_WAIT" for one in psutil.Process().net_connections("tcp"))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
