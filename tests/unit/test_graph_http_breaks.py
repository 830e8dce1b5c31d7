"""The embedded graph server's HTTP interface: a server that is away is told from one that a request ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from functions.runtime.errors import StoreBroke, StoreUnavailable
from functions.runtime.settings import Settings
from functions.runtime.stores import arcadedb_http
from functions.runtime.stores.arcadedb_http import graph_http

_ANSWERED = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n" + b'{"result":1}'


@contextmanager
def answering(*answers: bytes) -> Iterator[Settings]:
    """Settings whose graph server has one connection after the other, reads a request, says this and ends it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answer in answers:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Settings(home="", graph_http=f"http://127.0.0.1:{listener.getsockname()[1]}")
    finally:
        thread.join(60)
        listener.close()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", b"nonsense\r\n\r\n"])
def test_a_server_that_ends_a_request_without_an_answer_has_broken_off(answer: bytes) -> None:
    with answering(answer, _ANSWERED) as settings, graph_http(settings) as server:
        with pytest.raises(StoreBroke, match="The graph server broke off"):
            server.server("list databases")
        assert server.server("list databases") == 1  # by a new connection


def test_a_renewal_that_ends_the_server_is_not_begun_again() -> None:
    with (
        answering(b"") as settings,
        graph_http(settings) as server,
        pytest.raises(StoreBroke, match="The graph server broke off"),
    ):
        server.renew_database("x")


def test_a_server_that_nobody_reaches_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        graph_http(Settings(home="", graph_http=f"http://127.0.0.1:{port}")) as server,
        pytest.raises(StoreUnavailable, match="The graph server does not answer") as error,
    ):
        server.server("list databases")
    assert type(error.value) is StoreUnavailable


def test_a_connection_is_made_anew_that_was_idle_for_so_long_that_it_may_be_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(arcadedb_http, "_IDLE_S", 0.0)
    with answering(_ANSWERED, _ANSWERED) as settings, graph_http(settings) as server:
        assert [server.server("list databases") for _ in range(2)] == [1, 1]
