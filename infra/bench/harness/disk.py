"""What the stores of a benchmark's stack take on the disk. Write-ahead logs are left out: those stop growing."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from functions.runtime.settings import Settings
from functions.runtime.stores.folder_size import graph_folder
from infra.stack.home import Home
from infra.stack.postgres_paths import outside_folder

#: The folders of PostgreSQL's and Neo4j's write-ahead logs.
_LOGS = {"pg_wal", "transactions"}


class Disk(NamedTuple):
    """Bytes of PostgreSQL's files and of the graph server's.

    A Neo4j that is written to over Bolt may hold some in memory for 15 minutes; its importer leaves all on the disk.
    """

    tables: int
    graph: int


def disk_of(settings: Settings) -> Disk:
    """What the stores take now."""
    home = Home(Path(settings.home))
    return Disk(_bytes(home.path / "pg") + _bytes(outside_folder(home)), _bytes(graph_folder(settings)))


def _bytes(folder: Path) -> int:
    files = (path for path in folder.rglob("*") if path.is_file() and _LOGS.isdisjoint(path.parts))
    return sum(path.stat().st_size for path in files)
