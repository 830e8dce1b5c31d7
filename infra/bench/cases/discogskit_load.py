"""discogskit loading releases into PostgreSQL by COPY, indexes afterwards: by its plain command, or at its fastest."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from functions.runs.reset import reset
from functions.runtime.addresses import host_and_port
from functions.runtime.errors import PermanentError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from infra.bench.cases.discogskit import interpreter

SCHEMA = "discogskit"
_sql = statements(__file__, "discogskit_load.sql")
#: Parts for each core at least; its own default of 256 MiB leaves all but one core idle on a small file.
_CHUNKS = 4
_MOST_CHUNK = 256


def prepare(context: Context) -> None:
    """Make its environment, empty the stores, drop what it loaded, and let PostgreSQL write out what is left to write.

    Raises:
        PermanentError: it cannot be installed.
    """
    interpreter()
    reset(context)
    with context.connection() as connection:
        connection.execute(_sql.drop)
    with context.connection() as connection:
        connection.execute(_sql.checkpoint)


#: How it is called: as a user would, with all that its help names for speed, and with that and tables without a log.
Way = Literal["plain", "fastest", "unlogged"]


def load_releases(settings: Settings, path: Path, xml_bytes: int, way: Way) -> None:
    """Load a `.xml.gz` into tables of its own schema: decompressed, parsed, copied, indexed by its own command.

    Its tables have a primary key on releases and an index on the release of each of eleven child tables, no other.

    Args:
        settings: where PostgreSQL is.
        path: the file.
        xml_bytes: what it holds, decompressed.
        way: how it is called; `unlogged` leaves tables that a crash empties, and ours are not such.

    Raises:
        PermanentError: it failed.
    """
    command = [
        *(str(Path(interpreter()).with_name("discogskit")), "load", "--no-progress"),
        *([] if way == "plain" else _fastest(xml_bytes)),
        *("--pg-schema", SCHEMA, "--pg-create-schema", *(["--pg-unlogged"] if way == "unlogged" else [])),
        str(path),
    ]
    with _environment(settings) as environment:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise PermanentError(f"discogskit failed on {path.name}: {(done.stderr or done.stdout).strip()[-300:]}")


def _fastest(xml_bytes: int) -> list[str]:
    """Workers for every core, and chunks enough for all of them."""
    cores = str(os.cpu_count() or 1)
    chunk = str(max(1, min(_MOST_CHUNK, xml_bytes // 2**20 // (_CHUNKS * int(cores)))))
    workers = ("--parse-workers", cores, "--pg-write-workers", cores, "--pg-index-workers", cores)
    return ["--chunk-mb", chunk, *workers]


def loaded(context: Context) -> int:
    """How many releases its table holds."""
    with context.connection() as connection:
        row = connection.execute(_sql.count).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def _environment(settings: Settings) -> Iterator[dict[str, str]]:
    """The address in a variable, the password in a file for its owner only: neither is in a list of processes."""
    host, port = host_and_port(settings.postgres_address)
    user, database = quote(settings.postgres_username, safe=""), quote(settings.postgres_database, safe="")
    dsn = f"postgresql:///{database}?host={quote(host, safe='')}&port={port}&user={user}"
    with tempfile.NamedTemporaryFile("w", prefix="linernotes-bench-") as file:  # made with mode 0600
        secret = settings.postgres_password.replace("\\", "\\\\").replace(":", "\\:")
        file.write(f"*:*:*:*:{secret}\n")
        file.flush()
        yield os.environ | {"DATABASE_URL": dsn, "PGPASSFILE": file.name}
