"""Databases of the embedded graph server, made and dropped over its HTTP interface."""

from __future__ import annotations

from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import graph_http


def create_graph_database(settings: Settings, name: str) -> None:
    """Make an empty database; one that is there already stays as it is.

    Raises:
        StoreUnavailable: the graph server does not answer.
        PermanentError: it refuses.
    """
    with graph_http(settings) as server:
        server.create_database(name)


def drop_graph_database(settings: Settings, name: str) -> None:
    """Drop a database with everything in it; one that is not there is no error.

    Raises:
        StoreUnavailable: the graph server does not answer.
        PermanentError: it refuses.
    """
    with graph_http(settings) as server:
        server.drop_database(name)


def graph_databases(settings: Settings) -> list[str]:
    """The names of the databases there are."""
    with graph_http(settings) as server:
        return server.databases()
