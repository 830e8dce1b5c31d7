"""What is told of a migration: how long it may take, and how far it is."""

from __future__ import annotations

import re

import pytest

from functions.runtime.stores.migrations import Work, migration_files, work_of
from functions.runtime.stores.statement_progress import duration, sentence

#: Tables that may have millions of rows.
LARGE = (
    "artists", "labels", "masters", "releases", "record_state", "tombstones", "changes", "quarantine", "release_facts",
    "events", "graph_candidates",
)  # fmt: skip
#: Until then nobody has been told.
FIRST_TOLD = "0026"


def test_what_a_migration_says_of_its_work_is_read() -> None:
    text = "-- work: labels, releases at 150,000 rows/s\nCREATE INDEX …;\n-- work: masters at 900 rows/s\n"
    assert work_of(text) == [Work(("labels", "releases"), 150_000.0), Work(("masters",), 900.0)]
    assert work_of("-- It takes all releases at once.\n") == []


def test_every_migration_that_works_on_large_tables_says_how_long_that_takes() -> None:
    tables = "|".join(LARGE)
    works = re.compile(rf"(INDEX [^;]*?\bON|UPDATE|ALTER TABLE) ({tables})\b")
    files = [path for path in migration_files("sql") if path.name >= FIRST_TOLD]
    texts = {path.name: re.sub(r"ALTER TABLE [^;]* (ADD|SET|RENAME) [^;]*;", "", path.read_text()) for path in files}
    assert any(map(work_of, texts.values()))
    assert [name for name, text in texts.items() if works.search(re.sub(r"--.*", "", text)) and not work_of(text)] == []


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "about 1 s"), (20, "about 20 s"), (119.6, "about 120 s"), (420, "about 7 minutes")]
)
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_how_far_a_statement_is_is_said_as_well_as_it_is_known() -> None:
    assert sentence("0027_x.sql", 12, 0, None) == "0027_x.sql, 12 s"
    assert sentence("0027_x.sql", 12, 60, None) == "0027_x.sql, 12 s of about 60 s"
    assert sentence("0027_x.sql", 70, 60, ("labels", 0.437)) == "0027_x.sql, an index of labels: 44 % read, 70 s"
    assert sentence("words", 70, 0, ("labels", None)) == "words, an index of labels: its rows are sorted, 70 s"
