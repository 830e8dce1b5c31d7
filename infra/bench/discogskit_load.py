"""discogskit loading releases into PostgreSQL, as its documents say it is fastest: bulk COPY, indexes afterwards."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from functions.control.reset import reset
from functions.runtime.context import Context, host_and_port
from functions.runtime.errors import PermanentError
from functions.runtime.settings import Settings
from functions.runtime.statements import statements
from infra.bench.discogskit import interpreter

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


def load_releases(settings: Settings, path: Path, xml_bytes: int, *, unlogged: bool) -> None:
    """Load a `.xml.gz` into tables of its own schema: decompressed, parsed, copied, indexed by its own command.

    Its tables have a primary key on releases and an index on the release of each of eleven child tables, no other.

    Args:
        settings: where PostgreSQL is.
        path: the file.
        xml_bytes: what it holds, decompressed.
        unlogged: its fastest, with tables that a crash empties; ours are not such.

    Raises:
        PermanentError: it failed.
    """
    cores = str(os.cpu_count() or 1)
    chunk = str(max(1, min(_MOST_CHUNK, xml_bytes // 2**20 // (_CHUNKS * int(cores)))))
    command = [
        *(str(Path(interpreter()).with_name("discogskit")), "load", "--no-progress"),
        *("--chunk-mb", chunk, "--parse-workers", cores, "--pg-write-workers", cores, "--pg-index-workers", cores),
        *("--pg-schema", SCHEMA, "--pg-create-schema", *(["--pg-unlogged"] if unlogged else [])),
        str(path),
    ]
    with _environment(settings) as environment:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise PermanentError(f"discogskit failed on {path.name}: {(done.stderr or done.stdout).strip()[-300:]}")


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
