"""The snapshot of operations: one gateway reads it for all, and what an event has changed is read anew."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis

from functions.operations.snapshot import Snapshot, read_snapshot
from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context, postgres_conninfo
from functions.runtime.stores.migrations import migrate_postgres
from gateway.connections import cache_client
from gateway.live import shared_snapshot
from gateway.live.shared_snapshot import SharedSnapshot


class Reads:
    """Reads the snapshot of a real installation, counted; it waits while `may_end` is cleared."""

    def __init__(self, read: Callable[[], Snapshot]) -> None:
        self._read = read
        self.count = 0
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def __call__(self) -> Snapshot:
        self.count += 1
        found = self._read()
        self.begun.set()
        assert self.may_end.wait(60)
        return found


@pytest.fixture(scope="module")
def reads(settings: Settings) -> Iterator[Reads]:
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
        connection.execute("INSERT INTO runs (kind, dump, source, entities) VALUES ('load', now(), 's', '{artists}')")
    with open_context(settings, FUNCTIONS, graph=False) as context:
        yield Reads(lambda: read_snapshot(context))


@pytest.fixture
def gateways(
    settings: Settings, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[SharedSnapshot, SharedSnapshot]]:
    """Two that share what they read, for as long as a test lasts."""
    for name in ("HOLDS_S", "_WAIT_S"):
        monkeypatch.setattr(shared_snapshot, name, 60.0)
    reads.__init__(reads._read)  # type: ignore[misc]
    client = cache_client(settings)
    assert client is not None
    prefix = f"test-{uuid.uuid4().hex}"
    yield SharedSnapshot(reads, client, prefix), SharedSnapshot(reads, client, prefix)
    client.close()


def test_one_reads_for_all_and_the_others_get_the_same(
    gateways: tuple[SharedSnapshot, SharedSnapshot], reads: Reads
) -> None:
    one, other = gateways
    first = one.read()
    assert first.run is not None
    assert (other.read(), one.read(), reads.count) == (first, first, 1)


def test_what_is_old_is_read_anew(
    gateways: tuple[SharedSnapshot, SharedSnapshot], reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = gateways
    one.read()
    monkeypatch.setattr(shared_snapshot, "HOLDS_S", 0.05)
    time.sleep(0.1)
    other.read()
    assert reads.count == 2


def test_what_was_read_before_an_event_is_not_enough_for_who_has_heard_of_it(
    gateways: tuple[SharedSnapshot, SharedSnapshot], reads: Reads
) -> None:
    one, other = gateways
    one.read()
    other.note_event()
    later = other.read()
    assert reads.count == 2
    one.note_event()
    assert (one.read() is not later, reads.count) == (True, 3)


def test_who_looks_while_another_reads_waits_for_it(
    gateways: tuple[SharedSnapshot, SharedSnapshot], reads: Reads
) -> None:
    one, other = gateways
    reads.may_end.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(one.read)
        assert reads.begun.wait(60)
        second = pool.submit(other.read)
        time.sleep(0.1)
        reads.may_end.set()
        assert first.result(60) == second.result(60)
    assert reads.count == 1


def test_a_cache_that_is_away_costs_only_that_each_reads_for_itself(reads: Reads) -> None:
    reads.__init__(reads._read)  # type: ignore[misc]
    away = redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=1)
    for shared in (SharedSnapshot(reads, away, "x"), SharedSnapshot(reads, None, "x")):
        assert shared.read().run is not None
    assert reads.count == 2
