"""PostgreSQL with nothing in memory: its buffers emptied, and what the system keeps of its files dropped."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "cold.sql")


class Cold:
    """The server of a stack on this machine, to be made cold as often as is wanted; its connections stay open."""

    def __init__(self, context: Context) -> None:
        self._context = context
        with context.statements() as connection:
            for statement in (_sql.extension, _sql.checkpoint):
                connection.execute(statement)
            [(folder,)] = connection.execute(_sql.folder).fetchall()
        self._files = list(_files(Path(folder)))

    @staticmethod
    def is_possible() -> bool:
        """Whether this system can be told to drop pages of files."""
        return hasattr(os, "posix_fadvise")

    def make(self) -> None:
        """Empty the server's buffers, then drop what is kept of its files."""
        with self._context.statements() as connection:
            connection.execute(_sql.evict)
        for file in self._files:
            _drop(file)


def _files(folder: Path) -> Iterator[Path]:
    """Files of tables and indexes that have something in them."""
    for below in ("base", "global"):
        yield from (path for path in (folder / below).rglob("*") if path.is_file() and path.stat().st_size)


def _drop(file: Path) -> None:
    """The system drops only what is on the disk: also what was read may have been written again, with hints."""
    try:
        descriptor = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return  # a table that is gone meanwhile
    try:
        os.fdatasync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)
