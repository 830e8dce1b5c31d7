"""A context whose commits, and whose writes to the bucket, are boundaries. The stores behind it are the real ones."""

from __future__ import annotations

import functools
import os
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import neo4j
import psycopg
import pytest
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool

from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import GraphHttp
from functions.runtime.stores.bucket import DirectoryBucket
from functions.runtime.stores.context import Context, GraphDriver, postgres_conninfo
from functions.runtime.stores.postgres_pool import Pool, PostgresPool
from tests.faults.crashes.points import Points

_WRITES = re.compile(r"\b(CREATE|MERGE|SET|DELETE)\b")


@contextmanager
def counted_context(settings: Settings, points: Points) -> Iterator[Context]:
    """A context of one life; its connections break off when that life ends in a crash."""
    made = PostgresPool("counted", lambda: _pool(settings, points))
    with _counted_requests(points), closing(made) as pool, closing(GraphDriver(settings)) as driver:
        graph = cast("GraphDriver", _Driver(driver, points))
        yield Context(settings, FUNCTIONS, pool, graph, CountedBucket(Path(settings.bucket_url), points))


@contextmanager
def _counted_requests(points: Points) -> Iterator[None]:
    """What the bulk load asks of the embedded server by HTTP is a boundary, too."""
    real = GraphHttp._post

    def post(self: GraphHttp, path: str, body: Sequence[bytes], kind: str, what: str) -> bytes:
        with points.around(f"graph request for {what}"):
            return real(self, path, body, kind, what)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GraphHttp, "_post", post)
        yield


def _pool(settings: Settings, points: Points) -> Pool:
    def configure(connection: psycopg.Connection[Any]) -> None:
        cast("_Connection", connection).points = points
        points.on_crash.append(lambda: _break_off(connection))

    return ConnectionPool(
        postgres_conninfo(settings),
        connection_class=_Connection,
        configure=configure,
        min_size=0,
        max_size=settings.pool_size,
        timeout=10,
        open=True,
    )


def _break_off(connection: psycopg.Connection[Any]) -> None:
    """End a connection as the end of its process would, under the thread that may be waiting for it.

    It is not closed: the number of its file would go to the next one that is opened, and that thread wait for ever.
    """
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as same, suppress(OSError):
            same.shutdown(socket.SHUT_RDWR)


class _Connection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose commits are boundaries where something was written."""

    points: Points

    def commit(self) -> None:
        if self._has_written():
            with self.points.around("PostgreSQL commit"):
                super().commit()
        else:
            super().commit()

    @contextmanager
    def transaction(self, *args: Any, **options: Any) -> Iterator[psycopg.Transaction]:
        outermost = self.info.transaction_status == TransactionStatus.IDLE
        counts = False
        with super().transaction(*args, **options) as transaction:
            yield transaction
            counts = outermost and self._has_written()
            if counts:
                self.points.reach("before PostgreSQL commit")
        if counts:
            self.points.reach("after PostgreSQL commit")

    def _has_written(self) -> bool:
        if self.closed or self.info.transaction_status != TransactionStatus.INTRANS:
            return False
        row = self.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()
        return row == (True,)


class _Driver:
    """The Bolt driver; each of its sessions counts."""

    def __init__(self, driver: GraphDriver, points: Points) -> None:
        self._driver, self._points = driver, points

    @contextmanager
    def session(self, **options: Any) -> Iterator[_Session]:
        with self._driver.session(**options) as session:
            yield _Session(session, self._points)


class _Session:
    """A session. A statement outside of a transaction that writes is a commit of its own."""

    def __init__(self, session: neo4j.Session, points: Points) -> None:
        self._session, self._points = session, points

    def run(self, query: neo4j.Query, *values: Any) -> Any:
        if not _WRITES.search(query.text):
            return self._session.run(query, *values)
        self._points.reach(f"before graph commit {query.text[:30]!r}")
        return _Result(self._session.run(query, *values), self._points)

    def execute_write(self, work: Callable[[Any], Any]) -> Any:
        statements: list[str] = []

        @functools.wraps(work)  # with its time limit
        def counted(transaction: neo4j.ManagedTransaction) -> Any:
            written = _Written(transaction)
            found = work(written)
            statements[:] = written.statements
            if statements:
                self._points.reach(f"before graph commit {statements[0][:30]!r}")
            return found

        found = self._session.execute_write(counted)
        if statements:
            self._points.reach("after graph commit")
        return found

    @contextmanager
    def begin_transaction(self, **options: Any) -> Iterator[_Transaction]:
        with self._session.begin_transaction(**options) as transaction:
            yield _Transaction(transaction, self._points)


class _Written:
    """A transaction of the driver's own, which notes the statements in it that write."""

    def __init__(self, transaction: neo4j.ManagedTransaction) -> None:
        self._transaction = transaction
        self.statements: list[str] = []

    def run(self, query: str, *values: Any) -> neo4j.Result:
        if _WRITES.search(query):
            self.statements.append(query)
        return self._transaction.run(query, *values)


class _Result:
    """The result of a statement that writes; it has committed when the result is read."""

    def __init__(self, result: neo4j.Result, points: Points) -> None:
        self._result, self._points = result, points

    def consume(self) -> neo4j.ResultSummary:
        summary = self._result.consume()
        self._points.reach("after graph commit")
        return summary


class _Transaction:
    """An explicit transaction; only its commit counts."""

    def __init__(self, transaction: neo4j.Transaction, points: Points) -> None:
        self._transaction, self._points = transaction, points
        self.run = transaction.run

    def commit(self) -> None:
        with self._points.around("graph commit of a batch"):
            self._transaction.commit()


class CountedBucket(DirectoryBucket):
    """The folder of parts. A put that breaks off in its middle leaves a file of another name, as the real one does."""

    def __init__(self, root: Path, points: Points) -> None:
        super().__init__(root)
        self._points = points

    def put(self, key: str, data: bytes) -> None:
        self._points.reach(f"before put {key}")
        self._points.reach(f"in the middle of put {key}", lambda: self._leave_half(key, data))
        super().put(key, data)
        self._points.reach(f"after put {key}")

    def delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            with self._points.around(f"delete {key}"):
                super().delete([key])

    def remove_folder(self, prefix: str) -> None:
        self._points.reach(f"before removal of {prefix}")
        self._points.reach(f"in the middle of removal of {prefix}", lambda: self._remove_some(prefix))
        super().remove_folder(prefix)
        self._points.reach(f"after removal of {prefix}")

    def _leave_half(self, key: str, data: bytes) -> None:
        path = self._path(f"{key}.half")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data[: len(data) // 2])

    def _remove_some(self, prefix: str) -> None:
        super().delete(list(self.keys(prefix))[::2])
