"""A download and what ends a run, told to stop in the middle: no start counts, and whoever comes next begins again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from functions.derivations.plan import forget_derivations, plan_derivations
from functions.registry import FUNCTIONS
from functions.runtime.messages import Assemble, Derive, Download, Embed, Finish, Message
from functions.runtime.messaging.queue_admin import flush
from functions.runtime.messaging.sender import send_all
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo
from tests.integration.pipeline import (
    APRIL,
    MAY,
    Pipeline,
    artist,
    deliver,
    deliver_all,
    entity_file,
    label,
    open_pipeline,
    small,
    write_dump,
)
from tests.processes import running, wait_until
from tests.site import Drip, Site, running_site

#: Three times what any worker may take from SIGTERM to its end: its machine may be busy.
STOP_LIMIT_S = 60.0

#: Where each waits once it has done some of its work: at the second table of profiles, at the vectors of labels, after
#: the removals.
HELD = {"month_counts", "vectors_labels", "counts"}

_WAITED_FOR = """
    SELECT relation::regclass::text FROM pg_locks
    WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""

_ATTEMPTS = """
    SELECT 'finish', attempts FROM runs WHERE attempts > 0
    UNION ALL SELECT name, assemble_attempts FROM derivations WHERE assemble_attempts > 0"""

_LEFT = """
    SELECT 1 FROM derivation_work UNION ALL SELECT 1 FROM document_changes
    UNION ALL SELECT 1 FROM derivations WHERE caught_up_at IS NULL
    UNION ALL SELECT 1 FROM runs WHERE state NOT IN ('done')"""


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as pipeline:
        pipeline.reset()
        flush(settings, FUNCTIONS.queues)
        yield pipeline


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path / "site") as running:
        write_dump(running.root / "data" / "2026", APRIL, small())
        yield running


def test_a_download_that_waits_for_its_site_stops_in_time_and_no_start_counts(
    settings: Settings, tmp_path: Path, pipeline: Pipeline, site: Site
) -> None:
    """It cannot be interrupted there: it is broken off."""
    name = entity_file(tmp_path, APRIL, "releases").name
    site.fail(name, Drip(piece=100, pause=60))
    with open_pipeline(settings, site_url=site.url, dump_root=str(tmp_path / "dumps")) as from_site:
        begun = from_site.begin("discogs")
        download = Download(run=begun.run.id, entity="releases")
        with running(tmp_path, from_site.context.settings, "worker", "download") as worker:
            send_all(settings, [download])
            wait_until(lambda: site.sent[name] >= 100, worker.text)
            assert states(pipeline) == [("listed", 1)]
            assert worker.end(STOP_LIMIT_S) == 0
            assert "redelivered" in worker.text()
        assert states(pipeline) == [("listed", 0)]
        with running(tmp_path, from_site.context.settings, "worker", "download") as again:
            wait_until(lambda: states(pipeline) == [("fetched", 0)], again.text)
        from_site.go_on(begun.messages)
        assert from_site.run(begun.run.id).state == "done"
    assert pipeline.differences(site.root, APRIL) == {}


def test_a_busy_download_stops_between_two_pieces_and_goes_on_from_what_had_come(
    settings: Settings, tmp_path: Path, pipeline: Pipeline, site: Site
) -> None:
    """It need not be broken off: what had come is whole, and is not asked for again."""
    name = entity_file(tmp_path, APRIL, "releases").name
    arrived = tmp_path / "dumps" / f"{name}.partial"
    site.fail(name, Drip(piece=10, pause=0.2))
    with open_pipeline(settings, site_url=site.url, dump_root=str(tmp_path / "dumps")) as from_site:
        begun = from_site.begin("discogs")
        with running(tmp_path, from_site.context.settings, "worker", "download") as worker:
            send_all(settings, [Download(run=begun.run.id, entity="releases")])
            wait_until(lambda: site.sent[name] >= 30, worker.text)
            assert worker.end(STOP_LIMIT_S) == 0
            assert "redelivered" not in worker.text()
        assert states(pipeline) == [("listed", 0)]
        here = arrived.stat().st_size
        assert 0 < here < (site.root / "data" / "2026" / name).stat().st_size
        with running(tmp_path, from_site.context.settings, "worker", "download") as again:
            wait_until(lambda: states(pipeline) == [("fetched", 0)], again.text)
        assert site.asked(name)[-1] == here


def states(pipeline: Pipeline) -> list[tuple[str, int]]:
    """State and starts of the file of releases."""
    return [tuple(row) for row in pipeline.query("SELECT state, attempts FROM files WHERE entity = 'releases'")]


def two_months(folder: Path) -> Path:
    """April, and May in which artists and labels say something else, and the last of each is gone."""
    records = small()
    for date, profile, gone in ((APRIL, "Dub from Leeds", 0), (MAY, "Polka from Graz", 1)):
        records["artists"] = [artist(n, said(profile, n)) for n in range(1, 41 - gone)]
        records["labels"] = [label(n, said(profile, n)) for n in range(1, 11 - gone)]
        write_dump(folder, date, records)
    return folder


def said(profile: str, number: int) -> str:
    return f"<profile>{profile}, and so on to the {number}th.</profile>"


def at_the_end(pipeline: Pipeline, source: Path) -> list[Message]:
    """Derivations to be assembled, and a run to be ended; their messages."""
    pipeline.load(source, APRIL)
    with pipeline.context.connection() as connection:
        forget_derivations(connection, ["profiles", "vectors"])
    assemblies = deliver_all(pipeline, plan_derivations(pipeline.context), Derive)
    begun = pipeline.begin(source, MAY, accept_deletions=True)
    waiting, end = list(begun.messages), Finish(run=begun.run.id)
    while waiting:
        message = waiting.pop()
        waiting += deliver(pipeline, message) if message != end else []
    return [*assemblies, end]


def test_what_ends_a_run_stops_in_time_and_begins_again_without_a_start_that_counts(
    settings: Settings, tmp_path: Path, pipeline: Pipeline
) -> None:
    source = two_months(tmp_path)
    messages = at_the_end(pipeline, source)
    assert {type(message) for message in messages} == {Assemble, Embed, Finish}
    names = ["assemble", "embed", "finish"]
    with ExitStack() as stack:
        held = stack.enter_context(psycopg.connect(postgres_conninfo(settings)))
        held.execute(f"LOCK TABLE {', '.join(HELD)} IN ACCESS EXCLUSIVE MODE")
        workers = [stack.enter_context(running(tmp_path, settings, "worker", name)) for name in names]
        send_all(settings, messages)
        wait_until(lambda: waited_for(pipeline) == HELD, lambda: "\n".join(worker.text() for worker in workers))
        assert dict(pipeline.query(_ATTEMPTS)) == {"finish": 1, "profiles": 1, "vectors": 1}
        assert pipeline.tombstones() == {("artists", 40), ("labels", 10)}
        assert pipeline.query("SELECT count(*) > 0 FROM vectors_artists_next") == [(True,)]
        for worker in workers:
            worker.terminate()
        assert [worker.wait(STOP_LIMIT_S) for worker in workers] == [0, 0, 0]
        assert pipeline.query(_ATTEMPTS) == []
        held.rollback()
        after = (*names, "load-graph", "derive")
        again = [stack.enter_context(running(tmp_path, settings, "worker", name)) for name in after]
        wait_until(lambda: pipeline.query(_LEFT) == [], lambda: "\n".join(worker.text() for worker in again))
    assert pipeline.differences(source, MAY) == {}


def waited_for(pipeline: Pipeline) -> set[str]:
    """The tables that somebody waits for."""
    return {name for (name,) in pipeline.query(_WAITED_FOR)}
