"""Tests on either graph server: the embedded one, and a Neo4j that the stack owns where its jars and a JDK are.

`graph_settings` (a function): `graph_settings("neo4j")` returns settings on empty databases with that graph server.

    @ON_BOTH_IN_SWEEPS
    def test_something(pipeline: Pipeline) -> None:

`ON_BOTH_IN_SWEEPS` gives the fixture `pipeline` of a module `request.param`: the name of the server.

A Neo4j has one database. It is emptied whenever somebody asks for it, so nobody may use two of them side by side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import neo4j
import psutil
import pytest

from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings
from infra.setup.fetch_neo4j import jars_folder
from infra.stack.daemon import start_detached
from infra.stack.neo4j import check_parts
from infra.stack.stack_client import stack_status
from tests.stack import FreshSettings, RunningStack, temporary_home

GraphSettings = Callable[[str], Settings]

#: A quick compiler does for small data; the thorough one takes ten seconds of CPU at the start alone.
_QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

SERVERS = ("arcadedb", "neo4j")
#: Neo4j in `make faults` only: an import of it takes ten seconds.
SERVERS_IN_SWEEPS = ("arcadedb", pytest.param("neo4j", marks=pytest.mark.sweep))
ON_BOTH_IN_SWEEPS = pytest.mark.parametrize("pipeline", SERVERS_IN_SWEEPS, indirect=True)


def needed_parts() -> None:
    """Skip the test where Neo4j cannot run; CI has to have it."""
    try:
        check_parts(jars_folder())
    except SettingError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI has to run `make neo4j`: {error}")
        pytest.skip(str(error))


def with_own_neo4j(settings: Settings, home: Path) -> Settings:
    """Settings of a stack of its own in this home, whose graph server is Neo4j; the other servers are as before."""
    own = {"home": str(home), "neo4j_jars": str(jars_folder()), "neo4j_java": _QUICK_START}
    return msgspec.structs.replace(settings, graph_address="", graph_http="", **own)


@pytest.fixture(scope="session")
def neo4j_stack(stack: RunningStack) -> Iterator[RunningStack]:
    """A stack whose only server is Neo4j; all others are those of `stack`."""
    needed_parts()
    with temporary_home() as home:
        wanted = with_own_neo4j(stack.settings, home)
        yield RunningStack(start_detached(wanted, durable=False, with_parent=True))


@pytest.fixture(scope="session")
def graph_settings(fresh_settings: FreshSettings, request: pytest.FixtureRequest) -> GraphSettings:
    """A function that makes settings on empty databases with one graph server or the other."""

    def fresh(server: str) -> Settings:
        made = fresh_settings()
        if server != "neo4j":
            return made
        owned: RunningStack = request.getfixturevalue("neo4j_stack")
        empty(owned.settings)
        names = ("home", "graph_address", "graph_http", "graph_import", "graph_username", "graph_password")
        changes = {name: getattr(owned.settings, name) for name in (*names, "graph_database")}
        return msgspec.structs.replace(made, **changes)

    return fresh


def server_pid(stack: RunningStack) -> int | None:
    """The number of the process of a stack's graph server, which may have ended just now; None while there is none."""
    [pid] = [process.pid for process in stack_status(stack.home).processes if process.name == "graph"]
    return pid


def server_process(stack: RunningStack) -> psutil.Process:
    """Of a stack's graph server, as it is now."""
    pid = server_pid(stack)
    assert pid is not None, "there is no graph server just now"  # psutil would take this process instead
    return psutil.Process(pid)


def empty(settings: Settings) -> None:
    """Remove every node, and with them what notes the migrations."""
    auth = (settings.graph_username, settings.graph_password)
    with neo4j.GraphDatabase.driver(settings.graph_address, auth=auth) as driver:
        driver.execute_query("MATCH (n) DETACH DELETE n")
