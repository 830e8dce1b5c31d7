"""The servers of a home, and what other processes must know to reach them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from functions.runtime.settings import Settings
from infra.stack import arcadedb as arcadedb
from infra.stack import neo4j, valkey
from infra.stack import postgres as postgresql
from infra.stack.arcadedb import Graph
from infra.stack.home import Home, read_json, write_json
from infra.stack.machine_memory import memory_limit, usual_heap
from infra.stack.neo4j import Neo4j
from infra.stack.passwords import ROLES, SESSIONS, WITH_PASSWORD, settle_passwords
from infra.stack.ports import settle_ports
from infra.stack.postgres import Postgres
from infra.stack.postgres_paths import postgres_place
from infra.stack.server import Server
from infra.stack.valkey import Valkey

_ADDRESS_FIELDS = {
    "graph": "graph_address",
    "broker": "broker_url",
    "cache": "cache_url",
    "postgres": "postgres_address",
}


def own_servers(home: Home, settings: Settings, *, durable: bool) -> list[Server]:
    """The servers to start: all of the four whose address the user did not give."""
    remembered = read_json(home.connections)
    ours = {name for name, field in _ADDRESS_FIELDS.items() if getattr(settings, field) in ("", remembered.get(field))}
    ports = settle_ports(home, ["graph", "graph_http", "broker", "cache", "postgres"])
    passwords = settle_passwords(home, WITH_PASSWORD)
    everything: dict[str, Server] = {
        "graph": _graph_server(home, settings, ports, passwords["graph"], durable=durable),
        "broker": valkey.broker(home.path / "broker", ports["broker"], passwords["broker"], durable=durable),
        "cache": valkey.cache(home.path / "cache", ports["cache"], passwords["cache"], memory=settings.cache_memory),
    }
    if "postgres" in ours:  # last: its first start takes a second of its own, in which the others come up
        everything["postgres"] = Postgres(postgres_place(home), ports["postgres"], passwords["postgres"], durable)
    return [server for name, server in everything.items() if name in ours]


def _graph_server(home: Home, settings: Settings, ports: dict[str, int], password: str, *, durable: bool) -> Server:
    """Neo4j where the user has its jars, else the server that comes as a wheel."""
    heap = settings.graph_memory or usual_heap(memory_limit(), batches=not settings.neo4j_jars)
    if settings.neo4j_jars:
        jars = Path(settings.neo4j_jars).absolute()
        more = (heap, settings.graph_page_cache, tuple(settings.neo4j_java.split()))
        return Neo4j(home.neo4j, ports["graph"], password, jars, *more)
    folder = home.path / "graph"
    return Graph(folder, ports["graph"], ports["graph_http"], password, heap, durable=durable)


def write_connections(home: Home, settings: Settings, servers: list[Server], gateway_port: int) -> Settings:
    """Write how to reach the servers, passwords included, for their owner only.

    Returns:
        The settings with which every process of this stack works.
    """
    drawn = settle_passwords(home, [SESSIONS, *ROLES])
    given = settings.session_secret != read_json(home.connections).get("session_secret", "")
    values: dict[str, Any] = {"gateway_port": gateway_port, "session_secret": drawn[SESSIONS]}
    values |= {"gateway_host": settings.gateway_host, "public_url": settings.public_url}
    for server in servers:
        values.update(_connection(server))
        if isinstance(server, Postgres):
            values.update({f"postgres_{role}_password": drawn[name] for name, role in ROLES.items()})
    write_json(home.connections, values)
    if given:
        values["session_secret"] = settings.session_secret
    return msgspec.structs.replace(settings, home=str(home.path), **values)


def _connection(server: Server) -> dict[str, str]:
    match server:
        case Postgres():
            return {
                "postgres_address": server.address,
                "postgres_username": postgresql.USERNAME,
                "postgres_password": server.password,
                "postgres_database": postgresql.DATABASE,
            }
        case Graph():
            return {
                "graph_address": server.address,
                "graph_http": server.http,
                "graph_import": "",
                "graph_username": arcadedb.USERNAME,
                "graph_password": server.password,
                "graph_database": arcadedb.DATABASE,
            }
        case Neo4j():
            return {
                "graph_address": server.address,
                "graph_http": "",
                "graph_import": str(server.imports),
                "graph_username": neo4j.USERNAME,
                "graph_password": server.password,
                "graph_database": neo4j.DATABASE,
            }
        case Valkey():
            return {f"{server.name}_url": server.url}
    raise TypeError(server)
