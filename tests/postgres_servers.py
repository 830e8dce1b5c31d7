"""PostgreSQL servers of a test's own: the embedded one alone, and the system's, which knows ICU."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from functions.runtime.settings import Settings
from infra.stack.home import Home, make_home, write_json
from infra.stack.postgres import DATABASE, USERNAME, Postgres
from infra.stack.postgres_paths import PostgresPlace, postgres_place
from infra.stack.server import Command
from infra.stack.system_user import system_user

_SYSTEM = Path("/usr/lib/postgresql")


def embedded_server(home: Home) -> Postgres:
    """The embedded server of a home, which nobody has started."""
    make_home(home.path)
    return Postgres(postgres_place(home), 1, "a password", durable=False)


@contextmanager
def started(server: Postgres, home: Home) -> Iterator[Settings]:
    """The settings that reach it, as long as it runs."""
    server.prepare()
    write_json(home.connections, {"postgres_address": server.address})
    with running(server.command()):
        wait_until(lambda: asyncio.run(server.ready()))
        yield Settings(
            home=str(home.path),
            postgres_address=server.address,
            postgres_username=USERNAME,
            postgres_password=server.password,
            postgres_database=DATABASE,
        )


@contextmanager
def system_server(home: Home) -> Iterator[Settings]:
    """An empty database of the PostgreSQL that the system has."""
    programs = sorted(_SYSTEM.glob("*/bin/initdb"))
    if not programs:
        assert os.environ.get("CI") != "true", "CI has to install postgresql"
        pytest.skip("the system has no PostgreSQL of its own")
    make_home(home.path)
    place = PostgresPlace(postgres_place(home).folder, programs[-1].parent, system_user())
    data, user = place.make("system"), place.user
    ids = (user.uid, user.gid) if user else None
    options = ("--username", USERNAME, "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
    initdb = Command((str(programs[-1]), "--pgdata", str(data), *options), place.folder, {"LC_ALL": "C"}, ids)
    assert spawn(initdb).wait() == 0
    here = ("-c", "listen_addresses=", "-c", f"unix_socket_directories={place.sockets}", "-c", "fsync=off")
    settings = Settings(
        home=str(home.path),
        postgres_address=str(place.sockets),
        postgres_username=USERNAME,
        postgres_database="postgres",
    )
    with running(Command((str(place.programs / "postgres"), "-D", str(data), *here), place.folder, {}, ids)):
        wait_until(lambda: _answers(settings))
        yield settings


def spawn(command: Command) -> subprocess.Popen[bytes]:
    """Start a program as the supervisor does."""
    uid, gid = command.user or (None, None)
    return subprocess.Popen(
        command.argv,
        cwd=command.cwd,
        env={"PATH": os.defpath, **command.env},
        user=uid,
        group=gid,
        extra_groups=None if uid is None else [],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@contextmanager
def running(command: Command) -> Iterator[None]:
    """A server that ends at the end."""
    process = spawn(command)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def wait_until(answers: object, seconds: float = 60.0) -> None:
    """Wait for a server."""
    assert callable(answers)
    deadline = time.monotonic() + seconds
    while not answers():
        assert time.monotonic() < deadline, "the server does not answer"
        time.sleep(0.05)


def _answers(settings: Settings) -> bool:
    try:
        psycopg.connect(host=settings.postgres_address, user=USERNAME, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True
