"""Migrations are found wherever they lie, and none of them changes its name: applied ones are noted by it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from functions.runtime.stores.migrations import migration_files

ROOT = Path(__file__).resolve().parents[2]

#: Those of releases that are in use: a file under another name would be applied once more.
APPLIED = (
    "0001_ledger.sql", "0002_documents.sql", "0003_schedules.sql", "0004_indexes.sql", "0005_bulk.sql",
    "0006_history.sql", "0007_counts.sql", "0008_steps.sql", "0009_long_rows.sql", "0010_candidates.sql",
    "0011_part_of.sql", "0012_long_titles.sql", "0013_objects.sql", "0015_refusals.sql", "0016_addresses.sql",
    "0016_years_and_quarantine.sql", "0017_leases.sql",
)  # fmt: skip


@pytest.mark.parametrize("suffix", ["sql", "cypher"])
def test_every_migration_in_git_is_found(suffix: str) -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout")
    pattern = f":(glob)functions/**/migrations/*.{suffix}"
    listed = subprocess.run([git, "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sorted(path.name for path in migration_files(suffix)) == sorted(Path(line).name for line in listed.split())


def test_applied_migrations_keep_their_names_and_their_order() -> None:
    assert [path.name for path in migration_files("sql")][: len(APPLIED)] == list(APPLIED)
    assert migration_files("cypher")[0].name == "0001_keys.cypher"
