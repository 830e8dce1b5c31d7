"""What a benchmark says that the stores take on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.runtime.settings import Settings
from infra.bench.harness.disk import Disk, disk_of


@pytest.mark.parametrize("server", ["graph", "neo4j"])
def test_either_graph_server_is_counted_and_no_write_ahead_log(tmp_path: Path, server: str) -> None:
    files = {"pg/base/1": 30, "pg/pg_wal/1": 1_000, f"{server}/data/nodes": 7, "neo4j/data/transactions/1": 500}
    for name, size in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))
    imports = str(tmp_path / "neo4j" / "import") if server == "neo4j" else ""
    assert disk_of(Settings(home=str(tmp_path), graph_import=imports)) == Disk(tables=30, graph=7)
