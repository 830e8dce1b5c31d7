"""The gateway's process: uvicorn, started and stopped by hand."""

from __future__ import annotations

import errno
import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import uvicorn
from litestar import Litestar

from functions.runtime.addresses import in_brackets, place_to_listen
from functions.runtime.errors import SettingError
from functions.runtime.process.activity import Doing
from functions.runtime.process.health import Health
from functions.runtime.process.health_server import health_server
from functions.runtime.process.shutdown import shut_down_on_signal
from functions.runtime.process.worker_reports import reporting
from functions.runtime.settings import Settings
from functions.runtime.stores.context import ping_stores
from functions.runtime.telemetry import metrics
from functions.runtime.telemetry.logs import configure_logs
from gateway.access.hosts import known_hosts_only
from gateway.access.proxies import behind_proxies
from gateway.api.metrics import note_figures
from gateway.app import create_app
from gateway.connections import Connections
from gateway.http_protocol import bounded_protocol
from gateway.live.event_streams import EventStreams
from gateway.live.operations_socket import MAX_MESSAGE
from gateway.websocket_protocol import BoundedWebSocketProtocol

#: Seconds requests may go on after the gateway was told to stop, and after which it is cut off.
REQUEST_GRACE: Final = 5
GRACE: Final = 10.0

_FATAL: Final = 1
#: Files that the gateway may have open.
_FILES: Final = 65_536

#: Seconds after which an event loop that gave no sign of life hangs; it gives ten in a second.
_HANGS_S: Final = 15.0

log = structlog.get_logger(__name__)


def run_gateway(settings: Settings) -> int:
    """Serve until SIGTERM, SIGINT, or the end of the supervisor; return the exit code.

    Raises:
        SettingError: the port is taken, the address is not of this machine, or that of a store or proxy is none.
    """
    metrics.begin(settings)
    configure_logs(settings, "gateway")
    _raise_file_limit()
    app = create_app(settings)
    config = uvicorn.Config(
        known_hosts_only(behind_proxies(app, settings), settings),
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `behind_proxies` reads them
        lifespan="on",
        ws=BoundedWebSocketProtocol,
        ws_max_size=MAX_MESSAGE,
        ws_per_message_deflate=False,
        http=bounded_protocol(settings),
        loop="uvloop",
        timeout_graceful_shutdown=REQUEST_GRACE,
    )
    with health_server(settings) as health, listening(settings) as listener:
        server = _Server(config, lambda: _say_ready(app, server, health), lambda: _end_streams(app))
        shut_down_on_signal(server.end, GRACE)
        log.info("gateway ready", address=_address(listener))
        nothing = Doing("idle", time.monotonic())
        with reporting(settings, "gateway", lambda: nothing, lambda: _note(app), lambda: _pool_of(app)):
            server.run(sockets=[listener])
    return 0 if server.started else _FATAL


def _say_ready(app: Litestar, server: _Server, health: Health) -> None:
    health.started(server.is_beating, _ping_of(app), lambda: _note(app))


def _end_streams(app: Litestar) -> None:
    streams: EventStreams = app.state.event_streams
    streams.feed.end()


def _raise_file_limit() -> None:
    """Each socket is an open file; the soft limit is often 1,024, where the hard one lets through many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _note(app: Litestar) -> None:
    connections: Connections | None = app.state.get("connections")
    if connections is not None:
        note_figures(connections)


def _pool_of(app: Litestar) -> dict[str, int]:
    connections: Connections | None = app.state.get("connections")
    return connections.context.pool.get_stats() if connections is not None else {}


def _ping_of(app: Litestar) -> Callable[[], None]:
    def ping() -> None:
        connections: Connections = app.state.connections
        connections.sender.ping()
        ping_stores(connections.context, graph=True)

    return ping


class _Server(uvicorn.Server):
    """uvicorn without its signals: after its end it would raise them again, and the process would die of them.

    Args:
        config: uvicorn's.
        started: is called once it serves.
        ending: is called when it begins to end, in its event loop: answers without an end have to end now.
    """

    def __init__(self, config: uvicorn.Config, started: Callable[[], None], ending: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_started = started
        self._say_ending = ending
        self._beat_at: float | None = None

    async def on_tick(self, counter: int) -> bool:
        """Note that the event loop runs."""
        if self._beat_at is None:
            self._say_started()
        self._beat_at = time.monotonic()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, and wait for those that are answered."""
        self._say_ending()
        await super().shutdown(sockets)

    def is_beating(self) -> bool:
        """Whether the event loop has run a short while ago."""
        return self._beat_at is None or time.monotonic() - self._beat_at < _HANGS_S

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `shut_down_on_signal`."""
        yield

    def end(self) -> None:
        """Let requests end, then return."""
        self.should_exit = True


def listening(settings: Settings) -> socket.socket:
    """A socket on the gateway's address and port.

    Raises:
        SettingError: nobody can listen there; the sentence says why.
    """
    host, port = settings.gateway_host, settings.gateway_port
    family, place = place_to_listen("LINERNOTES_HOST", host, port)
    try:
        return socket.create_server(place, family=family, backlog=512)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingError(
                f"LINERNOTES_PORT is {port}, but another process listens there on {host}: name another."
            ) from error
        reason = os.strerror(error.errno or 0)
        raise SettingError(f"The gateway cannot listen on {host}, port {port}: {reason}.") from error


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{in_brackets(host)}:{port}/"
