"""Databases of the embedded graph server, made and dropped over its HTTP interface."""

from __future__ import annotations

import base64
import http.client
from typing import Any
from urllib.parse import urlsplit

import msgspec

from functions.runtime.errors import PermanentError, StoreUnavailable
from functions.runtime.settings import Settings


def create_graph_database(settings: Settings, name: str) -> None:
    """Make an empty database; one that is there already stays as it is.

    Raises:
        StoreUnavailable: the graph server does not answer.
        PermanentError: it refuses.
    """
    if name not in graph_databases(settings):
        _command(settings, f"create database {name}")


def drop_graph_database(settings: Settings, name: str) -> None:
    """Drop a database with everything in it; one that is not there is no error.

    Raises:
        StoreUnavailable: the graph server does not answer.
        PermanentError: it refuses.
    """
    if name in graph_databases(settings):
        _command(settings, f"drop database {name}")


def graph_databases(settings: Settings) -> list[str]:
    """The names of the databases there are."""
    return list(_command(settings, "list databases"))


def _command(settings: Settings, command: str) -> Any:
    status, answer = _post(settings, msgspec.json.encode({"command": command}))
    try:
        content = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        content = {}
    if status != http.client.OK:
        raise PermanentError(f"The graph server refuses `{command}`: {content.get('error', status)}.")
    return content.get("result")


def _post(settings: Settings, body: bytes) -> tuple[int, bytes]:
    login = base64.b64encode(f"{settings.graph_username}:{settings.graph_password}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(settings.graph_http).netloc, timeout=60)
    try:
        connection.request("POST", "/api/v1/server", body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise StoreUnavailable(f"The graph server does not answer: {error}") from error
    finally:
        connection.close()
