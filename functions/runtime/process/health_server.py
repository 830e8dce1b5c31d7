"""`/health/live`, `/health/ready` and `/metrics` of one process, at a port of its own.

For containers, where nobody else knows how a process is. In the embedded stack the supervisor does, and no port is
opened. The standard library's server in a thread: few requests, each small, from whoever watches the process.
"""

from __future__ import annotations

import errno
import os
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Final

from functions.runtime.addresses import place_to_listen
from functions.runtime.errors import SettingError
from functions.runtime.host_names import is_known, names_of
from functions.runtime.process.health import Health
from functions.runtime.settings import Settings
from functions.runtime.telemetry import metrics

#: Requests that are answered at once; for one more the oldest is given up.
_MOST_REQUESTS: Final = 8
#: Seconds that a client may take to send its request and to take the answer, all together.
_CLIENT_TIMEOUT_S: Final = 5.0

Answer = tuple[HTTPStatus, str, bytes]

_NOTHING: Final = HTTPStatus.NOT_FOUND, "application/json", b'{"error":"There is nothing here.","status":404}'
_MISDIRECTED: Final = (
    HTTPStatus.MISDIRECTED_REQUEST,
    "application/json",
    b'{"error":"Name the address, localhost, or a name of LINERNOTES_ALLOWED_HOSTS.","status":421}',
)


@contextmanager
def health_server(settings: Settings) -> Iterator[Health]:
    """This process's health, served at the port of the settings while this lasts; nothing is served without one.

    Raises:
        SettingError: nobody can listen there; the sentence says why.
    """
    health = Health()
    if not metrics.is_served_alone(settings):
        yield health
        return
    server = _listening(settings, _answers(health), names_of(settings))
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    try:
        yield health
    finally:
        server.shutdown()
        server.server_close()


def _answers(health: Health) -> dict[str, Callable[[], Answer]]:
    def said(well: bool) -> Answer:  # noqa: FBT001
        status, word = (HTTPStatus.OK, b"ok") if well else (HTTPStatus.SERVICE_UNAVAILABLE, b"unavailable")
        return status, "application/json", b'{"status":"%s"}' % word

    def figures() -> Answer:
        health.note_figures()
        return HTTPStatus.OK, metrics.CONTENT_TYPE, metrics.exposition()

    return {
        "/health/live": lambda: said(health.is_live()),
        "/health/ready": lambda: said(health.is_ready()),
        "/metrics": figures,
    }


def _listening(settings: Settings, answers: dict[str, Callable[[], Answer]], names: frozenset[str]) -> _Server:
    host, port = settings.health_host, settings.health_port
    family, place = place_to_listen("LINERNOTES_HEALTH_HOST", host, port)
    try:
        return _Server(family, place, answers, names)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        reason = "another process listens there" if taken else os.strerror(error.errno or 0)
        raise SettingError(f"LINERNOTES_HEALTH_PORT is {port} on {host}, but {reason}: name another.") from error


class _Server(socketserver.ThreadingMixIn, HTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        family: socket.AddressFamily,
        place: Any,
        answers: dict[str, Callable[[], Answer]],
        names: frozenset[str],
    ) -> None:
        self.address_family = family
        self.answers, self.names = answers, names
        self._slots = threading.BoundedSemaphore(_MOST_REQUESTS)
        self._open: dict[socket.socket, threading.Timer] = {}
        super().__init__(place, _Handler)

    def server_bind(self) -> None:
        """Bind, and ask no name server what this host is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread of its own, as long as there are few; who is slow makes room for who is not."""
        if not self._slots.acquire(blocking=False):
            for slow in list(self._open)[:1]:
                _break_off(slow)
            if not self._slots.acquire(timeout=1.0):
                self.shutdown_request(request)
                return
        late = threading.Timer(_CLIENT_TIMEOUT_S, _break_off, [request])
        late.daemon = True
        self._open[request] = late
        late.start()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and make room for another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._open.pop(request).cancel()
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error."""


def _break_off(connection: socket.socket) -> None:
    """Let whoever waits for this connection wait no more."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _CLIENT_TIMEOUT_S

    def do_GET(self) -> None:
        """Answer with what is at the path."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        if is_known(self.headers.get_all("Host") or [], self.server.names):
            found = self.server.answers.get(self.path.partition("?")[0])
            status, kind, body = found() if found else _NOTHING
        else:
            status, kind, body = _MISDIRECTED
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in (headers | {"X-Content-Type-Options": "nosniff"}).items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def version_string(self) -> str:
        """Say neither Python's version nor the library's."""
        return "linernotes"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Asked for every few seconds by machines: worth no line."""
