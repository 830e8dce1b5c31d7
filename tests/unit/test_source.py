"""Dumps in a folder: their names, checksums, what is complete and what is missing."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from functions.extract.download.checksums import decode_checksums, parse_checksums
from functions.extract.download.dump import parse_dump_date, pick_dump
from functions.extract.download.source import find_dump
from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import SettingError, SourceError
from functions.runtime.settings import Settings

SUM = "0123456789abcdef" * 4


@pytest.mark.parametrize("between", [" ", "  ", " *", "\t"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", " \n\n"])
def test_all_forms_of_a_checksum_line_are_read(between: str, end: str) -> None:
    assert parse_checksums(f"{SUM.upper()}{between}discogs_x.xml.gz{end}", "C") == {"discogs_x.xml.gz": SUM}


@pytest.mark.parametrize("line", ["x", SUM, f"{SUM[:-1]} name", f"{SUM}name", f"{SUM}0 name", "<html>", f"name {SUM}"])
def test_another_line_is_named(line: str) -> None:
    with pytest.raises(SourceError, match=r"^discogs_CHECKSUM, line 2 is no checksum: "):
        parse_checksums(f"{SUM} name\n{line}\n", "discogs_CHECKSUM")


@pytest.mark.parametrize("text", ["", "2026", "20261301", "2026-04-01", "20260431", "yesterday"])
def test_what_is_no_date_is_no_dump(text: str) -> None:
    with pytest.raises(SettingError, match="is no dump"):
        parse_dump_date(text)


@pytest.mark.parametrize("folders", ["./", "data/2026/", "/mnt/discogs/", "..\\dumps\\"])
@pytest.mark.parametrize("between", ["  ", " *"])
def test_folders_of_a_checksum_line_are_left_out(folders: str, between: str) -> None:
    assert parse_checksums(f"{SUM}{between}{folders}discogs_x.xml.gz\n", "C") == {"discogs_x.xml.gz": SUM}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("before", ["", "# made by hand\n", "\n ; by hand\n"])
def test_byte_order_marks_and_comments_of_a_checksum_file_are_nothing(encoding: str, before: str) -> None:
    data = f"{before}{SUM} discogs_x.xml.gz\r\n# end".encode(encoding)
    assert parse_checksums(decode_checksums(data), "C") == {"discogs_x.xml.gz": SUM}


def test_two_checksums_of_one_name_are_refused() -> None:
    other = SUM[::-1]
    assert parse_checksums(f"{SUM} a/x\n{SUM.upper()} b/x", "C") == {"x": SUM}
    with pytest.raises(SourceError, match="C, line 2 gives x another checksum"):
        parse_checksums(f"{SUM} a/x\n{other} b/x", "C")


def test_the_newest_complete_dump_is_taken_unless_another_is_wanted() -> None:
    names = [
        "discogs_20260101_CHECKSUM.txt",
        "discogs_20260301_CHECKSUM.txt",
        "discogs_20260401_artists.xml.gz",
        "discogs_99999999_CHECKSUM.txt",
        "other_20270101_CHECKSUM.txt",
    ]
    assert pick_dump(names, None, "here") == dt.date(2026, 3, 1)
    assert pick_dump(names, dt.date(2026, 1, 1), "here") == dt.date(2026, 1, 1)
    with pytest.raises(SourceError, match=r"here has no complete dump 20260401: .*complete: 20260101, 20260301"):
        pick_dump(names, dt.date(2026, 4, 1), "here")
    with pytest.raises(SourceError, match="no complete dump"):
        pick_dump(names[2:3], None, "here")


def place(root: Path, date: str, entities: tuple[Entity, ...] = ENTITIES, *, checksum: bool = True) -> Path:
    folder = root / "data" / date[:4]
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for entity in entities:
        name = f"discogs_{date}_{entity}.xml.gz"
        (folder / name).write_bytes(entity.encode())
        lines.append(f"{hashlib.sha256(entity.encode()).hexdigest()} *{name}\n")
    if checksum:
        (folder / f"discogs_{date}_CHECKSUM.txt").write_text("".join(lines))
    return root


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return Settings(home=str(tmp_path / "home"))


def test_a_dump_is_found_at_any_depth_of_a_folder(plain: Settings, tmp_path: Path) -> None:
    place(place(place(tmp_path / "s", "20251201"), "20260401"), "20260501", checksum=False)
    for source in (str(tmp_path / "s"), f"file://{tmp_path / 's'}", str(tmp_path / "s/data/2026")):
        dump = find_dump(plain, source)
        assert dump.date == dt.date(2026, 4, 1)
        assert [file.entity for file in dump.files] == list(ENTITIES)
        assert (dump.missing, dump.synthetic, dump.bytes) == ([], False, sum(map(len, ENTITIES)))
    assert find_dump(plain, str(tmp_path / "s"), dt.date(2025, 12, 1)).date == dt.date(2025, 12, 1)


def test_a_missing_file_is_named_and_the_rest_is_there(plain: Settings, tmp_path: Path) -> None:
    dump = find_dump(plain, str(place(tmp_path, "20260401", ("artists", "releases"))))
    assert dump.missing == ["labels", "masters"]
    assert [file.entity for file in dump.files] == ["artists", "releases"]


def test_a_mark_says_that_a_dump_was_generated(plain: Settings, tmp_path: Path) -> None:
    place(tmp_path, "20260401")
    (tmp_path / "discogs_20260401_SYNTHETIC.json").write_text("{}")
    assert find_dump(plain, str(tmp_path)).synthetic


def test_a_dump_without_its_checksums_is_not_complete(plain: Settings, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not there"):
        find_dump(plain, str(place(tmp_path, "20260401", checksum=False)), dt.date(2026, 4, 1))


def test_a_file_without_a_line_in_the_checksums_is_refused(plain: Settings, tmp_path: Path) -> None:
    place(tmp_path, "20260401", ("artists",))
    (tmp_path / "discogs_20260401_labels.xml.gz").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"discogs_20260401_labels\.xml\.gz is there, but .* has no line for it"):
        find_dump(plain, str(tmp_path))


def test_checksums_without_any_file_are_no_dump(plain: Settings, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="none of the files"):
        find_dump(plain, str(place(tmp_path, "20260401", ())))


def test_a_source_that_is_no_folder_is_refused(plain: Settings, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"nowhere cannot be used: it is not there\.$"):
        find_dump(plain, str(tmp_path / "nowhere"))
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match=r"file cannot be used: it, or a part of it, is no folder\.$"):
        find_dump(plain, str(tmp_path / "file"))


@pytest.mark.parametrize("source", ["", "   ", "file://", "s3://", "s3:///prefix"])
def test_a_source_that_names_nothing_is_refused(plain: Settings, source: str) -> None:
    with pytest.raises(SettingError):
        find_dump(plain, source)


def test_links_to_folders_and_files_are_followed_and_each_is_read_once(plain: Settings, tmp_path: Path) -> None:
    place(tmp_path / "elsewhere", "20260401")
    root = tmp_path / "root"
    (root / "data").mkdir(parents=True)
    (root / "data/2026").symlink_to(tmp_path / "elsewhere/data/2026")
    (root / "again").symlink_to(tmp_path / "elsewhere/data/2026")
    (root / "data/loop").symlink_to(root)
    dump = find_dump(plain, str(root))
    assert (dump.missing, dump.unreadable) == ([], [])
    (root / "one").mkdir()
    (root / "one/discogs_20260401_artists.xml.gz").symlink_to(dump.files[0].location)
    assert find_dump(plain, str(root)).missing == []


def test_a_file_of_one_name_in_two_folders_is_refused_and_both_are_named(plain: Settings, tmp_path: Path) -> None:
    place(place(tmp_path, "20260401"), "20260501")
    other = tmp_path / "old/discogs_20260501_masters.xml.gz"
    other.parent.mkdir()
    other.write_bytes(b"another")
    with pytest.raises(SettingError) as refused:
        find_dump(plain, str(tmp_path))
    assert str(other) in str(refused.value)
    assert str(tmp_path / "data/2026/discogs_20260501_masters.xml.gz") in str(refused.value)
    assert find_dump(plain, str(tmp_path), dt.date(2026, 4, 1)).missing == []


def test_what_cannot_be_looked_into_is_named(plain: Settings, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/2026").symlink_to(tmp_path / "gone")
    with pytest.raises(
        SourceError, match=r"no complete dump.*Not looked into: .*data/2026 \(a link that leads nowhere"
    ):
        find_dump(plain, str(tmp_path))
    place(tmp_path / "more", "20260401")
    assert find_dump(plain, str(tmp_path)).unreadable == [f"{tmp_path}/data/2026 (a link that leads nowhere)"]


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may look into every folder: for a while this is nobody."""
    before = os.geteuid()
    os.seteuid(before or 65_534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_folder_without_the_right_to_look_into_it_is_named(plain: Settings) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = place(Path(name), "20260401") / "data/2026"
        folder.chmod(0)
        Path(name).chmod(0o755)
        with ordinary_user(), pytest.raises(SourceError, match=r"Not looked into: .*data/2026 \(Permission denied\)"):
            find_dump(plain, name)
        folder.chmod(0o700)


# ── parts
