"""A benchmark that asks a cold server finds nothing of it in memory."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from infra.bench.harness.cold import Cold
from tests.integration.pipeline import Pipeline

TABLES_ONLY = True


def _buffers(pipeline: Pipeline) -> int:
    """Pages of the table that the server has in its memory."""
    [(pages,)] = pipeline.query(
        "SELECT count(*) FROM pg_buffercache WHERE relfilenode = pg_relation_filenode('counts')"
    )
    return int(pages)


def _kept_by_the_system(program: str, file: Path) -> int:
    done = subprocess.run([program, "-b", "-n", "-o", "RES", str(file)], capture_output=True, text=True, check=True)
    return int(done.stdout.split()[0])


def test_neither_the_server_nor_the_system_keeps_anything_of_a_table(pipeline: Pipeline) -> None:
    pipeline.query("INSERT INTO counts SELECT 'year', n::text, n, n FROM generate_series(1, 50000) AS n")
    [(folder, path)] = pipeline.query("SELECT current_setting('data_directory'), pg_relation_filepath('counts')")
    cold = Cold(pipeline.context)
    for _ in range(2):
        pipeline.query("SELECT sum(releases) FROM counts")
        assert _buffers(pipeline) > 100
        cold.make()
        assert _buffers(pipeline) == 0
        if program := shutil.which("fincore"):
            assert _kept_by_the_system(program, Path(folder) / path) == 0
