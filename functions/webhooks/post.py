"""One signed message to one address: the connection goes to the address that was checked, and nowhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Final, Self
from urllib.parse import SplitResult, unquote, urlsplit

from functions.runtime.addresses import in_brackets
from functions.runtime.errors import PermanentError, TransientError
from functions.runtime.masking import MASK
from functions.runtime.settings import Settings
from functions.runtime.stores.tls import reason_of, tls_context
from functions.webhooks.public_address import is_public

#: Seconds until an address takes a connection or says something, and for all of it.
_TIMEOUT_S: Final = 10.0
_DEADLINE_S: Final = 20.0
#: Bytes of an answer that are read: nobody reads it but to end the connection in peace.
_MOST_READ: Final = 4_096
#: Addresses of one host that are tried.
_MOST_ADDRESSES: Final = 4
#: Shorter texts are no secrets.
_LEAST_SECRET: Final = 4


class NotTaken(TransientError):
    """An address did not take a message; `status` is its answer, if there was one."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class NotAllowed(PermanentError):
    """A message must not go to an address."""


def signature(secret: str, moment: int, body: bytes) -> str:
    """What shows that a message is ours and when it was sent: `sha256=…`, HMAC over `<seconds>.<body>`."""
    digest = hmac.new(secret.encode(), b"%d.%b" % (moment, body), hashlib.sha256)
    return f"sha256={digest.hexdigest()}"


def shown_host(address: str) -> str:
    """Scheme, host and port of an address: its path may hold a secret."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{in_brackets(parts.hostname or '')}" + (f":{parts.port}" if parts.port else "")


def post(settings: Settings, address: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send a message; the status of the answer, which is one of 2xx. No redirect is followed.

    Raises:
        NotTaken: the address does not answer, or not with 2xx.
        NotAllowed: it is none, or leads to a machine that no message may go to.
    """
    parts = urlsplit(address)
    deadline = _Deadline(_DEADLINE_S)
    connection = _connection(settings, parts, deadline)
    try:
        with deadline, closing(connection):
            return _exchange(connection, parts, body, headers, deadline)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        reason = deadline.passed if deadline.late else reason_of(error)
        raise NotTaken(f"{shown_host(address)} did not take it: {_without(parts, reason)}.") from error


class _Deadline:
    """The moment at which an exchange is ended, wherever it is by then and however little is sent at a time."""

    def __init__(self, seconds: float) -> None:
        self.late = False
        self.passed = f"no whole answer in {seconds:g} s"
        self._until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._kept: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._break_off)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            if self._kept:
                self._kept.close()
                self._kept = None

    def left(self) -> float:
        """Seconds for which an address may be waited for.

        Raises:
            TimeoutError: there are none.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise TimeoutError(self.passed)
        return min(_TIMEOUT_S, left)

    def keep(self, connection: socket.socket) -> None:
        """Have a connection shut down at the moment, by a handle of its own: TLS and answers take over the first.

        Raises:
            TimeoutError: it has passed.
        """
        with self._lock:
            self.check()
            self._kept = connection.dup()

    def check(self) -> None:
        """Go on only if nothing was broken off.

        Raises:
            TimeoutError: the moment has passed.
        """
        if self.late:
            raise TimeoutError(self.passed)

    def _break_off(self) -> None:
        with self._lock:
            self.late = True
            if self._kept:
                with suppress(OSError):  # the other side has ended it
                    self._kept.shutdown(socket.SHUT_RDWR)


def _exchange(
    connection: http.client.HTTPConnection,
    parts: SplitResult,
    body: bytes,
    headers: Mapping[str, str],
    deadline: _Deadline,
) -> int:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", path, body, {**headers, **_credentials(parts), "Connection": "close"})
    answer = connection.getresponse()
    deadline.check()  # a head that was broken off may look like a whole one
    with suppress(OSError, http.client.HTTPException):  # the status is the answer, whatever becomes of the rest
        answer.read(_MOST_READ)
    if not 200 <= answer.status < 300:
        raise NotTaken(f"It was answered with {answer.status}.", answer.status)
    return answer.status


def _connection(settings: Settings, parts: SplitResult, deadline: _Deadline) -> http.client.HTTPConnection:
    if parts.scheme == "https":
        return _Secure(settings, parts, deadline)
    return _Plain(settings, parts, deadline)


class _Plain(http.client.HTTPConnection):
    """Connects to an address of the host that has been checked: looking the name up again could give another."""

    def __init__(self, settings: Settings, parts: SplitResult, deadline: _Deadline) -> None:
        super().__init__(parts.hostname or "", _port(parts), timeout=_TIMEOUT_S)
        self._settings = settings
        self._deadline = deadline

    def connect(self) -> None:
        """Connect to the first address that takes it."""
        self.sock = _connected(self._settings, self.host, self.port, self._deadline)


class _Secure(http.client.HTTPSConnection):
    """The same over TLS, with the certificate checked against the name of the host."""

    def __init__(self, settings: Settings, parts: SplitResult, deadline: _Deadline) -> None:
        self._context: ssl.SSLContext = tls_context(settings)
        super().__init__(parts.hostname or "", _port(parts), timeout=_TIMEOUT_S, context=self._context)
        self._settings = settings
        self._deadline = deadline

    def connect(self) -> None:
        """Connect to the first address that takes it, then show who it is."""
        plain = _connected(self._settings, self.host, self.port, self._deadline)
        self.sock = plain  # closed with the connection if the certificate is not trusted
        self.sock = self._context.wrap_socket(plain, server_hostname=self.host)


def _connected(settings: Settings, host: str, port: int, deadline: _Deadline) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        if not settings.webhook_private and not is_public(str(place[0])):
            raise NotAllowed(
                f"{host} leads to {place[0]}, which is no machine of the open network: nothing is told to it unless "
                "LINERNOTES_WEBHOOK_PRIVATE is true."
            )
    failure: OSError = ConnectionError(f"{host} has no address")
    for family, kind, protocol, _, place in found[:_MOST_ADDRESSES]:
        left = deadline.left()
        try:
            return _open(family, kind, protocol, place, left, deadline)
        except OSError as error:
            failure = error
    raise failure


def _open(family: int, kind: int, protocol: int, place: object, seconds: float, deadline: _Deadline) -> socket.socket:
    connection = socket.socket(family, kind, protocol)
    try:
        connection.settimeout(seconds)
        connection.connect(place)  # type: ignore[arg-type]
        deadline.keep(connection)
    except OSError:
        connection.close()
        raise
    return connection


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _credentials(parts: SplitResult) -> dict[str, str]:
    if not parts.username:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _without(parts: SplitResult, text: str) -> str:
    """A text without what only the owner of the address may know."""
    for secret in (parts.query, parts.path.strip("/"), parts.password or ""):
        text = text.replace(secret, MASK) if len(secret) >= _LEAST_SECRET else text
    return text
