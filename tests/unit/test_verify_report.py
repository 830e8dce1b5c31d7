"""What a comparison says, and from which files it begins."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from functions.runtime.errors import SourceError
from infra.verify.idset import IdSet
from infra.verify.report import KINDS, Findings, Report, render
from infra.verify.rows import differing
from infra.verify.source import files_of

DUMP = date(2026, 4, 1)


def shown(report: Report) -> str:
    console = Console(width=120)
    with console.capture() as capture:
        console.print(render(report))
    return capture.get()


def test_a_report_has_every_kind_and_is_equal_when_none_was_found() -> None:
    report = Findings().report("2026-04-01")
    assert report.equal
    assert list(report.differences) == list(KINDS)
    decoded = msgspec.json.decode(msgspec.json.encode(report))
    assert decoded["equal"] is True
    assert decoded["differences"]["missing_row"] == {"count": 0, "examples": []}
    assert "equal: the stores hold the dump." in shown(report)


def test_the_title_of_what_was_checked_stands_in_one_line() -> None:
    report = Report(dump="2026-04-01", equal=True, differences={}, checked={"rows": 5}, quirks={"odd": 1})
    said = shown(report)
    assert "checked against the dump of 2026-04-01" in said.splitlines()[0]
    assert [line.split() for line in said.splitlines()[1:4]] == [["rows", "5"], ["quirks"], ["odd", "1"]]


def test_examples_stop_at_the_limit_and_the_count_goes_on() -> None:
    ours, theirs = Findings(examples=3), Findings(examples=3)
    for number in range(2):
        ours.found("missing_row", f"artist {number}")
    for number in range(2, 6):
        theirs.found("missing_row", f"artist {number}")
    ours.add(theirs)
    found = ours.report("2026-04-01").differences["missing_row"]
    assert (found.count, found.examples) == (6, ["artist 0", "artist 1", "artist 2"])


def test_a_report_is_readable() -> None:
    findings = Findings(examples=1)
    findings.checked["artists"] = 12_345
    findings.quirks["quarantined"] = 1
    findings.found("extra_edge", "(Release 1)-[:BY]->(Artist 2) is one too many.", 2)
    text = shown(findings.report("2026-04-01"))
    assert "12,345" in text
    assert "quarantined" in text
    assert "extra_edge: 2 × an edge that no record states, or one too many" in text
    assert "(Release 1)-[:BY]->(Artist 2) is one too many." in text
    assert "… and 1 more" in text
    assert "not equal: 2 differences." in text


def test_values_differ_by_place_and_by_type() -> None:
    expected = {"a": [1, {"b": "x"}], "c": True, "d": 1}
    found = {"a": [1, {"b": "y"}, 2], "c": 1, "d": 1.0}
    assert [path for path, _, _ in differing(expected, found)] == ["data.a[1].b", "data.a[2]", "data.c", "data.d"]


def test_a_set_of_ids_holds_any_64_bits_in_order() -> None:
    ids = IdSet([5, -3, 2**63 - 1, -(2**63), 5])
    ids.add(7)
    assert list(ids) == [-(2**63), -3, 5, 7, 2**63 - 1]
    assert 5 in ids
    assert 6 not in ids
    assert list(ids - IdSet([5])) == [-(2**63), -3, 7, 2**63 - 1]
    assert list(ids & IdSet([5, 6])) == [5]
    assert len(ids | IdSet([6])) == 6
    assert list(ids.batches(3)) == [[-(2**63), -3, 5], [7, 2**63 - 1]]


def file(folder: Path, entity: str, content: bytes = b"x", dump: str = "20260401") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"discogs_{dump}_{entity}.xml.gz"
    path.write_bytes(content)
    return path


def test_the_files_of_a_dump_are_found_at_any_depth(tmp_path: Path) -> None:
    artists = file(tmp_path, "artists")
    labels = file(tmp_path / "deeper", "labels")
    file(tmp_path, "masters", dump="20260301")
    assert files_of(tmp_path, DUMP) == {"artists": artists, "labels": labels}
    assert files_of([artists], DUMP) == {"artists": artists}


def test_a_folder_without_the_dump_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file named discogs_20260401_"):
        files_of(tmp_path, DUMP)


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    file(tmp_path, "artists")
    file(tmp_path / "deeper", "artists")
    with pytest.raises(SourceError, match="same name"):
        files_of(tmp_path, DUMP)


@pytest.mark.parametrize("separator", [" ", "  ", " *"])
def test_a_file_must_have_its_checksum(tmp_path: Path, separator: str) -> None:
    path = file(tmp_path, "artists")
    sums = tmp_path / "discogs_20260401_CHECKSUM.txt"
    sums.write_text(f"{hashlib.sha256(b'x').hexdigest()}{separator}{path.name}\n")
    assert files_of(tmp_path, DUMP) == {"artists": path}
    path.write_bytes(b"y")
    with pytest.raises(SourceError, match="CHECKSUM file says"):
        files_of(tmp_path, DUMP)
