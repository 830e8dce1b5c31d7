"""The embedded graph server's HTTP interface: what passes by itself is tried again, what does not is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from functions.registry import FUNCTIONS
from functions.runtime.errors import PermanentError, StoreUnavailable
from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import GraphHttp, graph_http
from functions.runtime.stores.context import ping_graph, prepare_context

_TIMES = 60
_READERS = 3


@pytest.fixture
def server(settings: Settings) -> Iterator[GraphHttp]:
    with graph_http(settings) as server:
        yield server


def test_a_database_is_renewed_while_others_read_it(settings: Settings, server: GraphHttp) -> None:
    name = settings.graph_database
    with readers(settings) as met:
        for _ in range(_TIMES):
            server.renew_database(name)
            assert name in server.databases()
    server.renew_database(name)
    closed = [error for error in met if "Cannot open database" in str(error)]
    assert closed
    assert {type(error) for error in closed} == {StoreUnavailable}
    assert server.sql(name, "SELECT name FROM schema:types") == []


def test_a_database_that_is_gone_may_come_back(server: GraphHttp) -> None:
    with pytest.raises(StoreUnavailable, match="DatabaseNotAvailable"):
        server.sql("gone", "SELECT 1")


def test_a_wrong_statement_is_refused(settings: Settings, server: GraphHttp) -> None:
    with pytest.raises(PermanentError, match="refuses `wrong`"):
        server.sql(settings.graph_database, "wrong")


@contextmanager
def readers(settings: Settings) -> Iterator[list[Exception]]:
    """Others that ask for the database all the time, whether or not it is there; what they met so far."""
    over = threading.Event()
    met: list[Exception] = []

    def read() -> None:
        while not over.is_set():
            try:
                with prepare_context(settings, FUNCTIONS) as context:
                    ping_graph(context)
            except Exception as error:  # noqa: BLE001  the server calls what is dropped just then by many names
                met.append(error)

    threads = [threading.Thread(target=read) for _ in range(_READERS)]
    for thread in threads:
        thread.start()
    try:
        yield met
    finally:
        over.set()
        for thread in threads:
            thread.join()
