"""Whether a store answers, asked so lightly that it may be asked all day."""

from __future__ import annotations

import http.client
import socket
from typing import Any, Final
from urllib.parse import urlsplit

import redis

from functions.runtime.errors import StoreUnavailable
from functions.runtime.settings import Settings
from functions.runtime.stores.tls import tls_context, unreachable

#: Seconds until an answer counts as none.
LIMIT_S: Final = 2.0

#: Bolt's first words: its sign, and four proposals of a version. https://neo4j.com/docs/bolt/current/bolt/handshake/
_HELLO: Final = bytes.fromhex("6060b017 00080805 00020404 00000104 00000003")
_VERSION_BYTES: Final = 4


def reach_graph_lightly(settings: Settings) -> None:
    """Ask a graph server whether it is ready, without its driver.

    Raises:
        StoreUnavailable: it does not answer.
    """
    try:
        if settings.graph_http:
            _get_ready(settings.graph_http)
        else:
            _shake_hands(settings)
    except (OSError, http.client.HTTPException) as error:
        raise unreachable("The graph server", error) from error


def _get_ready(address: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=LIMIT_S)
    try:
        connection.request("GET", "/api/v1/ready")
        status = connection.getresponse().status
    finally:
        connection.close()
    if status >= http.client.BAD_REQUEST:
        raise StoreUnavailable(f"The graph server is not ready: it answers {status}.")


def _shake_hands(settings: Settings) -> None:
    address = urlsplit(settings.graph_address)
    host = address.hostname or "localhost"
    with socket.create_connection((host, address.port or 7687), LIMIT_S) as plain:
        if not address.scheme.endswith("+s"):
            _agree_on_version(plain)
            return
        with tls_context(settings).wrap_socket(plain, server_hostname=host) as encrypted:
            _agree_on_version(encrypted)


def _agree_on_version(connection: socket.socket) -> None:
    connection.sendall(_HELLO)
    if len(connection.recv(_VERSION_BYTES)) < _VERSION_BYTES:
        raise StoreUnavailable("The graph server hung up at the first word.")


def redis_info(client: redis.Redis, name: str) -> dict[str, Any]:
    """What a Redis or Valkey says of itself.

    Raises:
        StoreUnavailable: it does not answer; `name` is what the sentence calls it.
    """
    try:
        found: Any = client.info()
    except redis.RedisError as error:
        raise unreachable(name, error) from error
    return dict(found)
