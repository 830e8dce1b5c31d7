"""What is wrong with a dump costs what is wrong and nothing else: the rest loads, and nothing is removed unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from functions.extract.records.quarantine import Rejected, put_aside
from functions.runs.begin import begin_retry
from functions.runs.run_status import WrittenCounts, run_view
from functions.runtime.entities import ENTITIES
from functions.runtime.settings import Settings
from infra.synth import mutate_dump
from infra.synth import write_dump as write_generated_dump
from tests.integration.pipeline import (
    APRIL,
    JUNE,
    MAY,
    Pipeline,
    artist,
    date_of,
    entity_file,
    label,
    open_pipeline,
    release,
    small,
    write_checksums,
    write_dump,
)

PIPELINE = {"part_bytes": 4_000}


def test_damaged_records_go_to_quarantine_and_the_dump_goes_on(settings: Settings, tmp_path: Path) -> None:
    write_generated_dump(tmp_path, releases=400, seed=5, dump="20260901", damage=True)
    mutate_dump(tmp_path, tmp_path, changed=0.02, seed=5, dump="20261001", damage=True)
    with open_pipeline(settings) as pipeline:
        pipeline.reset()
        for dump in ("20260901", "20261001"):
            run = pipeline.load(tmp_path, date_of(dump))
            assert run.state == "done"
            assert pipeline.differences(tmp_path, date_of(dump)) == {}
            reasons = {reason for entity, _, reason in pipeline.quarantined() if entity == "releases"}
            assert reasons == {"not-well-formed", "not-utf-8", "no-id", "duplicate-id"}
            file = pipeline.files(run)["releases"]
            assert (file.whole, file.problem) == (False, "1 pieces in quarantine do not tell their id")
        assert not [tombstone for tombstone in pipeline.tombstones() if tombstone[0] == "releases"]
        count = len(pipeline.quarantined())
        assert pipeline.written(pipeline.load(tmp_path, date_of("20261001"))) == WrittenCounts(0, 0, 0, 0)
        assert len(pipeline.quarantined()) == count


def test_a_wrong_checksum_loads_nothing_and_names_both_sums(pipeline: Pipeline, tmp_path: Path) -> None:
    write_dump(tmp_path, APRIL, small())
    path = entity_file(tmp_path, APRIL, "masters")
    stated = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"\0")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    run = pipeline.load(tmp_path)
    assert run.state == "failed"
    assert all(part in str(run.reason) for part in (path.name, stated, found, "nothing was loaded"))
    assert [pipeline.ids(entity) for entity in ENTITIES] == [set()] * 4
    assert pipeline.graph() == ([], [])
    assert pipeline.query("SELECT count(*) FROM record_state") == [(0,)]
    write_checksums(tmp_path, APRIL)
    assert pipeline.load(tmp_path).state == "done"
    assert pipeline.differences(tmp_path, APRIL) == {}


def test_stores_that_are_still_empty_take_either_kind(pipeline: Pipeline, tmp_path: Path) -> None:
    real, generated = write_dump(tmp_path / "real", APRIL, small()), write_dump(tmp_path / "made", MAY, small())
    path = entity_file(real, APRIL, "masters")
    path.write_bytes(path.read_bytes() + b"\0")
    assert pipeline.load(real).state == "failed"
    (generated / f"discogs_{MAY:%Y%m%d}_SYNTHETIC.json").write_text("{}")
    assert pipeline.load(generated).state == "done"


def test_a_missing_file_is_named_and_costs_only_its_entity(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    del records["labels"]
    records["artists"] = records["artists"][:39]
    write_dump(tmp_path, MAY, records)
    run = pipeline.load(tmp_path)
    assert run.state == "done"
    missing = pipeline.files(run)["labels"]
    assert (missing.state, missing.problem) == ("missing", "the dump 20260501 has no file of labels")
    assert pipeline.ids("labels") == set(range(1, 11))
    assert pipeline.tombstones() == {("artists", 40)}
    assert pipeline.differences(tmp_path, MAY) == {}


@pytest.mark.parametrize("cut", [9, 200])
def test_a_truncated_file_loads_as_far_as_it_goes_and_removes_nothing(
    pipeline: Pipeline, tmp_path: Path, cut: int
) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    records["releases"] = [release(number, "<notes>new</notes>") for number in range(3, 61)]
    write_dump(tmp_path, MAY, records)
    path = entity_file(tmp_path, MAY, "releases")
    path.write_bytes(path.read_bytes()[:-cut])
    write_checksums(tmp_path, MAY)
    run = pipeline.load(tmp_path)
    file = pipeline.files(run)["releases"]
    assert (run.state, file.whole) == ("done", False)
    assert file.problem == "the file ends in the middle of its compressed data"
    assert pipeline.ids("releases") == set(range(1, 61))
    assert pipeline.tombstones() == set()
    assert len(pipeline.query("SELECT id FROM releases WHERE dump = %s", MAY)) >= 20
    assert pipeline.differences(tmp_path, MAY) == {}
    write_dump(tmp_path, MAY, records)
    assert pipeline.load(tmp_path).state == "done"
    assert pipeline.ids("releases") == set(range(3, 61))
    assert pipeline.differences(tmp_path, MAY) == {}


def test_of_duplicate_ids_the_first_wins_and_the_others_are_kept_aside(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["artists"] += [artist(7, "<profile>second</profile>"), artist(7)]
    records["labels"].insert(0, "<label><id>3</id><name>first & broken</name></label>")
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    assert pipeline.quarantined() == [
        ("artists", 7, "duplicate-id"),
        ("artists", 7, "duplicate-id"),
        ("labels", 3, "not-well-formed"),
        ("labels", 3, "duplicate-id"),
    ]
    assert pipeline.query("SELECT data ->> 'profile' FROM artists WHERE id = 7") == [(None,)]
    assert pipeline.ids("labels") == set(range(1, 11)) - {3}
    assert pipeline.differences(tmp_path, APRIL) == {}


def test_a_record_in_quarantine_keeps_its_row_of_an_earlier_month(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    row = pipeline.query("SELECT * FROM artists WHERE id = 5")
    records["artists"][4] = "<artist><id>5</id><name>broken & gone</name></artist>"
    write_dump(tmp_path, MAY, records)
    run = pipeline.load(tmp_path)
    assert pipeline.files(run)["artists"].whole
    assert pipeline.query("SELECT * FROM artists WHERE id = 5") == row
    assert pipeline.quarantined() == [("artists", 5, "not-well-formed")]
    assert pipeline.tombstones() == set()
    assert pipeline.differences(tmp_path, MAY) == {}
    records["artists"][4] = artist(5, "<profile>mended</profile>")
    write_dump(tmp_path, JUNE, records)
    assert pipeline.written(pipeline.load(tmp_path)).rows == 1
    assert pipeline.quarantined() == []
    assert pipeline.differences(tmp_path, JUNE) == {}


def test_a_piece_in_quarantine_is_tried_again_and_let_go_when_it_makes_a_document(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    records = small()
    records["artists"][4] = "<artist><id>5</id><name>a & b</name></artist>"
    write_dump(tmp_path, APRIL, records)
    loaded = pipeline.load(tmp_path)
    begun = begin_retry(pipeline.context)
    pipeline.go_on(begun.messages)
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.quarantined() == [("artists", 5, "not-well-formed")]
    ((place,),) = pipeline.query("SELECT stream_at FROM quarantine")
    with pipeline.context.connection() as connection:  # as if a later parser took it
        mended = Rejected(place, 5, "not-well-formed", "x", artist(5).encode())
        put_aside(connection, loaded.id, APRIL, "artists", [mended])
    begun = begin_retry(pipeline.context)
    pipeline.go_on(begun.messages)
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.quarantined() == []
    assert 5 in pipeline.ids("artists")
    assert pipeline.cypher("MATCH (n:Artist {id: 5}) RETURN n.name AS name") == [{"name": "Artist 5"}]


def test_bytes_between_records_keep_an_entity_from_deletions(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    records["labels"] = [label(1), b"\xff\xfe rubbish", *(label(number) for number in range(2, 10))]
    write_dump(tmp_path, MAY, records)
    run = pipeline.load(tmp_path, accept_deletions=True)
    assert not pipeline.files(run)["labels"].whole
    assert pipeline.ids("labels") == set(range(1, 11))
    assert pipeline.quarantined() == [("labels", None, "stray-bytes")]
    assert pipeline.differences(tmp_path, MAY) == {}


def test_what_the_model_does_not_know_is_noted_with_its_part(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["artists"] = [artist(number, "<mood>blue</mood>") for number in range(1, 41)]
    write_dump(tmp_path, APRIL, records)
    run = pipeline.load(tmp_path)
    [artists] = [file for file in run_view(pipeline.context, run.id).files if file.entity == "artists"]
    assert artists.drift["artist/mood"].times == 40
    assert artists.drift["artist/mood"].example in range(1, 41)


@pytest.fixture
def whole(settings: Settings) -> Iterator[Pipeline]:
    """A pipeline whose files are one part each, so that the fields of every record are counted."""
    with open_pipeline(settings, part_bytes=1_000_000) as pipeline:
        pipeline.reset()
        yield pipeline


def test_a_field_that_most_records_lose_is_an_event_and_shown_with_an_example(whole: Pipeline, tmp_path: Path) -> None:
    pipeline = whole
    records = small()
    records["artists"] = [artist(number, f"<profile>of {number}</profile>") for number in range(1, 601)]
    write_dump(tmp_path, APRIL, records)
    assert not any(file.collapsed for file in run_view(pipeline.context, pipeline.load(tmp_path).id).files)
    renamed = "<profile>still here</profile>"
    records["artists"] = [
        artist(number, renamed if number <= 5 else "<realname>new</realname>") for number in range(1, 601)
    ]
    write_dump(tmp_path, MAY, records)
    run = pipeline.load(tmp_path, accept_collapsed=True)
    found = {file.entity: file.collapsed for file in run_view(pipeline.context, run.id).files}
    [lost] = found.pop("artists")
    assert (lost.field, lost.before, lost.now) == ("profile", 1.0, round(5 / 600, 4))
    assert lost.example in range(6, 601)
    assert not any(found.values())
    [(event,)] = pipeline.query("SELECT detail FROM events WHERE kind = 'drift-collapsed'")
    assert event == {"entity": "artists", **msgspec.to_builtins(lost)}


def test_in_a_first_month_that_comes_twice_any_row_without_the_field_is_the_example(
    whole: Pipeline, tmp_path: Path
) -> None:
    pipeline = whole
    records = small()
    records["labels"] = [label(number, "<profile>p</profile>") for number in range(1, 601)]
    write_dump(tmp_path, APRIL, records)
    pipeline.load(tmp_path)
    records["labels"] = [label(number) for number in range(1, 601)]
    write_dump(tmp_path, APRIL, records)
    run = pipeline.load(tmp_path, accept_collapsed=True)
    [[lost]] = [file.collapsed for file in run_view(pipeline.context, run.id).files if file.entity == "labels"]
    assert (lost.field, lost.example in range(1, 601)) == ("profile", True)


# ── deletions beyond the share limit


def test_a_dump_that_lacks_too_much_stops_the_run_and_removes_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    records["artists"] = [artist(1, "<profile>changed</profile>"), *records["artists"][1:30]]
    records["labels"] = [*records["labels"], label(99)]
    write_dump(tmp_path, MAY, records)
    run = pipeline.load(tmp_path)
    assert run.state == "stopped"
    assert "10 of 40 artists (25.0%), more than the limit of 5.0%: nothing was removed" in str(run.reason)
    assert "--accept-deletions" in str(run.reason)
    assert pipeline.ids("artists") == set(range(1, 41))
    assert pipeline.tombstones() == set()
    assert 99 in pipeline.ids("labels")
    assert "extra_row" in pipeline.differences(tmp_path, MAY)
    again = pipeline.load(tmp_path)
    assert (again.state, pipeline.written(again)) == ("stopped", WrittenCounts(0, 0, 0, 0))
    accepted = pipeline.load(tmp_path, accept_deletions=True)
    assert (accepted.state, pipeline.written(accepted).rows) == ("done", 10)
    assert pipeline.tombstones() == {("artists", number) for number in range(31, 41)}
    assert pipeline.differences(tmp_path, MAY) == {}


def test_deletions_within_the_limit_are_carried_out_and_leave_stubs(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    records["artists"] = records["artists"][:-2]
    write_dump(tmp_path, MAY, records)
    assert pipeline.load(tmp_path).state == "done"
    assert pipeline.cypher("MATCH (n:Artist {id: 39}) RETURN properties(n) AS props") == [
        {"props": {"id": 39, "stub": True}}
    ]
    assert pipeline.differences(tmp_path, MAY) == {}


def test_only_the_entities_that_were_asked_for_are_loaded_and_removed(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    changed = small()
    changed["artists"] = changed["artists"][:-1]
    changed["labels"] = changed["labels"][:1]
    write_dump(tmp_path, MAY, changed)
    run = pipeline.load(tmp_path, entities=("artists",))
    assert run.state == "done"
    assert pipeline.tombstones() == {("artists", 40)}
    assert pipeline.differences(tmp_path, MAY, entities=["artists"]) == {}


def test_one_store_alone_is_brought_up_to_date_and_the_other_follows(pipeline: Pipeline, tmp_path: Path) -> None:
    write_dump(tmp_path, APRIL, small())
    assert pipeline.load(tmp_path, only_store="table").state == "done"
    assert pipeline.ids("releases") == set(range(1, 61))
    assert pipeline.graph() == ([], [])
    run = pipeline.load(tmp_path, only_store="graph")
    assert (run.state, pipeline.written(run).rows) == ("done", 0)
    assert pipeline.differences(tmp_path, APRIL) == {}
