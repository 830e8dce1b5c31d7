"""What each process says of itself at a port of its own, as containers have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.runtime.errors import StoreUnavailable
from functions.runtime.process.health import Health
from functions.runtime.settings import Settings
from functions.runtime.supervised_process import CHILD_INDEX
from tests.integration.pipeline import open_pipeline
from tests.processes import Process, running, wait_until


@pytest.fixture(scope="module", autouse=True)
def _tables(settings: Settings):
    with open_pipeline(settings):
        yield


@pytest.mark.parametrize("words", [("worker", "load-graph"), ("scheduler",), ("gateway",)])
def test_each_process_tells_its_health_and_figures_at_a_port_of_its_own(
    settings: Settings, tmp_path: Path, words: tuple[str, ...]
) -> None:
    with running(tmp_path, settings, *words, LINERNOTES_PORT="0") as process:
        process.wait_until_ready()
        assert process.get("/health/live") == (200, '{"status":"ok"}')
        assert process.get("/health/ready") == (200, '{"status":"ok"}')
        status, figures = process.get("/metrics")
        assert status == 200
        assert "process_resident_memory_bytes" in figures
        assert process.get("/elsewhere")[0] == 404
        assert not (tmp_path / "run" / "metrics").exists()
        assert process.end() == 0, process.text()


def test_a_process_that_waits_for_a_store_lives_and_is_not_ready(settings: Settings, tmp_path: Path) -> None:
    with running(tmp_path, settings, "worker", "parse-chunk", POSTGRES_ADDRESS="127.0.0.1:1") as process:
        wait_until(lambda: process.get("/health/live")[0] == 200, lambda: process.text())
        assert process.get("/health/ready") == (503, '{"status":"unavailable"}')


def test_a_process_whose_supervisor_knows_it_opens_no_port(settings: Settings, tmp_path: Path) -> None:
    process = Process(tmp_path, settings, "worker", "parse-chunk", **{CHILD_INDEX: "0"})
    try:
        log = tmp_path / "logs" / "parse-chunk.log"
        wait_until(lambda: log.exists() and "worker ready" in log.read_text(), lambda: process.text())
        assert process.get("/health/live")[0] == 0
    finally:
        process.kill()


def test_a_port_that_is_taken_stops_the_start_with_its_name(settings: Settings, tmp_path: Path) -> None:
    with running(tmp_path, settings, "scheduler") as process:
        process.wait_until_ready()
        with running(tmp_path, settings, "scheduler", LINERNOTES_HEALTH_PORT=str(process.port)) as other:
            wait_until(lambda: "LINERNOTES_HEALTH_PORT" in other.text())


def test_what_ready_asks_is_asked_no_more_often_than_its_answer_holds() -> None:
    asked = []

    def ping() -> None:
        asked.append(1)
        raise StoreUnavailable("The broker does not answer.")

    health = Health()
    assert health.is_live()
    assert not health.is_ready()
    health.started(lambda: True, ping)
    assert [health.is_ready() for _ in range(3)] == [False] * 3
    assert len(asked) == 1


def test_a_process_whose_watchdogs_are_not_well_is_neither_alive_nor_ready() -> None:
    health = Health()
    health.started(lambda: False, lambda: None)
    assert (health.is_live(), health.is_ready()) == (False, False)
