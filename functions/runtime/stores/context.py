"""The context: every connection of a process, opened once, closed once, passed down as an argument."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
import structlog
from psycopg.conninfo import make_conninfo

from functions.runtime.addresses import host_and_port
from functions.runtime.backoff import backoff
from functions.runtime.errors import PermanentError, SettingError, StoreBroke, StoreFailed, StoreUnavailable
from functions.runtime.function_table import FunctionTable
from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import graph_http
from functions.runtime.stores.bucket import AnyBucket, S3Bucket, open_bucket
from functions.runtime.stores.graph_transactions import RETRIED_S, ping
from functions.runtime.stores.open_starts import OpenStarts, take_back
from functions.runtime.stores.postgres_pool import PostgresPool, open_pool
from functions.runtime.stores.session_names import session_name
from functions.runtime.stores.short_memory import ShortMemory
from functions.runtime.stores.tls import graph_tls, postgres_tls, unreachable

if TYPE_CHECKING:
    import neo4j

T = TypeVar("T")

_log = structlog.get_logger(__name__)

#: Seconds until a store that does not answer is asked again.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 5.0

#: How a graph server says that a database is not there, or just being dropped: emptying the embedded graph does both.
_NO_DATABASE = re.compile("DatabaseNotFound|Cannot open database")

#: How its driver names a connection that was there and broke, in contrast to one that cannot be made.
_BROKE = "defunct connection"

#: A graph server's codes for what may be the question's own fault.
_QUESTION = re.compile(r"TransientError\.(Transaction|General\..*Memory)|Transaction\.TransactionTimedOut")

#: Classes and codes of SQLSTATE that speak of the server, not of what it was asked: connections, insufficient disk,
#: too many connections, an operator's intervention, the system. https://www.postgresql.org/docs/18/errcodes-appendix.html
_SERVER = re.compile("08...|53100|53300|57P..|58...")


@dataclass(frozen=True, slots=True)
class Context:
    """What a function may use. It knows no broker."""

    settings: Settings
    functions: FunctionTable
    pool: PostgresPool
    graph: GraphDriver
    bucket: AnyBucket
    starts: OpenStarts = field(default_factory=OpenStarts)
    memory: ShortMemory = field(default_factory=ShortMemory)

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A pooled PostgreSQL connection; its transaction is committed at the end, rolled back on an error.

        Raises:
            StoreUnavailable: PostgreSQL does not answer, or broke off.
        """
        with postgres_errors(), self.pool.connection() as connection:
            try:
                yield connection
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if connection.broken and error.sqlstate is None:
                    raise StoreBroke("PostgreSQL broke off.", server_said=str(error)) from error
                raise

    @contextmanager
    def statements(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A pooled PostgreSQL connection on which each statement is a transaction of its own.

        For one statement that only reads: it saves the two that would begin and end a transaction.

        Raises:
            StoreUnavailable: PostgreSQL does not answer, or broke off.
        """
        with self.connection() as connection:
            connection.autocommit = True
            try:
                yield connection
            finally:
                if not connection.broken:
                    connection.autocommit = False

    @contextmanager
    def graph_session(self) -> Iterator[neo4j.Session]:
        """A session on the configured graph database.

        Raises:
            StoreUnavailable: the graph server does not answer, or broke off.
        """
        with graph_errors(self.settings), self.graph.session(database=self.settings.graph_database) as session:
            yield session

    def give_back(self) -> None:
        """Close every connection; each is made again when it is next used. To be called when none is in use."""
        self.pool.close()
        self.graph.close()
        self.bucket.close()

    def take_back_starts(self) -> None:
        """Break off what this process is at in PostgreSQL, and have none of it count as a start without an end.

        Raises:
            psycopg.Error: PostgreSQL does not answer.
        """
        take_back(postgres_conninfo(self.settings), self.pool.name, self.starts)


@contextmanager
def open_context(
    settings: Settings, functions: FunctionTable, wait: float | None = None, *, graph: bool = True
) -> Iterator[Context]:
    """Open every connection, wait for stores that are still starting, and close all at the end.

    Args:
        settings: those of this process.
        functions: the function table.
        wait: seconds to wait for a store that is down; `connect_timeout` when not given.
        graph: whether the graph server is waited for.

    Raises:
        StoreUnavailable: a store did not answer in time.
        PermanentError: a store refuses the user or password.
    """
    with prepare_context(settings, functions) as context:
        deadline = time.monotonic() + (settings.connect_timeout if wait is None else wait)
        wait_for("PostgreSQL", lambda: reach_postgres(settings), deadline)
        if graph:
            wait_for("the graph server", lambda: reach_graph(context), deadline)
        yield context


@contextmanager
def prepare_context(
    settings: Settings, functions: FunctionTable, pool_timeout: float = 10.0, trusted_s: float = 0.0
) -> Iterator[Context]:
    """Every connection, none of them made yet: a store is reached when it is first used, all are closed at the end.

    Args:
        settings: those of this process.
        functions: the function table.
        pool_timeout: seconds to wait for a PostgreSQL connection.

    Raises:
        SettingError: no stores are configured.
    """
    refuse_no_stores(settings)
    name = session_name()
    made = PostgresPool(name, lambda: open_pool(settings, postgres_conninfo(settings), pool_timeout, name, trusted_s))
    with closing(made) as pool, closing(GraphDriver(settings)) as graph:
        yield Context(settings, functions.chosen_by(settings), pool, graph, open_bucket(settings))


def refuse_no_stores(settings: Settings) -> None:
    """Stop where no setting says where the stores are.

    Raises:
        SettingError: it is so.
    """
    if not settings.postgres_address or not settings.graph_address:
        raise SettingError("No stores are configured: run `linernotes up`, or set POSTGRES_ADDRESS and NEO4J_ADDRESS.")


def postgres_conninfo(settings: Settings, database: str | None = None) -> str:
    """libpq's connection string, the password in it: never log it."""
    host, port = host_and_port(settings.postgres_address)
    return make_conninfo(
        host=host,
        port=port,
        user=settings.postgres_username,
        password=settings.postgres_password or None,
        dbname=database or settings.postgres_database,
        connect_timeout=5,
        **postgres_tls(settings),
    )


class GraphDriver:
    """The Bolt driver, made when it is first used: importing it takes 0.3 s, and most processes ask no graph."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._driver: neo4j.Driver | None = None
        self._lock = threading.Lock()

    def session(self, *, database: str) -> neo4j.Session:
        """A session on a database of the server."""
        with self._lock:
            if self._driver is None:
                self._driver = self._open()
            return self._driver.session(database=database)

    def close(self) -> None:
        """Close all connections. The next session makes another driver."""
        with self._lock:
            driver, self._driver = self._driver, None
        if driver is not None:
            driver.close()

    def _open(self) -> neo4j.Driver:
        import neo4j

        settings = self._settings
        address, tls = graph_tls(settings)
        return neo4j.GraphDatabase.driver(
            address,
            auth=(settings.graph_username, settings.graph_password),
            max_connection_pool_size=settings.pool_size,
            connection_timeout=5,
            max_transaction_retry_time=RETRIED_S,
            notifications_min_severity="OFF",
            **tls,
        )


def reach_postgres(settings: Settings) -> None:
    """Connect to PostgreSQL once, outside of any pool, so that its own words come through."""
    with postgres_errors(), psycopg.connect(postgres_conninfo(settings)) as connection:
        connection.execute("SELECT 1")


def ping_postgres(context: Context) -> None:
    """Ask PostgreSQL for one row."""
    with context.connection() as connection:
        connection.execute("SELECT 1")


def ping_graph(context: Context) -> None:
    """Ask the graph server for one row: its port opens before its database does."""
    with context.graph_session() as session:
        ping(session)


def reach_graph(context: Context) -> None:
    """Ask the graph server, and make its database anew where it is embedded and has none.

    Emptying that graph is dropping its database: a crash right then must not leave everybody waiting for one.
    """
    try:
        ping_graph(context)
    except StoreUnavailable:
        if context.settings.graph_http:
            with graph_http(context.settings) as server:
                server.create_database(context.settings.graph_database)
        raise


def await_graph(context: Context, timeout_s: float) -> None:
    """Wait until the graph server answers, for so many seconds at most.

    Raises:
        StoreUnavailable: it did not.
    """
    wait_for("the graph server", lambda: ping_graph(context), time.monotonic() + timeout_s)


def ping_bucket(context: Context) -> None:
    """Ask the bucket: whether a folder can be written to, or whether S3 lets us list.

    Raises:
        StoreUnavailable: it cannot be used now.
    """
    if isinstance(context.bucket, S3Bucket):
        next(context.bucket.keys("ping/"), None)
    elif not os.access(context.settings.bucket_url, os.W_OK | os.X_OK):
        raise StoreUnavailable(f"The bucket {context.settings.bucket_url} is no folder that can be written to.")


def ping_stores(context: Context, *, graph: bool) -> None:
    """Ask PostgreSQL, outside of the pool, the bucket, and the graph server where it is needed.

    Raises:
        StoreUnavailable: one of them does not answer.
    """
    reach_postgres(context.settings)
    ping_bucket(context)
    if graph:
        ping_graph(context)


def wait_for(name: str, ping: Callable[[], T], deadline: float) -> T:
    """Call `ping` with growing pauses until it answers.

    Raises:
        StoreUnavailable: it did not before the deadline (`time.monotonic()`).
    """
    failures = 0
    while True:
        try:
            return ping()
        except StoreUnavailable as error:
            failures += 1
            pause = backoff(failures, _FIRST_PAUSE_S, _LONGEST_PAUSE_S)
            if time.monotonic() + pause > deadline:
                raise
            _log.warning("store unavailable", store=name, reason=str(error), retry_in_s=pause)
            time.sleep(pause)


@contextmanager
def postgres_errors() -> Iterator[None]:
    """Turn a broken or refused connection into ours; errors of SQL stay what they are."""
    try:
        yield
    except (psycopg.errors.InvalidPassword, psycopg.errors.InvalidAuthorizationSpecification) as error:
        raise PermanentError(
            "PostgreSQL refuses the user or password: check POSTGRES_USERNAME and _PASSWORD."
        ) from error
    except psycopg.errors.ProgramLimitExceeded as error:
        raise PermanentError("PostgreSQL cannot hold a value that is this large.", server_said=str(error)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if error.sqlstate and not _SERVER.fullmatch(error.sqlstate):
            raise StoreFailed("PostgreSQL could not do it.", server_said=str(error)) from error
        raise unreachable("PostgreSQL", error) from error


@contextmanager
def graph_errors(settings: Settings) -> Iterator[None]:
    """Turn what a graph server says of itself into ours; errors of a query stay what they are.

    The embedded server answers "unauthorized" while it shuts down; its password is ours, so that passes.
    """
    from neo4j.exceptions import AuthError, DriverError, Neo4jError

    try:
        yield
    except AuthError as error:
        if settings.profile == "embedded":
            raise StoreUnavailable("The graph server is just stopping.", server_said=str(error.message)) from error
        raise PermanentError(
            "The graph server refuses the user or password: check NEO4J_USERNAME and _PASSWORD."
        ) from error
    except DriverError as error:
        if _BROKE in str(error):
            raise StoreBroke("The graph server broke off.", server_said=str(error)) from error
        raise unreachable("The graph server", error) from error
    except Neo4jError as error:
        if _QUESTION.search(str(error.code)):
            raise StoreFailed("The graph server could not do it.", server_said=str(error.message)) from error
        if error.is_retryable() or _NO_DATABASE.search(f"{error.code} {error.message}"):
            raise StoreUnavailable("The graph server cannot do it now.", server_said=str(error.message)) from error
        raise
