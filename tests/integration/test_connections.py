"""What a served gateway lets come to its port: names, slow requests, and connections that ask for nothing."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import msgspec
import pytest

from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from functions.runtime.stores.migrations import migrate_postgres
from tests.integration.test_gateway import serving

MOST, TIMEOUT_S = 40, 2.0
HEAD = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """A gateway that has little patience."""
    with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
        migrate_postgres(connection)
    bounds = {"max_waiting": MOST, "request_timeout": TIMEOUT_S, "allowed_hosts": "music.example, other.example"}
    with serving(msgspec.structs.replace(settings, **bounds)) as served:
        yield served


def opened(address: str) -> socket.socket:
    host, _, port = address.rpartition("//")[2].partition(":")
    return socket.create_connection((host, int(port)), timeout=60)


def said(address: str, *sent: bytes, every: float = 0.0) -> bytes:
    """All that comes back until the connection is closed; what is to be sent goes piece by piece."""
    with opened(address) as connection, suppress(ConnectionError):
        for piece in sent:
            connection.sendall(piece)
            if every and select.select([connection], [], [], every)[0]:
                break
        found = b""
        while data := connection.recv(65_536):
            found += data
    return found


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        while connection.recv(1_000):
            pass
        return False
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]:8003", "localhost", "MUSIC.example:443", "other.example."])
def test_known_names_are_answered_to(address: str, host: str) -> None:
    assert httpx.get(f"{address}/api/runs", headers={"Host": host}, timeout=60).status_code == 200


@pytest.mark.parametrize(
    "hosts",
    [["evil.example"], ["localhost.evil.example:8003"], ["127.0.0.1", "evil.example"], ["localhost@evil.example"], []],
)
@pytest.mark.parametrize("path", ["/api/runs", "/health/live", "/nowhere", "/ws/operations"])
def test_no_request_to_another_name_is_answered_to_nor_is_a_socket_opened(
    address: str, hosts: list[str], path: str
) -> None:
    lines = [f"GET {path} HTTP/1.1", *(f"Host: {host}" for host in hosts)]
    if path.startswith("/ws"):
        lines += ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=="]
    answer = said(address, "\r\n".join([*lines, "", ""]).encode())
    assert answer.startswith(b"HTTP/1.1 421 ")
    assert b"LINERNOTES_ALLOWED_HOSTS" in answer


def problem_in(answer: bytes) -> dict[str, Any]:
    """The problem that an answer consists of."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status_line, *headers = head.lower().split(b"\r\n")
    assert {b"content-type: application/problem+json", b"content-length: %d" % len(body)} <= set(headers)
    found: dict[str, Any] = msgspec.json.decode(body)
    assert status_line.startswith(b"http/1.1 %d " % found["status"])
    return found


def test_connections_that_ask_for_nothing_make_room_for_those_that_do(address: str) -> None:
    with ExitStack() as stack:
        half = []
        for number in range(300):
            connection = stack.enter_context(opened(address))
            connection.sendall(HEAD[: number % len(HEAD)])
            half.append(connection)
        assert httpx.get(f"{address}/health/live", timeout=60).status_code == 200
        assert sum(map(is_open, half)) <= MOST
        deadline = time.monotonic() + 60
        while any(map(is_open, half)):
            assert time.monotonic() < deadline
            time.sleep(0.2)
    assert httpx.get(f"{address}/health/live", timeout=60).status_code == 200


def test_a_head_that_comes_too_slowly_is_given_up_however_it_goes_on(address: str) -> None:
    slow = (b"X-%d: y\r\n" % number for number in range(50))
    assert problem_in(said(address, HEAD, *slow, every=0.2)) == {
        "title": "Request Timeout",
        "status": 408,
        "detail": "The request took too long to come.",
    }


def test_a_body_that_comes_too_slowly_is_given_up(address: str) -> None:
    head = b"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    answer = said(address, head + b"Content-Length: 50\r\n\r\n", *[b"x"] * 40, every=0.2)
    assert b"HTTP/1.1 200" not in answer


def test_a_connection_between_requests_is_not_kept_by_line_breaks(address: str) -> None:
    begun = time.monotonic()
    with opened(address) as connection:
        connection.sendall(HEAD + b"\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        with suppress(ConnectionError):
            while time.monotonic() < begun + 30:
                connection.sendall(b"\r\n")
                if select.select([connection], [], [], 0.2)[0] and connection.recv(1_000) == b"":
                    break
    assert time.monotonic() < begun + 30


def test_a_long_body_is_no_long_head(address: str) -> None:
    for _ in range(2):
        with httpx.Client(timeout=60) as client:
            for size in (20_000, 60_000, 20_000):
                assert client.post(f"{address}/enter", data={"key": "x" * size}).status_code in {401, 403, 413}


def test_many_requests_on_one_connection_are_all_answered(address: str) -> None:
    one = HEAD + b"\r\n"
    answer = said(address, one * 400 + HEAD + b"Connection: close\r\n\r\n")
    assert answer.count(b"HTTP/1.1 200 ") == 401


def test_what_stands_behind_a_body_is_no_header_of_its_request(address: str) -> None:
    head = b"POST /leave HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    answer = said(address, head + b"0\r\nHost: evil.example\r\nX-Request-ID: of-a-trailer\r\n\r\n")
    assert b" 421 " not in answer
    assert b"of-a-trailer" not in answer


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /leave HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /leave HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX : y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\nX: y\n folded\r\n\r\n",
        b"CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_proxies_read_in_another_way_is_refused(address: str, request_: bytes) -> None:
    answer = said(address, request_)
    assert problem_in(answer)["status"] in {400, 408}
    assert answer.count(b"HTTP/1.1 ") == 1
