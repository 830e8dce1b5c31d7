"""The process ends at boundaries of a run that has to stop: it stops all the same, and removes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from functions.extract.download.source import find_dump
from functions.runs.begin import LoadOptions, begin_load
from functions.runtime.messages import Message
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from tests.faults.crashes.life import run_to_the_end
from tests.integration.pipeline import APRIL, MAY, Pipeline, artist, label, open_pipeline, write_dump

CRASHES = max(1, int(os.environ.get("LINERNOTES_CRASHES", "150")) // 15)

_BROKEN = "<label><id>{}</id><name>a & b</name></label>"
_NO_ID = "<label><name>without an id</name></label>"


def loading(source: Path, **options: Any) -> Callable[[Context], list[Message]]:
    """Load the newest month into the tables."""

    def begin(context: Context) -> list[Message]:
        dump = find_dump(context.settings, str(source))
        return begin_load(context, dump, LoadOptions(bulk="no", only_store="table", **options)).messages

    return begin


@pytest.fixture(scope="module")
def stopping(settings: Settings) -> Iterator[tuple[Settings, Pipeline]]:
    """Stores for runs that look at the share of rejected records from ten records on."""
    sizes = {"part_bytes": 300, "pending_parts": 10_000}
    few = structs.replace(settings, **sizes, rejected_share=0.2, lease=0.0)
    with pytest.MonkeyPatch.context() as patch, open_pipeline(few, **sizes) as pipeline:
        patch.setattr("functions.extract.limits.load_limits.LEAST_RECORDS", 10)
        yield few, pipeline


@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("kind", ["malformed", "without an id"])
def test_a_run_that_has_to_stop_does_so_wherever_its_process_ends(
    stopping: tuple[Settings, Pipeline], tmp_path: Path, kind: str
) -> None:
    settings, pipeline = stopping
    labels, artists = [label(number) for number in range(1, 31)], [artist(number) for number in range(1, 11)]
    april = write_dump(tmp_path / "april", APRIL, {"artists": artists, "labels": labels})
    bad = [_BROKEN.format(number) if kind == "malformed" else _NO_ID for number in range(1, 16)]
    may = write_dump(tmp_path / "may", MAY, {"artists": artists[:-1], "labels": [*bad, *labels[15:29]]})

    def play(*crash_at: int) -> tuple[int, list[list[tuple[Any, ...]]]]:
        pipeline.empty_tables()
        run_to_the_end(settings, [loading(april)])
        points = run_to_the_end(settings, [loading(may, accept_deletions=True)], crash_at)
        [(state, reason)] = pipeline.query("SELECT state, reason FROM runs ORDER BY id DESC LIMIT 1")
        assert (state, "--accept-rejected" in str(reason)) == ("stopped", True), (crash_at, points.passed)
        assert pipeline.tombstones() == set(), crash_at
        run_to_the_end(settings, [loading(may, accept_deletions=True, accept_rejected=True)])
        assert pipeline.query("SELECT state FROM runs ORDER BY id DESC LIMIT 1") == [("done",)]
        queries = (
            "SELECT * FROM labels ORDER BY id",
            "SELECT entity, id FROM tombstones ORDER BY 1, 2",
            "SELECT entity, id, doc FROM record_state ORDER BY 1, 2",
            "SELECT stream_at, record_id, reason, size FROM quarantine ORDER BY 1",
        )
        return len(points.passed), [pipeline.query(query) for query in queries]

    boundaries, wanted = play()
    for number in range(CRASHES):
        place = round((number + 0.5) * boundaries / CRASHES + 0.5)
        assert play(place)[1] == wanted, place
