"""Handing files to a Neo4j: what whoever waits sees of a server that fails, is slow, or is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.load_graph import neo4j_import
from functions.load_graph.bulk.import_csv import FIELD, ImportFile, chunk_of, text
from functions.runtime.errors import PermanentError, RunInactive, StoreUnavailable


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "import" / "one"
    made.mkdir(parents=True)
    return made


def wanted() -> None:
    """It is."""


def test_a_server_that_does_nothing_is_not_waited_for_for_ever(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_import, "TIMEOUT_S", 0.0)
    with pytest.raises(StoreUnavailable, match="has done nothing about its import"):
        neo4j_import.hand_over(folder, ["--help"], wanted)
    assert (folder / "arguments").read_text() == "--help\n"


def test_a_run_that_is_over_waits_no_longer(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def over() -> None:
        raise RunInactive

    monkeypatch.setattr(neo4j_import, "_ASK_EVERY_S", -1.0)
    with pytest.raises(RunInactive):
        neo4j_import.hand_over(folder, [], over)


def test_a_failed_import_says_why(folder: Path) -> None:
    folder.with_name("one.result").write_text("failed\nexit code 1")
    (folder / "import.log").write_text("head " + "x" * 5_000 + "\nthe disk is full\n")
    with pytest.raises(PermanentError, match=r"exit code 1 head x+ … x+ the disk is full") as caught:
        neo4j_import.hand_over(folder, [], wanted)
    assert len(str(caught.value)) < 2_500


def test_what_was_handed_over_before_is_removed(folder: Path) -> None:
    (folder / "node.csv").touch()
    folder.with_name("one.ready").touch()
    folder.with_name("two.result").touch()
    neo4j_import.clear(folder.parent)
    assert list(folder.parent.iterdir()) == []


def test_lines_with_breaks_inside_have_a_file_of_their_own(tmp_path: Path) -> None:
    file = ImportFile(tmp_path, "node-Artist", "--nodes=Artist", ("id:ID(Artist)", "name"))
    assert file.is_empty
    file.write(chunk_of([f"1{FIELD}a", f"2{FIELD}b\nc", f"3{FIELD}{text('')}", f"4{FIELD}d\r", f"5{FIELD}"]))
    file.close()
    header, whole, broken = file.paths
    assert header.read_text() == f"id:ID(Artist){FIELD}name\n"
    assert whole.read_text() == f"1{FIELD}a\n3{FIELD}\x1d\x1d\n5{FIELD}\n"
    assert broken.read_bytes() == b"\x1d2\x1d\x1f\x1db\nc\x1d\n\x1d4\x1d\x1f\x1dd\r\x1d\n"
    assert file.broken == [broken]


def test_a_very_long_line_is_noted_for_the_importer(tmp_path: Path) -> None:
    file = ImportFile(tmp_path, "node-Artist", "--nodes=Artist", ("id:ID(Artist)", "name"))
    file.write(chunk_of([f"1{FIELD}a", f"2{FIELD}{'b' * 2_000_000}"]))
    file.close()
    assert file.longest == 2_000_002
