"""Which dump the stores hold of each entity: what may be loaded over it, joined, or tried again from quarantine."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.extract.download.source import find_dump
from functions.extract.records.part_index import decode_index
from functions.extract.records.quarantine import Rejected, put_aside
from functions.runs.begin import LoadOptions, begin_retry, refuse_load
from functions.runs.run_commands import cancel
from functions.runtime.entities import Entity
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.models import run_prefix
from functions.runtime.ledger.store import held_dumps
from functions.runtime.messages import LoadTable, ParseChunk
from tests.integration.pipeline import (
    APRIL,
    JUNE,
    MAY,
    Pipeline,
    artist,
    deliver_all,
    release,
    small,
    split_of,
    write_dump,
)

BROKEN = "<artist><id>5</id><name>a & b</name></artist>"


@pytest.fixture
def pipeline(opened: Pipeline) -> Iterator[Pipeline]:
    """A pipeline on empty tables; these tests load tables only."""
    yield opened
    if opened.query("SELECT FROM runs WHERE state IN ('running', 'paused', 'finishing')"):
        cancel(opened.context)
    opened.empty_tables()


def load(pipeline: Pipeline, source: Path, **options: Any) -> str:
    return pipeline.load(source, only_store="table", **options).state


def held(pipeline: Pipeline) -> dict[Entity, dt.date]:
    with pipeline.context.connection() as connection:
        return held_dumps(connection)


def begun_to_write(pipeline: Pipeline, source: Path, **options: Any) -> None:
    """A load that has written what changed, and goes no further."""
    _, messages = split_of(pipeline, source, only_store="table", **options)
    deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)


def two_months(folder: Path) -> Path:
    """April, and May with another artist 5."""
    records = small()
    write_dump(folder, APRIL, records)
    records["artists"][4] = artist(5, "<profile>new</profile>")
    return write_dump(folder, MAY, records)


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_a_run_that_has_begun_to_write_counts_however_it_ended(pipeline: Pipeline, tmp_path: Path, state: str) -> None:
    source = two_months(tmp_path)
    load(pipeline, source, dump=APRIL)
    begun_to_write(pipeline, source, dump=MAY)
    cancel(pipeline.context)
    pipeline.query("UPDATE runs SET state = %s WHERE dump = %s", state, MAY)
    assert held(pipeline) == {"artists": MAY, "labels": APRIL, "masters": APRIL, "releases": APRIL}
    with pytest.raises(RefusedError, match=r"hold the dump 20260501, newer than 20260401, of artists, .* --force"):
        pipeline.begin(source, APRIL)
    assert pipeline.begin(source, APRIL, entities=("labels", "releases"), only_store="table").joined is False
    cancel(pipeline.context)
    assert load(pipeline, source, dump=APRIL, force=True) == "done"
    assert set(held(pipeline).values()) == {APRIL}
    assert pipeline.differences(source, APRIL) != {}  # the graph was left out
    assert load(pipeline, source, dump=MAY) == "done"


def test_a_run_that_ended_before_it_wrote_does_not_count(pipeline: Pipeline, tmp_path: Path) -> None:
    source = two_months(tmp_path)
    load(pipeline, source, dump=APRIL)
    split_of(pipeline, source, dump=MAY, only_store="table")
    cancel(pipeline.context)
    assert set(held(pipeline).values()) == {APRIL}
    assert load(pipeline, source, dump=APRIL) == "done"


@pytest.mark.parametrize(
    ("running", "wanted", "lacking"),
    [
        ({"entities": ("releases",)}, {}, "artists, labels, masters"),
        ({"only_store": "table"}, {}, "the graph"),
        ({"only_store": "graph"}, {}, "the tables"),
        ({}, {"accept_deletions": True}, "removals beyond the share limit"),
    ],
)
def test_a_load_that_would_bring_less_is_not_joined(
    pipeline: Pipeline, tmp_path: Path, running: dict[str, Any], wanted: dict[str, Any], lacking: str
) -> None:
    source = two_months(tmp_path)
    pipeline.begin(source, **running)
    with pytest.raises(RefusedError, match=f"is loading this dump already, without {lacking}: load again when"):
        pipeline.begin(source, **wanted)
    assert pipeline.begin(source, **running).joined


def test_what_would_be_refused_is_refused_before_the_stores_are_emptied(pipeline: Pipeline, tmp_path: Path) -> None:
    source = two_months(tmp_path)
    dump, context = find_dump(pipeline.context.settings, str(source), APRIL), pipeline.context
    load(pipeline, source, dump=MAY)
    with pytest.raises(RefusedError, match="newer than 20260401"):
        refuse_load(context, dump, LoadOptions())
    refuse_load(context, dump, LoadOptions(bulk="yes"), replace=True)
    with pytest.raises(RefusedError, match="--bulk yes is for empty ones"):
        refuse_load(context, dump, LoadOptions(bulk="yes", force=True))
    pipeline.begin(source, MAY)
    with pytest.raises(RefusedError, match=r"Run \d+, a load of 20260501, is running"):
        refuse_load(context, dump, LoadOptions(), replace=True)


def test_only_what_the_newest_dump_still_names_is_tried_again(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["artists"][4] = BROKEN
    records["artists"].append(BROKEN.replace("5", "77"))
    load(pipeline, write_dump(tmp_path, APRIL, records))
    del records["artists"][-1]
    load(pipeline, write_dump(tmp_path, MAY, records), accept_deletions=True)
    assert pipeline.query("SELECT record_id, dump, named_in FROM quarantine ORDER BY 1") == [
        (5, APRIL, MAY),
        (77, APRIL, APRIL),
    ]
    gone = pipeline.query("SELECT id FROM quarantine WHERE record_id = 77")[0][0]
    with pytest.raises(RefusedError, match="Nothing in quarantine can be tried again"):
        begin_retry(pipeline.context, gone)
    assert retried(pipeline) == [5]
    assert 77 not in pipeline.ids("artists")


def test_a_dump_without_any_piece_is_the_newest_all_the_same(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["artists"][4] = BROKEN
    load(pipeline, write_dump(tmp_path, APRIL, records))
    del records["artists"][4]
    load(pipeline, write_dump(tmp_path, MAY, records))
    assert pipeline.quarantined() == [("artists", 5, "not-well-formed")]
    with pytest.raises(RefusedError, match="only records with an id that the newest loaded dump has"):
        begin_retry(pipeline.context)


def test_each_entity_has_a_newest_dump_of_its_own(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["artists"][4] = BROKEN
    records["releases"][2] = release(3, "<notes>a & b</notes>")
    load(pipeline, write_dump(tmp_path, APRIL, records))
    records["artists"][4] = artist(5)
    records["releases"][2] = release(3, "<notes>c & d</notes>")
    load(pipeline, write_dump(tmp_path, MAY, records), entities=("releases",))
    assert held(pipeline) == {"artists": APRIL, "labels": APRIL, "masters": APRIL, "releases": MAY}
    mended(pipeline, "releases", 3, release(3))
    assert retried(pipeline) == [3]
    assert pipeline.query("SELECT dump FROM releases WHERE id = 3") == [(MAY,)]
    mended(pipeline, "artists", 5, artist(5))
    assert retried(pipeline) == [5]
    assert pipeline.query("SELECT dump FROM artists WHERE id = 5") == [(APRIL,)]


def test_of_two_pieces_of_a_record_the_later_one_is_tried_and_both_are_let_go(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    records = small()
    for date in (APRIL, MAY):
        records["artists"][4] = f"<artist><id>5</id><name>{date} & co</name></artist>"
        load(pipeline, write_dump(tmp_path, date, records))
    assert retried(pipeline) == [5]
    assert [piece[:2] for piece in pipeline.quarantined()] == [("artists", 5), ("artists", 5)]
    mended(pipeline, "artists", 5, artist(5), MAY)
    assert retried(pipeline) == [5]
    assert pipeline.quarantined() == []


def test_a_piece_that_fails_again_stays_one_piece(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    records["artists"][4] = BROKEN
    for date in (APRIL, MAY, JUNE):
        load(pipeline, write_dump(tmp_path, date, records))
    found = pipeline.query("SELECT id, dump, reason, bytes FROM quarantine")
    assert retried(pipeline) == [5]
    assert pipeline.query("SELECT id, dump, reason, bytes FROM quarantine") == found


def test_another_record_at_the_place_of_a_piece_takes_all_of_it(pipeline: Pipeline) -> None:
    def put(number: int | None, data: bytes, room: int | None = None, run: int = 1) -> list[tuple[Any, ...]]:
        with pipeline.context.connection() as connection:
            piece = Rejected(100, number, "not-well-formed", "x", data)
            put_aside(connection, run, APRIL, "artists", [piece], room)
        return pipeline.query("SELECT record_id, bytes, size FROM quarantine")

    assert put(5, b"<artist>five") == [(5, b"<artist>five", 12)]
    assert put(5, b"<artist>five", room=0) == [(5, b"<artist>five", 12)]  # the same: its bytes are here
    assert put(5, b"<artist>five", room=0, run=2) == [(5, b"<artist>five", 12)]
    assert put(5, b"<artist>nine", room=0, run=3) == [(5, None, 12)]  # as long, and not the same
    assert put(6, b"<artist>sixx", room=0) == [(6, None, 12)]
    assert put(6, b"<artist>six") == [(6, b"<artist>six", 11)]
    assert put(6, b"<artist>longer", room=0) == [(6, None, 14)]
    assert put(None, b"<artist>longer") == [(None, b"<artist>longer", 14)]


def retried(pipeline: Pipeline) -> list[int]:
    """The ids of the records that a retry takes; it runs to its end."""
    begun = begin_retry(pipeline.context)
    keys = [key for key in pipeline.context.bucket.keys(run_prefix(begun.run.id)) if key.endswith(".index")]
    ids = [number for key in keys for number in decode_index(pipeline.context.bucket.get(key)).ids]
    pipeline.go_on(begun.messages)
    assert pipeline.run(begun.run.id).state == "done"
    return ids


def mended(pipeline: Pipeline, entity: Any, number: int, text: str, dump: Any = None) -> None:
    """As if a later parser took the piece."""
    query = "SELECT dump, stream_at, run FROM quarantine WHERE entity = %s AND record_id = %s ORDER BY dump DESC"
    found = pipeline.query(query, entity, number)
    if entity == "releases":
        assert [row[0] for row in found] == [MAY, APRIL]
    place = found[0]
    with pipeline.context.connection() as connection:
        piece = Rejected(place[1], number, "not-well-formed", "x", text.encode())
        put_aside(connection, place[2], dump or place[0], entity, [piece])
