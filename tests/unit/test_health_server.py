"""The port at which a process tells its health: who is slow keeps nobody out, and no other name is answered to."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import httpx
import pytest

from functions.runtime.process.health_server import health_server
from functions.runtime.settings import Settings
from infra.stack.ports import free_port


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr("functions.runtime.process.health_server._CLIENT_TIMEOUT_S", 1.0)
    chosen = free_port(())
    with health_server(Settings(home="/", health_port=chosen)):
        yield chosen


def test_connections_that_ask_for_nothing_keep_nobody_out(port: int) -> None:
    with ExitStack() as opened:
        slow = [opened.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(30)]
        assert httpx.get(f"http://127.0.0.1:{port}/health/live", timeout=60).status_code == 200
        for connection in slow:
            connection.settimeout(20)
            assert connection.recv(10) == b""


def test_a_request_that_comes_byte_by_byte_is_given_up(port: int) -> None:
    deadline = time.monotonic() + 60
    with socket.create_connection(("127.0.0.1", port)) as connection, suppress(ConnectionError):
        while time.monotonic() < deadline:
            connection.sendall(b"x")
            time.sleep(0.1)
    assert time.monotonic() < deadline


def test_no_name_of_somebody_else_is_answered_to(port: int) -> None:
    for host, status in (("evil.example", 421), ("localhost", 200), ("127.0.0.1:1", 200)):
        assert (
            httpx.get(f"http://127.0.0.1:{port}/health/live", headers={"Host": host}, timeout=60).status_code == status
        )
