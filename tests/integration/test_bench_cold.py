"""A benchmark that asks a cold server finds nothing of it in memory."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from infra.bench.harness.cold import Cold
from tests.integration.pipeline import Pipeline

TABLES_ONLY = True


#: Nobody looks at it by himself.
_TABLE: Final = "CREATE TABLE asked_cold (number integer) WITH (autovacuum_enabled = off)"


@pytest.fixture
def table(pipeline: Pipeline) -> Iterator[Path]:
    """The file of a table with rows."""
    pipeline.query(_TABLE)
    pipeline.query("INSERT INTO asked_cold SELECT generate_series(1, 50000)")
    [(folder, path)] = pipeline.query("SELECT current_setting('data_directory'), pg_relation_filepath('asked_cold')")
    yield Path(folder) / path
    pipeline.query("DROP TABLE asked_cold")


def _buffers(pipeline: Pipeline) -> int:
    """Pages of the table that the server has in its memory."""
    [(pages,)] = pipeline.query(
        "SELECT count(*) FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('asked_cold')"
    )
    return int(pages)


def _kept_by_the_system(program: str, file: Path) -> int:
    done = subprocess.run([program, "-b", "-n", "-o", "RES", str(file)], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def test_neither_the_server_nor_the_system_keeps_anything_of_a_table(pipeline: Pipeline, table: Path) -> None:
    cold = Cold(pipeline.context)
    for _ in range(2):
        pipeline.query("SELECT sum(number) FROM asked_cold")
        assert _buffers(pipeline) > 100
        pipeline.query("CHECKPOINT")  # pages written later would be with the system once more
        cold.make()
        assert _buffers(pipeline) == 0
        if program := shutil.which("fincore"):
            assert _kept_by_the_system(program, table) == 0
