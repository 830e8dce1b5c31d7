"""The embedded stack as others find it: its addresses, its files, its secrets."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import msgspec
import psutil
import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from functions.registry import FUNCTIONS
from functions.runtime.errors import RefusedError
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import open_context, postgres_conninfo
from infra.stack.daemon import start_detached
from infra.stack.graph_databases import create_graph_database, drop_graph_database, graph_databases
from infra.stack.home import Home, read_json
from infra.stack.stack_client import stack_status
from tests.stack import FreshSettings, RunningStack, environment_of

LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def processes_of(stack: RunningStack) -> list[psutil.Process]:
    """The supervisor and all that it has started."""
    supervisor = psutil.Process(stack_status(stack.home).pid)
    return [supervisor, *supervisor.children(recursive=True)]


def passwords_of(stack: RunningStack) -> list[str]:
    return [str(password) for password in read_json(Home(stack.home).passwords).values()]


def test_fresh_settings_reach_empty_stores(settings: Settings) -> None:
    with open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            assert connection.execute("SELECT current_database()").fetchone() == (settings.postgres_database,)
        with context.graph_session() as session:
            assert session.run("MATCH (n) RETURN count(n) AS n").single(strict=True)["n"] == 0
    assert list(Path(settings.bucket_url).iterdir()) == []


def test_fresh_settings_share_nothing(fresh_settings: FreshSettings) -> None:
    one, other = fresh_settings(), fresh_settings()
    with open_context(one, FUNCTIONS) as context, context.graph_session() as session:
        session.run("CREATE (:Artist {id: 1})").consume()
    with open_context(other, FUNCTIONS) as context, context.graph_session() as session:
        assert session.run("MATCH (n) RETURN count(n) AS n").single(strict=True)["n"] == 0
    assert one.postgres_database != other.postgres_database
    assert one.broker_namespace != other.broker_namespace
    assert one.bucket != other.bucket


def test_a_process_with_the_environment_of_settings_reads_these_settings(settings: Settings) -> None:
    assert read_settings(environment_of(settings)) == settings


def test_every_process_finds_the_stack_by_its_home_alone(stack: RunningStack) -> None:
    assert read_settings({"LINERNOTES_HOME": str(stack.home)}) == stack.settings


def test_every_listening_socket_is_on_loopback(stack: RunningStack) -> None:
    listening = [
        connection.laddr.ip
        for process in processes_of(stack)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
    ]
    assert len(listening) == 4  # broker, cache, Bolt, HTTP
    assert set(listening) <= LOOPBACK


def test_every_file_is_readable_by_its_owner_only(stack: RunningStack) -> None:
    private = [stack.home / name for name in ("graph", "broker", "cache", "bucket", "dumps", "logs", "run")]
    assert {path.stat().st_mode & 0o077 for path in private} == {0}
    for passed in (stack.home, stack.home / "pg"):  # as root, the group may pass through to PostgreSQL's files
        assert passed.stat().st_mode & 0o067 == 0
    if (stack.home / "pg" / "data").exists():
        assert {(stack.home / "pg" / name).stat().st_mode & 0o077 for name in ("data", "s")} == {0}
    files = [*Home(stack.home).secret_files(), *Home(stack.home).logs.glob("*.log")]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_no_process_shows_a_secret_in_its_command_line_or_environment(stack: RunningStack) -> None:
    for process in processes_of(stack):
        shown = [*process.cmdline(), *process.environ().values()]
        assert not [text for text in shown for password in passwords_of(stack) if password in text]


def test_secrets_are_in_the_named_files_only(stack: RunningStack) -> None:
    named = set(Home(stack.home).secret_files())
    holding = {
        path
        for path in stack.home.rglob("*")
        if path.is_file() and any(password.encode() in path.read_bytes() for password in passwords_of(stack))
    }
    assert holding == named


def test_a_wrong_password_is_refused_by_every_server(stack: RunningStack) -> None:
    wrong = msgspec.structs.replace(stack.settings, postgres_password="wrong", graph_password="wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres_conninfo(wrong))
    with pytest.raises(Exception, match="Security error"):
        graph_databases(wrong)
    for url in (stack.settings.broker_url, stack.settings.cache_url):
        port = url.rpartition(":")[2].partition("/")[0]
        with (
            redis.Redis(port=int(port), retry=Retry(NoBackoff(), 0)) as client,
            pytest.raises(redis.AuthenticationError),
        ):
            client.ping()


def test_the_broker_keeps_everything_and_the_cache_only_what_fits(stack: RunningStack) -> None:
    with redis.Redis.from_url(stack.settings.broker_url) as broker:
        assert broker.config_get("appendonly") == {"appendonly": "yes"}
        assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    with redis.Redis.from_url(stack.settings.cache_url) as cache:
        assert cache.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
        assert cache.config_get("maxmemory") == {"maxmemory": str(128 * 1024 * 1024)}


def test_postgresql_compares_and_folds_letters_of_every_script(stack: RunningStack) -> None:
    with psycopg.connect(postgres_conninfo(stack.settings)) as connection:
        query = "SELECT lower('КИНО BJÖRK'), current_setting('TimeZone'), current_setting('server_encoding')"
        assert connection.execute(query).fetchone() == ("кино björk", "UTC", "UTF8")


def test_a_second_up_says_that_it_is_up(stack: RunningStack) -> None:
    with pytest.raises(RefusedError, match="already up"):
        start_detached(Settings(home=str(stack.home)), durable=False, with_parent=True)
    assert stack_status(stack.home).ready


def test_status_names_every_server_with_its_process_and_memory(stack: RunningStack) -> None:
    status = stack_status(stack.home)
    assert {process.name for process in status.processes} == {"postgres", "graph", "broker", "cache"}
    for process in status.processes:
        assert (process.state, process.kind, process.restarts) == ("ready", "server", 0)
        assert process.pid
        assert psutil.pid_exists(process.pid)
        assert process.memory > 1_000_000


def test_a_graph_database_is_made_and_dropped_once_however_often_asked(stack: RunningStack) -> None:
    for _ in range(2):
        create_graph_database(stack.settings, "twice")
        assert "twice" in graph_databases(stack.settings)
    for _ in range(2):
        drop_graph_database(stack.settings, "twice")
        assert "twice" not in graph_databases(stack.settings)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs PostgreSQL itself")
def test_postgresql_does_not_run_as_root(stack: RunningStack) -> None:
    users = {process.username() for process in processes_of(stack) if process.name() == "postgres"}
    assert users == {"linernotes"}
