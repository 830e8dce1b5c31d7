"""Objects in the bucket are lost, cut short or altered while a run goes on: they are noticed, and made again."""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from functions.operations.dead_letter_actions import requeue
from functions.registry import FUNCTIONS
from functions.runs.begin import begin_retry
from functions.runs.run_commands import cancel, pause, sweep, unpause
from functions.runs.run_status import run_view
from functions.runtime.entities import Entity
from functions.runtime.errors import PermanentError, SourceError
from functions.runtime.ledger.claims import claim
from functions.runtime.ledger.damaged_objects import damage_noted
from functions.runtime.ledger.dead_letter_hook import note_dead
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.stored_objects import DamagedObject
from functions.runtime.messages import Download, Finish, LoadGraph, LoadTable, Message, ParseChunk, PartMessage, Split
from tests.integration.pipeline import (
    APRIL,
    MAY,
    Pipeline,
    artist,
    deliver,
    deliver_all,
    entity_file,
    release,
    small,
    split_of,
    write_dump,
)

PIPELINE = {"part_bytes": 2_000, "max_attempts": 4}

Damage = Callable[[Pipeline, str], None]
ENGINES = ["lxml", *(["native"] if importlib.util.find_spec("linernotes_native") else [])]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Among its releases are one that comes twice and one that is not well-formed."""
    return write_dump(tmp_path, APRIL, odd())


def odd() -> dict[Entity, list[str | bytes]]:
    records = small()
    records["releases"].insert(30, "<release id='61'><title>not well-formed</title></releas></release>")
    records["releases"].insert(45, release(3, "<country>Second of its id</country>"))
    return records


def cut_short(pipeline: Pipeline, key: str) -> None:
    data = pipeline.context.bucket.get(key)
    pipeline.context.bucket.put(key, data[: data.index(b"\n") + 1] if b"\n" in data else data[: len(data) // 2])


def empty(pipeline: Pipeline, key: str) -> None:
    pipeline.context.bucket.put(key, b"")


def remove(pipeline: Pipeline, key: str) -> None:
    pipeline.context.bucket.delete([key])


def alter(pipeline: Pipeline, key: str) -> None:
    data = pipeline.context.bucket.get(key)
    pipeline.context.bucket.put(key, data[:-9] + bytes(9))


DAMAGES: list[Damage] = [cut_short, empty, remove, alter]


def harm(pipeline: Pipeline, suffix: str, *damages: Damage) -> int:
    """Damage the objects of a kind, one after the other in each of these ways, or in every one; returns how many."""
    found = [key for key in pipeline.work_left() if key.endswith(suffix)]
    for key, damage in zip(found, itertools.cycle(damages or DAMAGES), strict=False):
        damage(pipeline, key)
    assert found
    return len(found)


def deliver_parts(pipeline: Pipeline, messages: list[Message]) -> list[Message]:
    """Deliver the messages of parts once; what they send."""
    return [each for message in messages if isinstance(message, PartMessage) for each in deliver(pipeline, message)]


def events(pipeline: Pipeline, kind: str) -> int:
    [(count,)] = pipeline.query("SELECT count(*) FROM events WHERE kind = %s", kind)
    return int(count)


def assert_whole(pipeline: Pipeline, run: Run, source: Path) -> None:
    ended = pipeline.run(run.id)
    assert (ended.state, ended.reason) == ("done", None)
    assert {part.state for part in pipeline.parts(ended)} == {"done"}
    assert len(pipeline.ids("releases")) == 60
    assert pipeline.quarantined() == [("releases", 61, "not-well-formed"), ("releases", 3, "duplicate-id")]
    assert pipeline.differences(source, APRIL) == {}
    assert pipeline.work_left() == []


@pytest.mark.parametrize("bulk", ["no", "yes"])
@pytest.mark.parametrize("engine", ENGINES)
def test_damaged_lines_are_made_again_from_the_dump(pipeline: Pipeline, source: Path, bulk: str, engine: str) -> None:
    begun, messages = split_of(pipeline, source, bulk=bulk, engine=engine)
    messages = deliver_all(pipeline, messages, ParseChunk)
    harmed = harm(pipeline, ".ndjson")
    pipeline.go_on(messages)
    assert events(pipeline, "part-damaged") == harmed
    assert sum(file.damaged for file in run_view(pipeline.context, begun.run.id).files) == harmed
    assert_whole(pipeline, begun.run, source)


@pytest.mark.parametrize(("suffix", "step"), [(".xml", Split), (".index", Split), (".index", ParseChunk)])
def test_damaged_xml_or_index_is_made_again_from_the_dump(
    pipeline: Pipeline, source: Path, suffix: str, step: type[Message]
) -> None:
    begun, messages = split_of(pipeline, source, engine=ENGINES[-1])
    messages = deliver_all(pipeline, messages, step)
    harmed = harm(pipeline, suffix)
    pipeline.go_on(messages)
    assert events(pipeline, "part-damaged") == harmed
    assert_whole(pipeline, begun.run, source)


def test_the_graph_of_parts_whose_index_is_damaged_is_filled_all_the_same(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    messages = deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    assert {type(message) for message in messages} == {LoadGraph, Finish}
    harm(pipeline, ".index")
    pipeline.go_on(messages)
    assert_whole(pipeline, begun.run, source)


def test_a_damaged_list_of_ids_takes_what_is_due_in_its_place(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source)
    pipeline.cypher("MATCH (n) DETACH DELETE n")
    begun = pipeline.begin(source)
    messages = deliver_all(pipeline, deliver_all(pipeline, begun.messages, Download), Split)
    messages = deliver_all(pipeline, messages, Finish)  # all is unchanged, and the graph has nothing of it
    assert {type(message) for message in messages} == {LoadGraph}
    harm(pipeline, ".index")
    pipeline.go_on(messages)
    assert_whole(pipeline, begun.run, source)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_bitmap_of_ids_is_made_again_before_anything_is_removed(
    pipeline: Pipeline, tmp_path: Path, damage: Damage
) -> None:
    pipeline.load(write_dump(tmp_path, APRIL, small()))
    records = small()
    records["releases"] = records["releases"][:-2]
    write_dump(tmp_path, MAY, records)
    begun, messages = split_of(pipeline, tmp_path)
    files = pipeline.files(begun.run)
    harm(pipeline, "releases/seen", damage)
    pipeline.go_on(messages)
    run = pipeline.run(begun.run.id)
    assert (run.state, events(pipeline, "file-damaged")) == ("done", 1)
    assert pipeline.tombstones() == {("releases", 59), ("releases", 60)}
    assert pipeline.differences(tmp_path, MAY) == {}
    found = pipeline.files(run)["releases"]
    assert (found.records, found.unchanged, found.parts) == (58, 58, files["releases"].parts)


def test_a_bitmap_that_is_lost_at_the_end_of_the_run_takes_it_back_to_the_split(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    records = small()
    begun, messages = split_of(pipeline, write_dump(tmp_path, APRIL, records), bulk="yes")
    messages = deliver_all(pipeline, deliver_all(pipeline, messages, ParseChunk), LoadTable)
    harm(pipeline, "seen")
    assert {type(message) for message in messages} == {Finish}
    [message] = {message for message in deliver(pipeline, messages[0]) if isinstance(message, Split)}
    assert pipeline.run(begun.run.id).state == "running"
    pipeline.go_on([message])
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.differences(tmp_path, APRIL) == {}


def test_parts_of_the_quarantine_are_made_again_from_it(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source)
    begun = begin_retry(pipeline.context)
    harm(pipeline, ".xml", alter)
    messages = [message for each in begun.messages for message in deliver(pipeline, each)]
    assert messages == [Split(run=begun.run.id, entity="releases")]
    messages = deliver_all(pipeline, deliver_all(pipeline, messages, Split), ParseChunk)
    harm(pipeline, ".ndjson", remove)
    pipeline.go_on(messages)
    assert_whole(pipeline, begun.run, source)


def test_pieces_are_tried_again_in_parts_and_each_part_is_made_of_its_own(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    profile = f"<profile>{'p' * 1_000}</profile>"
    records["artists"] += [artist(number, f"{profile}<realname>a & b</realname>") for number in range(101, 107)]
    pipeline.load(write_dump(tmp_path, APRIL, records), accept_rejected=True)
    pipeline.query(  # as if a later parser took them
        "UPDATE quarantine SET bytes = convert_to(replace(convert_from(bytes, 'UTF8'), ' & ', ' or '), 'UTF8')"
    )
    begun = begin_retry(pipeline.context)
    assert [part.records for part in pipeline.parts(begun.run)] == [2, 2, 2]
    first, *rest = begun.messages
    pipeline.go_on([first])
    assert [number for _, number, _ in pipeline.quarantined()] == [103, 104, 105, 106]
    assert harm(pipeline, ".xml", alter) == 2
    pipeline.go_on(rest)
    assert events(pipeline, "part-damaged") == 2
    assert pipeline.run(begun.run.id).state == "done"
    assert [(part.records, part.rows) for part in pipeline.parts(begun.run)] == [(2, 2)] * 3
    assert pipeline.quarantined() == []
    assert pipeline.ids("artists") == {*range(1, 41), *range(101, 107)}


def test_damage_found_while_the_split_is_under_way_is_mended_at_its_end(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    splits = deliver_all(pipeline, begun.messages, Download)
    message = next(each for each in splits if isinstance(each, Split) and each.entity == "releases")
    cutting = iter(FUNCTIONS.spec("split").load()(pipeline.context, message) or ())
    first = next(cutting)
    harm(pipeline, "releases/0.xml", empty)
    assert deliver(pipeline, first) == []  # the split that is under way sees to it
    rest = list(cutting)
    assert first in rest
    pipeline.go_on([*rest, *(each for each in splits if each != message)])
    assert_whole(pipeline, begun.run, source)


def test_a_split_begun_again_mends_damage_first(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    splits = deliver_all(pipeline, begun.messages, Download)
    message = next(each for each in splits if isinstance(each, Split) and each.entity == "releases")
    cutting = FUNCTIONS.spec("split").load()(pipeline.context, message)
    first = next(cutting)
    cutting.close()  # the process ends here
    harm(pipeline, "releases/0.index", cut_short)
    deliver(pipeline, first)
    pipeline.go_on(splits)
    assert_whole(pipeline, begun.run, source)


def test_damage_is_mended_after_a_pause_and_after_a_lost_message(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    harm(pipeline, ".xml")
    sent = deliver_parts(pipeline, messages)
    pause(pipeline.context)
    assert deliver_all(pipeline, sent, Split) == []
    unpause(pipeline.context)
    pipeline.query("UPDATE parts SET sent_at = NULL")
    found = sweep(pipeline.context)
    assert {type(message) for message in found} == {Split}
    assert len(found) == len(set(found)) == 4
    pipeline.go_on(found)
    assert_whole(pipeline, begun.run, source)


def test_damage_without_end_becomes_a_dead_letter_and_can_be_requeued(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source, entities=("masters",))
    for _ in range(4):
        harm(pipeline, ".xml", remove)
        [message] = deliver_parts(pipeline, messages)
        messages = deliver_all(pipeline, [message], Split)
    harm(pipeline, ".xml", remove)
    with pytest.raises(PermanentError, match=r"The bucket loses what is put into it, 5 times by now: .*is missing"):
        deliver(pipeline, messages[0])
    note_dead(pipeline.context, messages[0], PermanentError("lost"))
    sent: list[Message] = []
    requeue(pipeline.context, sent.append, "cli:test")
    pipeline.go_on(sent)
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.ids("masters") == {1, 2, 3, 4, 5}


def test_a_dump_that_is_gone_or_another_by_then_is_named(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source, entities=("masters",))
    harm(pipeline, ".xml", remove)
    [message] = deliver(pipeline, messages[0])
    path = entity_file(source, APRIL, "masters")
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    with pytest.raises(SourceError, match=f"{path} is not the file that was fetched .* load the dump again"):
        deliver(pipeline, message)
    path.unlink()
    with pytest.raises(SourceError, match=f"{path} cannot be read"):
        deliver(pipeline, message)
    path.write_bytes(content)
    pipeline.go_on([message])
    assert pipeline.run(begun.run.id).state == "done"


def test_a_split_does_not_go_on_in_another_file(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source, entities=("releases",), only_store="table")
    [message] = deliver_all(pipeline, begun.messages, Download)
    cutting = FUNCTIONS.spec("split").load()(pipeline.context, message)
    first = next(cutting)
    cutting.close()  # the process ends here
    path = entity_file(source, APRIL, "releases")
    content = path.read_bytes()
    later = [release(number, "<notes>n</notes>") for number in range(1, 61)]
    write_dump(source, APRIL, {"releases": later})
    with pytest.raises(SourceError, match=f"{path} is not the file that was fetched .* load the dump again"):
        deliver(pipeline, message)
    path.write_bytes(content)  # the same, of another time
    pipeline.go_on([first, message])
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.query("SELECT count(*), count(data -> 'notes') FROM releases") == [(60, 0)]


@pytest.mark.parametrize("bulk", ["no", "yes"])
def test_lines_that_do_not_cover_the_index_are_damage_even_where_the_digest_is_right(
    pipeline: Pipeline, source: Path, bulk: str
) -> None:
    begun, messages = split_of(pipeline, source, bulk=bulk, entities=("releases",), only_store="table")
    messages = deliver_all(pipeline, messages, ParseChunk)
    harm(pipeline, ".ndjson", cut_short)
    pipeline.query("UPDATE parts SET objects = objects - 'ndjson'")
    sent = deliver_parts(pipeline, messages)
    assert pipeline.ids("releases") == set()
    assert pipeline.query("SELECT * FROM record_state") == []  # nothing is known of a record that was not seen
    pipeline.go_on(sent)
    assert pipeline.run(begun.run.id).state == "done"
    assert len(pipeline.ids("releases")) == 60


def test_a_cancelled_run_is_not_damaged(pipeline: Pipeline, source: Path) -> None:
    _, [message, _] = split_of(pipeline, source, entities=("masters",))
    assert isinstance(message, ParseChunk)
    with claim(pipeline.context, message, "cut") as held, damage_noted(pipeline.context, held):
        cancel(pipeline.context)
        raise DamagedObject("runs/1/masters/0.xml", "is missing in the bucket")
    assert events(pipeline, "part-damaged") == 0


def test_a_program_of_before_has_noted_nothing_and_its_parts_are_loaded(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    messages = deliver_all(pipeline, messages, ParseChunk)
    pipeline.query("UPDATE parts SET objects = '{}', rejected = NULL")
    pipeline.query("UPDATE files SET seen = NULL")
    pipeline.go_on(messages)
    assert_whole(pipeline, begun.run, source)
