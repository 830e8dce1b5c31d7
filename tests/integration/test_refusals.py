"""Files that hold no record of their entity, and runs that stop by themselves: nothing is removed for either."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from functions.extract.parse.choose_engine import resolve_engine
from functions.runs.run_status import run_view
from functions.runtime.ledger.models import Run
from functions.runtime.messages import Finish, LoadTable, ParseChunk
from tests.integration.pipeline import (
    APRIL,
    JUNE,
    MAY,
    Pipeline,
    artist,
    deliver,
    entity_file,
    label,
    release,
    small,
    split_of,
    write_checksums,
    write_dump,
)

PIPELINE = {"part_bytes": 20_000, "quarantine_bytes": 4_000}
TABLES_ONLY = True

LXML_AND_NATIVE = ("lxml", resolve_engine("auto"))

#: What stands in place of the artists, and what is said of it.
NO_ARTISTS = {
    "an HTML page": (gzip.compress(b"<!DOCTYPE html><html><artist><id>1</id></artist></html>"), "HTML page"),
    "UTF-16": (gzip.compress(f"<artists>{artist(1)}</artists>".encode("utf-16")), "UTF-16"),
    "compressed twice": (gzip.compress(gzip.compress(f"<artists>{artist(1)}</artists>".encode())), "compressed twice"),
    "releases": (gzip.compress(f"<releases>{release(1)}</releases>".encode()), "a dump of releases"),
    "zero bytes": (b"", "the file is empty"),
    "nothing within": (gzip.compress(b""), "the file is empty"),
    "a root that closes itself": (gzip.compress(b"<artists/>"), "holds no <artist>"),
    "a root without records": (gzip.compress(b"<artists>\n</artists>"), "holds no <artist>"),
    "capitals": (gzip.compress(f"<artists>{artist(1).replace('artist', 'Artist')}</artists>".encode()), "no <artist>"),
    "text": (b"Just a moment...", "no XML"),
    "damage from the start": (gzip.compress(b"<artists>")[:10] + b"\x07" * 50, "damaged"),
}


def load(pipeline: Pipeline, folder: Path, **options: Any) -> Run:
    """Load a dump into the tables alone."""
    return pipeline.load(folder, only_store="table", **options)


def put_artists(folder: Path, data: bytes) -> None:
    entity_file(folder, MAY, "artists").write_bytes(data)
    write_checksums(folder, MAY)


def many(broken: int, of: int = 1_200, more: str = "") -> list[str | bytes]:
    """Labels, of which some have no number for an id of their parent."""
    bad = "<parentLabel id='x'>P</parentLabel>"
    return [label(number, bad if number <= broken else more) for number in range(1, of + 1)]


# ── files without a record


def test_a_file_without_a_record_is_refused_and_costs_only_its_entity(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["labels"] = records["labels"][:-1]
    records["releases"] = [release(number, "<notes>new</notes>") for number in range(1, 61)]
    write_dump(tmp_path, MAY, records)
    for data, words in NO_ARTISTS.values():
        put_artists(tmp_path, data)
        for engine in LXML_AND_NATIVE:
            run = load(pipeline, tmp_path, engine=engine, accept_deletions=True)
            file = pipeline.files(run)["artists"]
            assert (run.state, file.state, file.whole, file.parts) == ("done", "refused", False, 0)
            assert words in str(file.problem)
            [(said,)] = pipeline.query(
                "SELECT detail ->> 'problem' FROM events WHERE kind = 'file-refused' ORDER BY id"
            )[-1:]
            assert said == file.problem
    assert pipeline.ids("artists") == set(range(1, 41))
    assert pipeline.tombstones() == {("labels", 10)}
    assert pipeline.query("SELECT count(*) FROM releases WHERE dump = %s", MAY) == [(60,)]
    assert pipeline.quarantined() == []
    assert pipeline.work_left() == []


def test_a_refused_file_begins_no_history_and_a_later_one_does(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, MAY, records)
    put_artists(tmp_path, b"")
    load(pipeline, tmp_path)
    load(pipeline, write_dump(tmp_path, JUNE, records))
    assert pipeline.query("SELECT dump, settled FROM baselines WHERE entity = 'artists'") == [(JUNE, True)]
    assert pipeline.query("SELECT count(*) FROM changes") == [(0,)]


def test_a_small_file_of_which_nothing_is_sound_is_refused_at_the_end(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["labels"] = [f"<label><id>{number}</id><name>a & b</name></label>" for number in range(1, 11)]
    write_dump(tmp_path, MAY, records)
    for _ in range(2):
        run = load(pipeline, tmp_path, accept_deletions=True)
        file = pipeline.files(run)["labels"]
        assert (run.state, file.state) == ("done", "refused")
        assert "all of its 10 lie in quarantine" in str(file.problem)
    assert pipeline.ids("labels") == set(range(1, 11))
    assert pipeline.tombstones() == set()


@pytest.mark.parametrize("engine", LXML_AND_NATIVE)
def test_a_file_that_is_not_compressed_and_bytes_behind_the_compressed_ones_do_no_harm(
    pipeline: Pipeline, tmp_path: Path, engine: str
) -> None:
    write_dump(tmp_path, MAY, small())
    path = entity_file(tmp_path, MAY, "artists")
    for data, words in (
        (gzip.decompress(path.read_bytes()), "not compressed"),
        (path.read_bytes() + b"\r\n", "2 bytes behind the compressed data"),
    ):
        put_artists(tmp_path, data)
        run = load(pipeline, tmp_path, engine=engine)
        file = pipeline.files(run)["artists"]
        assert (run.state, file.state, file.whole, file.problem) == ("done", "split", True, None)
        assert words in str(file.note)
        assert pipeline.ids("artists") == set(range(1, 41))


def test_verify_compares_all_but_the_file_that_it_cannot_read(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    pipeline.load(write_dump(tmp_path, APRIL, records))
    write_dump(tmp_path, MAY, records)
    for data, _ in NO_ARTISTS.values():
        put_artists(tmp_path, data)
        pipeline.load(tmp_path)
        found = pipeline.differences(tmp_path, MAY)
        assert list(found) == ["unreadable_file"]
        assert found["unreadable_file"][0].startswith("artists: discogs_20260501_artists.xml.gz was not compared")
    path = entity_file(tmp_path, MAY, "artists")
    write_dump(tmp_path, MAY, records)
    for data in (path.read_bytes() + b"\n", gzip.decompress(path.read_bytes())):
        put_artists(tmp_path, data)
        pipeline.load(tmp_path)
        assert pipeline.differences(tmp_path, MAY) == {}
    pipeline.reset()


# ── shares of rejected records


@pytest.mark.parametrize("engine", LXML_AND_NATIVE)
def test_a_run_with_too_many_records_without_an_id_stops(pipeline: Pipeline, tmp_path: Path, engine: str) -> None:
    records = small()
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["artists"] = records["artists"][:-1]
    records["releases"] += ["<release><title>x</title></release>"] * 3_000
    write_dump(tmp_path, MAY, records)
    for _ in range(2):
        run = load(pipeline, tmp_path, engine=engine)
        assert run.state == "stopped"
        assert "releases (98.0%) make no document" in str(run.reason)
        assert "--accept-rejected" in str(run.reason)
    assert pipeline.tombstones() == set()
    run = load(pipeline, tmp_path, engine=engine, accept_rejected=True)
    assert run.state == "done"
    assert pipeline.tombstones() == {("artists", 40)}
    [file] = [file for file in run_view(pipeline.context, run.id).files if file.entity == "releases"]
    assert (file.quarantined, file.unkept > 2_800) == (3_000, True)
    [(kept, size)] = pipeline.query("SELECT sum(octet_length(bytes)), sum(size) FROM quarantine")
    assert (kept <= 4_000, size) == (True, 3_000 * len(records["releases"][-1]))


def test_a_run_with_too_many_malformed_records_stops_again_until_they_are_accepted(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    records = small()
    records["labels"] = many(0)
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["labels"] = many(60)[:-1]
    write_dump(tmp_path, MAY, records)
    first = load(pipeline, tmp_path)
    assert "labels (" in str(first.reason)
    assert [load(pipeline, tmp_path).state for _ in range(2)] == ["stopped"] * 2
    assert pipeline.tombstones() == set()
    run = load(pipeline, tmp_path, accept_rejected=True)
    assert (run.state, pipeline.tombstones()) == ("done", {("labels", 1_200)})
    records["labels"] = many(12)
    write_dump(tmp_path, JUNE, records)
    assert load(pipeline, tmp_path).state == "done"  # not more than 1 %


def test_duplicates_count_as_rejected(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["labels"] = [*many(0), *many(0, of=13)]
    write_dump(tmp_path, MAY, records)
    assert "13 of 1,213 labels (1.1%)" in str(load(pipeline, tmp_path).reason)


def test_nothing_of_a_part_is_loaded_that_stops_the_run(pipeline: Pipeline, tmp_path: Path) -> None:
    write_dump(tmp_path, MAY, {"labels": many(1_200)})
    begun, messages = split_of(pipeline, tmp_path, only_store="table", entities=("labels",))
    parsed = [
        answer for message in messages if isinstance(message, ParseChunk) for answer in deliver(pipeline, message)
    ]
    assert pipeline.run(begun.run.id).state == "stopped"
    for message in parsed:
        if isinstance(message, LoadTable):
            deliver(pipeline, message)
    assert pipeline.ids("labels") == set()
    assert len(pipeline.quarantined()) < 1_200


def test_removals_wait_until_the_rest_cannot_stop_the_run(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["labels"] = many(0)
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["labels"] = many(60)
    records["artists"] = records["artists"][:-1]
    write_dump(tmp_path, MAY, records)
    begun, messages = split_of(pipeline, tmp_path, only_store="table", accept_rejected=False)
    assert deliver(pipeline, Finish(run=begun.run.id)) == []
    assert pipeline.tombstones() == set()
    pipeline.go_on(messages)
    assert (pipeline.run(begun.run.id).state, pipeline.tombstones()) == ("stopped", set())
    begun, messages = split_of(pipeline, tmp_path, only_store="table", accept_rejected=True)
    parts = [message for message in messages if isinstance(message, ParseChunk)]
    deliver(pipeline, Finish(run=begun.run.id))
    for message in parts:
        sent = deliver(pipeline, message)
    assert Finish(run=begun.run.id) in sent or pipeline.tombstones() == {("artists", 40)}


# ── fields


def test_a_run_stops_when_a_field_collapses_until_that_is_accepted(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["labels"] = many(0, of=400, more="<profile>p</profile>")
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["artists"] = records["artists"][:-1]
    records["labels"] = many(0, of=400, more="<Profile>p</Profile>")
    write_dump(tmp_path, MAY, records)
    for _ in range(2):
        run = load(pipeline, tmp_path)
        assert run.state == "stopped"
        assert "lost profile of labels" in str(run.reason)
    assert pipeline.tombstones() == set()
    run = load(pipeline, tmp_path, accept_collapsed=True)
    assert (run.state, pipeline.tombstones()) == ("done", {("artists", 40)})
    assert load(pipeline, tmp_path).state == "done"


def test_a_field_that_less_than_half_of_the_records_lose_stops_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["labels"] = many(0, of=400, more="<profile>p</profile>")
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["labels"] = [*many(0, of=190), *many(0, of=400, more="<profile>p</profile>")[190:]]
    assert load(pipeline, write_dump(tmp_path, MAY, records)).state == "done"
