"""Messages come twice, late, out of order or not at all, runs are paused and interrupted: the end is the same."""

from __future__ import annotations

import itertools
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import structs

from functions.extract.records.part_index import PartIndex
from functions.extract.split.changed_records import changed
from functions.registry import FUNCTIONS
from functions.runs.run_commands import resume
from functions.runs.run_status import WrittenCounts
from functions.runtime.errors import PermanentError, RefusedError
from functions.runtime.ledger.models import Run
from functions.runtime.ledger.store import Connection, active_run, sql
from functions.runtime.messages import (
    Download,
    Finish,
    LoadGraph,
    LoadTable,
    Message,
    ParseChunk,
    Split,
    encode,
)
from functions.runtime.messaging.invoke import invoke
from functions.runtime.settings import Settings
from tests.integration.pipeline import (
    APRIL,
    MAY,
    Pipeline,
    artist,
    deliver,
    deliver_all,
    is_equal,
    open_pipeline,
    release,
    small,
    split_of,
    write_dump,
)

PIPELINE = {"part_bytes": 2_000, "max_attempts": 8}


def test_splits_wait_for_the_last_download(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    assert {type(message) for message in begun.messages} == {Download}
    sent = [deliver(pipeline, message) for message in begun.messages]
    assert sent[:-1] == [[], [], []]
    assert sorted(message.entity for message in sent[-1] if isinstance(message, Split)) == [
        "artists",
        "labels",
        "masters",
        "releases",
    ]


def test_a_part_goes_through_its_steps_and_leaves_nothing_in_the_bucket(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    run, first = begun.run.id, messages[0]
    key = f"runs/{run}/artists/0"
    assert first == ParseChunk(run=run, entity="artists", part=0)
    assert {f"{key}.xml", f"{key}.index", f"runs/{run}/artists/seen"} <= set(pipeline.work_left())
    assert deliver(pipeline, first) == [LoadTable(run=run, entity="artists", part=0)]
    assert {name for name in pipeline.work_left() if name.startswith(key)} == {f"{key}.index", f"{key}.ndjson"}
    last = LoadGraph(run=run, entity="artists", part=0)
    assert deliver(pipeline, LoadTable(run=run, entity="artists", part=0)) == [last]
    assert {name for name in pipeline.work_left() if name.startswith(key)} == {f"{key}.index"}
    assert deliver(pipeline, last) == []
    assert not {name for name in pipeline.work_left() if name.startswith(key)}


def test_every_message_delivered_twice_changes_nothing(pipeline: Pipeline, source: Path) -> None:
    begun, waiting, seen = pipeline.begin(source), [], []
    waiting += begun.messages
    while waiting:
        message = waiting.pop(0)
        first = deliver(pipeline, message)
        again = deliver(pipeline, message)
        for each in [*first, *again]:
            waiting += [each] if each not in waiting else []  # Finish comes early, and again at the end
            seen += [each] if each not in seen else []
    run = pipeline.run(begun.run.id)
    assert (run.state, pipeline.written(run).rows) == ("done", 115)
    assert is_equal(pipeline, source)
    rows, graph, written = pipeline.rows(), pipeline.graph(), pipeline.written(run)
    for message in [*begun.messages, *seen]:
        deliver(pipeline, message)
    assert (pipeline.rows(), pipeline.graph(), pipeline.written(run)) == (rows, graph, written)
    assert pipeline.run(begun.run.id) == run


@pytest.mark.parametrize("seed", range(3))
def test_messages_in_any_order_end_the_same(pipeline: Pipeline, source: Path, seed: int) -> None:
    dice, begun = random.Random(seed), pipeline.begin(source)
    waiting = list(begun.messages)
    while waiting:
        waiting += deliver(pipeline, waiting.pop(dice.randrange(len(waiting))))
    assert pipeline.run(begun.run.id).state == "done"
    assert is_equal(pipeline, source)


def test_later_messages_that_come_too_early_do_nothing(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    run, part = begun.run.id, {"entity": "artists", "part": 0}
    early: list[Message] = [LoadGraph(run=run, **part), LoadTable(run=run, **part), Finish(run=run)]  # type: ignore[arg-type]
    for message in early * 10:  # more often than a step may be started
        deliver(pipeline, message)
    assert pipeline.ids("artists") == set()
    assert pipeline.run(run).state == "running"
    pipeline.go_on(messages)
    assert is_equal(pipeline, source)


def test_a_message_of_an_unknown_run_is_a_dead_letter(pipeline: Pipeline) -> None:
    for message in (Download(run=99, entity="artists"), Split(run=99, entity="artists"), Finish(run=99)):
        with pytest.raises(PermanentError, match="no run 99"):
            deliver(pipeline, message)


def test_a_late_message_of_an_ended_run_leaves_the_graph_alone(pipeline: Pipeline, source: Path) -> None:
    first, second = pipeline.load(source), pipeline.load(source)
    graph = pipeline.graph()
    assert deliver(pipeline, LoadGraph(run=first.id, entity="artists", part=0)) == []
    assert pipeline.cypher("MATCH (n:Linernotes) RETURN n.last_run AS run") == [{"run": second.id}]
    assert pipeline.graph() == graph


def test_a_step_that_is_started_too_often_is_dead(pipeline: Pipeline, source: Path) -> None:
    begun, messages = split_of(pipeline, source)
    run, part = begun.run.id, messages[0]
    pipeline.query("UPDATE parts SET attempts = 8 WHERE entity = 'artists' AND part = 0")
    with pytest.raises(PermanentError, match=f"Part 0 of artists in run {run} was started 9 times without an end"):
        deliver(pipeline, part)
    pipeline.go_on(messages[1:])
    assert pipeline.run(run).state == "running"
    assert [part.part for part in pipeline.parts(pipeline.run(run)) if part.state == "dead"] == [0]


# ── the split


class Stopped(Exception):
    """The sender fails."""


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_split_interrupted_in_the_middle_goes_on_behind_its_last_part(
    pipeline: Pipeline, source: Path, after: int
) -> None:
    begun = pipeline.begin(source)
    splits = deliver_all(pipeline, begun.messages, Download)
    message = next(each for each in splits if isinstance(each, Split) and each.entity == "releases")
    sent: list[Message] = []

    def send(following: Message) -> None:
        if len(sent) == after:
            raise Stopped
        sent.append(following)

    with pytest.raises(Stopped) as kept:
        invoke(FUNCTIONS.spec("split"), pipeline.context, encode(message), send)
    cut = [part.part for part in pipeline.parts(begun.run) if part.entity == "releases"]
    assert cut == list(range(after + 1))
    assert pipeline.files(begun.run)["releases"].state == "fetched"
    pipeline.go_on(splits)
    assert pipeline.run(begun.run.id).state == "running"  # the message that was lost is for the sweep to find
    pipeline.go_on(resume(pipeline.context)[1])
    assert pipeline.run(begun.run.id).state == "done"
    parts = [part for part in pipeline.parts(begun.run) if part.entity == "releases"]
    assert [part.part for part in parts] == list(range(len(parts)))
    assert sum(part.records for part in parts) == 60
    assert is_equal(pipeline, source)
    assert kept.value


def test_a_split_that_breaks_before_its_ledger_cuts_the_same_part_again(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = pipeline.begin(source)
    splits = deliver_all(pipeline, begun.messages, Download)
    counter = itertools.count()

    class Broken:
        def __getattr__(self, name: str) -> str:
            if name == "insert_part" and next(counter) == 2:
                raise Stopped
            return str(getattr(sql, name))

    monkeypatch.setattr("functions.extract.split.file_splitter.sql", Broken())
    message = next(each for each in splits if isinstance(each, Split) and each.entity == "releases")
    with pytest.raises(Stopped):
        deliver(pipeline, message)
    monkeypatch.undo()
    assert len(pipeline.parts(begun.run)) == 2
    pipeline.go_on(splits)
    pipeline.go_on(resume(pipeline.context)[1])
    assert is_equal(pipeline, source)


def test_only_new_and_changed_records_are_different(pipeline: Pipeline, source: Path) -> None:
    pipeline.load(source)
    raw = dict(pipeline.query("SELECT id, raw FROM record_state WHERE entity = 1"))

    def difference(*records: tuple[int, int]) -> list[int]:
        ids, digests = [number for number, _ in records], [digest for _, digest in records]
        index = PartIndex(ids=ids, raw=digests, lengths=[], places=[])
        with pipeline.context.connection() as connection:
            return [ids[place] for place in changed(connection, "artists", index, list(range(len(ids))))]

    assert difference() == []
    assert difference((3, raw[3]), (2, 0), (99, 1)) == [2, 99]
    assert difference((3, raw[3]), (2**62, 1), (1, 0)) == [2**62, 1]  # far apart: asked one by one
    assert difference(*((number, raw[number]) for number in raw)) == []


def test_two_loads_at_once_are_one_and_another_dump_is_refused(pipeline: Pipeline, source: Path) -> None:
    begun = pipeline.begin(source)
    again = pipeline.begin(source)
    assert (again.joined, again.run, again.messages) == (True, begun.run, [])
    write_dump(source, MAY, small())
    with pytest.raises(RefusedError, match=r"Run \d+, a load of 20260401, is running"):
        pipeline.begin(source)
    pipeline.go_on(begun.messages)
    assert pipeline.load(source).state == "done"


def test_two_loads_begun_at_the_same_moment_are_one(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_and_wait(connection: Connection) -> Run | None:
        found = active_run(connection)
        time.sleep(0.3)
        return found

    monkeypatch.setattr("functions.runs.begin.active_run", look_and_wait)
    with ThreadPoolExecutor() as pool:
        begun = list(pool.map(lambda _: pipeline.begin(source), range(2)))
    assert sorted(each.joined for each in begun) == [False, True]
    assert len({each.run.id for each in begun}) == 1


def test_a_finish_that_broke_off_after_its_deletions_ends_the_same(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.load(source)
    records = small()
    records["artists"] = [artist(1, "<profile>new</profile>"), *records["artists"][1:38]]
    write_dump(source, MAY, records)

    def broken(context: object, run: int) -> None:
        raise Stopped

    begun = pipeline.begin(source)
    monkeypatch.setattr("functions.finish.finish.settle_graph", broken)
    with pytest.raises(Stopped):
        pipeline.go_on(begun.messages)
    monkeypatch.undo()
    assert pipeline.run(begun.run.id).state == "finishing"
    pipeline.go_on(resume(pipeline.context)[1])
    assert pipeline.run(begun.run.id).state == "done"
    assert pipeline.written(begun.run).rows == 3
    assert pipeline.differences(source, MAY) == {}
    again = pipeline.load(source)
    assert pipeline.written(again) == WrittenCounts(0, 0, 0, 0)


def test_few_changes_in_a_long_stretch_go_on_early_and_the_split_resumes_behind_them(
    pipeline: Pipeline, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("functions.extract.parse.lxml_engine.BATCH_RECORDS", 5)
    records = small()
    pipeline.load(write_dump(tmp_path, APRIL, records))
    for number in (3, 20, 40, 58):
        records["releases"][number - 1] = release(number, "<country>Peru</country>")
    write_dump(tmp_path, MAY, records)
    with open_pipeline(settings, part_bytes=1_000_000, part_span_bytes=2_000) as early:
        begun = early.begin(tmp_path)
        splits = deliver_all(early, begun.messages, Download)
        message = next(each for each in splits if isinstance(each, Split) and each.entity == "releases")
        split = iter(FUNCTIONS.spec("split").load()(early.context, message) or ())
        sent = [next(split), next(split)]
        assert early.files(begun.run)["releases"].state == "fetched"
        early.go_on(sent[:1])
        del split  # the process ends here
        early.go_on(resume(early.context)[1])
        run = early.run(begun.run.id)
        parts = [part for part in early.parts(run) if part.entity == "releases"]
        assert (run.state, early.written(run).rows, [part.records for part in parts]) == ("done", 4, [1] * 4)
        assert early.files(run)["releases"].unchanged == 56
        assert early.differences(tmp_path, MAY) == {}


@pytest.mark.parametrize("bulk", ["no", "yes"])
def test_a_smallest_pool_is_enough(settings: Settings, source: Path, bulk: str) -> None:
    with open_pipeline(structs.replace(settings, pool_size=6), part_bytes=2_000) as pipeline:
        pipeline.reset()
        assert pipeline.load(source, bulk=bulk).state == "done"
        assert pipeline.load(source).state == "done"
