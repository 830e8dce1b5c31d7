"""RabbitMQ's management, asked by the tests."""

from __future__ import annotations

import base64
import http.client
import json
from contextlib import closing
from typing import Any
from urllib.parse import quote, urlsplit

from tests.integration.broker.conftest import Bench


def connections(bench: Bench) -> list[str]:
    """The names of all connections."""
    return [row["name"] for row in ask(bench, "GET", "/api/connections")]


def close_connection(bench: Bench, name: str) -> None:
    """Have the server close a connection."""
    ask(bench, "DELETE", f"/api/connections/{quote(name, safe='')}")


def ask(bench: Bench, method: str, path: str) -> Any:
    """Its answer; None for an empty one."""
    address = urlsplit(bench.server.management)
    token = base64.b64encode(b"guest:guest").decode()
    # On a machine with much to do it takes its time.
    with closing(http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)) as connection:
        connection.request(method, path, headers={"Authorization": f"Basic {token}"})
        body = connection.getresponse().read()
    return json.loads(body) if body else None
