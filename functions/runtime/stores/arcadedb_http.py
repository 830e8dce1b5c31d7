"""The embedded graph server's HTTP interface, for what Bolt cannot do: databases, types, batches of elements."""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from functions.runtime.backoff import backoff
from functions.runtime.errors import PermanentError, StoreBroke, StoreFailed, StoreUnavailable
from functions.runtime.settings import Settings

_TIMEOUT_S = 600

#: Seconds after which a connection is made anew: the server closes one that was idle for 30 (`network.socketTimeout`),
#: which only the next request would notice.
_IDLE_S = 20.0

#: A database is tried to be renewed so often, with pauses in seconds from the first to the longest one.
_TRIES, _FIRST_PAUSE_S, _LONGEST_PAUSE_S = 6, 0.1, 1.6

#: Options of a batch. Edges are taken 20,000 at a time: ordered ones are then mostly of one kind, and their records are
#: written in one go. One thread connects them in many transactions, each of 10,000 edges or those of one node; several
#: would connect all that end at the nodes of one label in one transaction, whose pages have to fit into the heap.
_IN_ORDER: Final = "refMode=ordinal&batchSize=20000&commitEvery=10000&parallelFlush=false"


class GraphHttp:
    """One connection to the server, kept open between requests.

    Every method raises:
        StoreUnavailable: the server does not answer, or fails at what it was asked.
        StoreBroke: it had the request and gave no answer, or only a part of one.
        PermanentError: it refuses.
    """

    def __init__(self, settings: Settings) -> None:
        login = f"{settings.graph_username}:{settings.graph_password}"
        self._login = "Basic " + base64.b64encode(login.encode()).decode()
        self._connection = http.client.HTTPConnection(urlsplit(settings.graph_http).netloc, timeout=_TIMEOUT_S)
        self._answered_at = time.monotonic()

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        self._connection.close()

    def server(self, command: str) -> Any:
        """Carry out a command of the server, such as `create database x`; returns its result."""
        return self._ask("/api/v1/server", {"command": command}, command).get("result")

    def sql(self, database: str, command: str) -> Any:
        """Carry out a statement in the server's own SQL; returns its rows."""
        return self._ask(f"/api/v1/command/{database}", {"language": "sql", "command": command}, command).get("result")

    def batch(self, database: str, *lines: bytes) -> None:
        """Write vertices, then edges, one JSON object a line, without a write-ahead log.

        Edges go from and to the address of a vertex, or its place among those of the request, counted from 0.

        Args:
            lines: pieces, each of whole lines; a server of ours takes a gigabyte.
        """
        self._batch(database, _IN_ORDER, [piece for each in lines for piece in (each, b"\n")])

    def batch_of_nodes(self, database: str, lines: bytes) -> bytes:
        """Write vertices as `batch` does.

        Returns:
            JSON. Its `idMapping` has the address of each vertex under the `@id` that its line gave it.
        """
        return self._batch(database, "idMapping=true", [lines])

    def heap_bytes(self) -> int:
        """The largest heap of its Java."""
        said = msgspec.json.decode(self._request("GET", "/api/v1/server?mode=default", (), {}, "its figures"))
        return int(said["metrics"]["profiler"]["ramHeapMax"]["space"])

    def databases(self) -> list[str]:
        """The names of the databases there are."""
        return list(self.server("list databases"))

    def create_database(self, name: str) -> None:
        """Make an empty database; one that is there already, or that another makes just now, stays as it is."""
        if name not in self.databases():
            try:
                self.server(f"create database {name}")
            except PermanentError:
                if name not in self.databases():
                    raise

    def drop_database(self, name: str) -> None:
        """Drop a database with everything in it; one that is not there is no error."""
        if name in self.databases():
            self.server(f"drop database {name}")

    def renew_database(self, name: str) -> None:
        """Drop a database and make an empty one of its name.

        Whoever asks for it just then opens what is being dropped, and the server fails to make another: so several
        times.
        """
        for number in range(1, _TRIES + 1):
            try:
                self.drop_database(name)
                self.create_database(name)
            except StoreBroke:
                raise  # asked again, a server that has ended by it would not answer, and nothing would be counted
            except StoreUnavailable:
                if number == _TRIES:
                    raise
                time.sleep(backoff(number, _FIRST_PAUSE_S, _LONGEST_PAUSE_S))
            else:
                return

    def _batch(self, database: str, options: str, lines: Sequence[bytes]) -> bytes:
        return self._post(f"/api/v1/batch/{database}?{options}", lines, "application/x-ndjson", "a batch")

    def _ask(self, path: str, question: dict[str, str], what: str) -> Any:
        return msgspec.json.decode(self._post(path, [msgspec.json.encode(question)], "application/json", f"`{what}`"))

    def _post(self, path: str, body: Sequence[bytes], kind: str, what: str) -> bytes:
        length = str(sum(map(len, body)))
        return self._request("POST", path, body, {"Content-Type": kind, "Content-Length": length}, what)

    def _request(self, method: str, path: str, body: Sequence[bytes], headers: dict[str, str], what: str) -> bytes:
        status, answer = self._answer(method, path, body, headers)
        if status == http.client.OK:
            return answer
        reason = _reason(answer) or status
        # 404: the database was just dropped, to be made anew; over Bolt it passes, too (`graph_errors`).
        if status >= http.client.INTERNAL_SERVER_ERROR or status == http.client.NOT_FOUND:
            failed = StoreUnavailable if status == http.client.SERVICE_UNAVAILABLE else StoreFailed
            raise failed(f"The graph server fails at {what}: {reason}.")
        raise PermanentError(f"The graph server refuses {what}: {reason}.")

    def _answer(self, method: str, path: str, body: Sequence[bytes], headers: dict[str, str]) -> tuple[int, bytes]:
        """Status and content. A connection that cannot be made is told from one that ends with the request."""
        failed: type[StoreUnavailable] = StoreUnavailable
        try:
            if time.monotonic() - self._answered_at > _IDLE_S:
                self._connection.close()
            if self._connection.sock is None:
                self._connection.connect()
            failed = StoreBroke
            self._connection.request(method, path, body or None, {"Authorization": self._login, **headers})
            response = self._connection.getresponse()
            content = response.read()
            self._answered_at = time.monotonic()
            return response.status, content
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            what = "broke off" if failed is StoreBroke else "does not answer"
            raise failed(f"The graph server {what}: {error}") from error


@contextmanager
def graph_http(settings: Settings) -> Iterator[GraphHttp]:
    """A connection to the embedded server, closed at the end."""
    connection = GraphHttp(settings)
    try:
        yield connection
    finally:
        connection.close()


def _reason(answer: bytes) -> str:
    try:
        content = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return ""
    if not isinstance(content, dict):
        return ""
    return " ".join(str(content[name]) for name in ("error", "detail", "exception") if content.get(name))
