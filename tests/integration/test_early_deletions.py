"""What a dump no longer has goes as soon as all of it is read, and before its parts are loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.runs.run_commands import pause, unpause
from functions.runtime.messages import Finish, LoadGraph, Message, Split
from tests.integration.pipeline import (
    APRIL,
    MAY,
    Pipeline,
    Texts,
    deliver,
    deliver_all,
    small,
    split_of,
    write_dump,
)

PIPELINE = {"deletion_share": 0.5}


@pytest.fixture
def pipeline(opened: Pipeline, tmp_path: Path) -> Pipeline:
    """April is loaded."""
    opened.reset()
    opened.load(write_dump(tmp_path / "april", APRIL, small()), APRIL)
    return opened


def without(**lost: int) -> Texts:
    """What `small` makes without the last ones of each entity."""
    return {entity: texts[: len(texts) - lost.get(entity, 0)] for entity, texts in small().items()}


def finish_of(messages: list[Message]) -> Finish:
    [found] = [message for message in messages if isinstance(message, Finish)]
    return found


def test_the_last_split_has_them_removed_while_parts_wait(pipeline: Pipeline, tmp_path: Path) -> None:
    texts = without(releases=2, artists=1)
    source = write_dump(tmp_path / "may", MAY, {**texts, "masters": [*texts["masters"], "<master id='9'/>"]})
    begun, messages = split_of(pipeline, source, dump=MAY)
    early = deliver(pipeline, finish_of(messages))
    gone = {("artists", 40), ("releases", 59), ("releases", 60)}
    assert pipeline.tombstones() == gone
    assert {(type(message), message.entity) for message in early if isinstance(message, LoadGraph)} == {
        (LoadGraph, "artists"),
        (LoadGraph, "releases"),
    }
    assert pipeline.run(begun.run.id).state == "running"
    assert 9 not in pipeline.ids("masters")
    pipeline.go_on([*messages, *early])
    assert pipeline.run(begun.run.id).state == "done"
    assert [part.kind for part in pipeline.parts(begun.run) if part.entity == "releases"] == ["ids"]
    assert pipeline.differences(source, MAY) == {}


def test_before_the_last_split_nothing_is_removed(pipeline: Pipeline, tmp_path: Path) -> None:
    source = write_dump(tmp_path / "may", MAY, without(releases=2, artists=1))
    begun = pipeline.begin(source, MAY)
    [first, *rest] = deliver_all(pipeline, begun.messages, type(begun.messages[0]))
    assert isinstance(first, Split)
    messages = deliver(pipeline, first)
    assert deliver(pipeline, Finish(run=begun.run.id)) == []
    assert pipeline.tombstones() == set()
    pipeline.go_on([*messages, *rest])
    assert pipeline.differences(source, MAY) == {}


def test_more_than_the_limit_of_one_entity_keeps_all(pipeline: Pipeline, tmp_path: Path) -> None:
    source = write_dump(tmp_path / "may", MAY, without(releases=2, masters=4))
    begun, messages = split_of(pipeline, source, dump=MAY)
    assert deliver(pipeline, finish_of(messages)) == []
    assert pipeline.tombstones() == set()
    pipeline.go_on(messages)
    assert pipeline.run(begun.run.id).state == "stopped"
    assert pipeline.tombstones() == set()


def test_a_paused_run_removes_nothing_until_it_goes_on(pipeline: Pipeline, tmp_path: Path) -> None:
    source = write_dump(tmp_path / "may", MAY, without(releases=2))
    _, messages = split_of(pipeline, source, dump=MAY)
    pause(pipeline.context)
    assert deliver(pipeline, finish_of(messages)) == []
    assert pipeline.tombstones() == set()
    pipeline.go_on(unpause(pipeline.context)[1])
    assert pipeline.tombstones() == {("releases", 59), ("releases", 60)}
    assert pipeline.differences(source, MAY) == {}
