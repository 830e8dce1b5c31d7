"""What is planned just while a derivation is published."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.derivations import assemble
from functions.derivations.plan import plan_derivations, publish
from functions.runtime.messages import Message
from functions.runtime.settings import Settings
from tests.integration.pipeline import APRIL, Pipeline, open_pipeline, small, write_dump
from tests.processes import wait_until

WAITING = """SELECT 1 FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%derivations%'"""


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        opened.reset()
        yield opened


def test_what_is_planned_while_an_assembly_is_published_is_assembled_too(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, threads = list[Message](), list[threading.Thread]()

    def change_and_plan() -> None:
        pipeline.query("INSERT INTO document_changes (entity, id) VALUES (1, 3)")
        planned.extend(plan_derivations(pipeline.context))

    def publishing(connection: Any, name: str, *given: Any, **more: Any) -> None:
        if name == "search" and not threads:
            threads.append(threading.Thread(target=change_and_plan))
            threads[0].start()
            wait_until(
                lambda: bool(pipeline.query(WAITING)) or not threads[0].is_alive(), lambda: "it neither ends nor waits"
            )
        publish(connection, name, *given, **more)

    monkeypatch.setattr(assemble, "publish", publishing)
    assert pipeline.load(write_dump(tmp_path, APRIL, small()), APRIL).state == "done"
    [thread] = threads
    thread.join(60)
    assert planned
    pipeline.go_on(planned)
    assert pipeline.query("SELECT name FROM derivations WHERE building OR caught_up_at IS NULL") == []
    assert pipeline.query("SELECT id FROM search_staged") == []
