"""A step that ends its process each time it is started: the starts are counted, and the run fails at last."""

from __future__ import annotations

from typing import NoReturn

import pytest

from functions.runtime.errors import PermanentError
from functions.runtime.ledger.obituary import note_dead
from functions.runtime.messages import Download, Finish, Message, Split
from tests.integration.pipeline import MAY, deliver, deliver_all, open_pipeline, small, write_dump

#: What each function does first once it has counted its start.
FIRST = {
    Download: "functions.extract.download._fetch_and_check",
    Split: "functions.extract.split.Splitting",
    Finish: "functions.finish.finish.remove_gone",
}


class ProcessEnds(BaseException):
    """As if by kill -9."""


def end_process(*_: object) -> NoReturn:
    raise ProcessEnds


@pytest.fixture(scope="module")
def pipeline(settings):
    with open_pipeline(settings, max_attempts=3) as pipeline:
        yield pipeline


@pytest.mark.parametrize("kind", FIRST)
def test_a_step_of_a_whole_file_or_run_is_not_started_for_ever(
    pipeline, tmp_path, monkeypatch, kind: type[Message]
) -> None:
    pipeline.reset()
    source = write_dump(tmp_path, MAY, small())
    begun = pipeline.begin(source)
    messages = begun.messages
    while not isinstance(messages[0], kind):
        messages = deliver_all(pipeline, messages, type(messages[0]))
    monkeypatch.setattr(FIRST[kind], end_process)
    for _ in range(3):
        with pytest.raises(ProcessEnds):
            deliver(pipeline, messages[0])
    with pytest.raises(PermanentError, match="was started 4 times without an end") as error:
        deliver(pipeline, messages[0])
    note_dead(pipeline.context, messages[0], error.value)
    assert pipeline.run(begun.run.id).state == "failed"
    monkeypatch.undo()
    assert pipeline.load(source).state == "done"
