"""Logs and figures of a process."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from prometheus_client.mmap_dict import MmapedDict

from functions.runtime.process.parent_watchdog import ParentWatchdog
from functions.runtime.settings import Settings, read_settings
from functions.runtime.supervised_process import CHILD_INDEX, is_alive
from functions.runtime.telemetry import metric_files, metrics
from functions.runtime.telemetry.logs import REQUEST, configure_logs, log_file, log_request, redact, secrets_of


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    logging.getLogger("linernotes.requests").handlers.clear()
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return read_settings(
        {
            "LINERNOTES_HOME": str(tmp_path),
            "NEO4J_PASSWORD": "graph-secret",
            "AMQP_CONNECTION": "amqp://me:broker-secret@host:5672/",
            "LINERNOTES_LOG_BYTES": "10000",
            "LINERNOTES_LOG_FILES": "2",
        }
    )


def test_a_supervised_process_writes_json_lines_to_a_file_of_its_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHILD_INDEX, "1")
    configure_logs(settings, "split")
    with structlog.contextvars.bound_contextvars(run=4, entity="releases"):
        structlog.get_logger("x").warning("It is slow.", part=7, name="坂本龍一")
    logging.getLogger("dramatiq.something").warning("from %s", "elsewhere")
    structlog.get_logger("x").debug("not shown")
    first, second = [json.loads(line) for line in log_file(settings, "split", 1).read_text().splitlines()]
    expected = {"event": "It is slow.", "level": "warning", "process": "split", "run": 4, "part": 7, "name": "坂本龍一"}
    assert expected.items() <= first.items()
    assert "timestamp" in first
    assert (second["event"], second["level"]) == ("from elsewhere", "warning")


def test_a_line_about_a_request_is_as_any_other_and_shows_no_secret(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHILD_INDEX, "0")
    configure_logs(settings, "gateway")
    known = REQUEST.set("graph-secret")
    said: dict[str, Any] = {"method": "GET", "path": "/a/broker-secret", "status": 200, "ms": 1.2}
    structlog.get_logger("x").info("request", **said)
    log_request(**said, quiet=False)
    log_request(**said, quiet=True)
    logging.getLogger("linernotes.requests").handlers[0].flush()
    REQUEST.reset(known)
    any_other, line = [json.loads(line) for line in log_file(settings, "gateway").read_text().splitlines()]
    assert (line["path"], line["request"]) == ("/a/***", "***")
    assert list(line) == list(any_other)
    assert line | {"timestamp": ""} == any_other | {"timestamp": ""}
    assert len(line["timestamp"]) == len(any_other["timestamp"])


def test_on_a_terminal_a_request_is_a_line_of_words(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(msgspec.structs.replace(settings, log_format="console"), "gateway", icon="G")
    log_request("GET", "/a", 200, 1.2, quiet=False)
    line = capsys.readouterr().err
    assert ("G request" in line, "/a" in line, "{" in line) == (True, True, False)


def test_log_files_are_rotated(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHILD_INDEX, "0")
    configure_logs(settings, "gateway")
    for _ in range(200):
        structlog.get_logger("x").info("x" * 300)
    files = sorted(path.name for path in log_file(settings, "gateway").parent.iterdir())
    assert files == ["gateway.log", "gateway.log.1", "gateway.log.2"]


def test_lines_about_requests_are_rotated_with_the_others_and_come_by_themselves(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CHILD_INDEX, "0")
    configure_logs(settings, "gateway")
    lines = logging.getLogger("linernotes.requests").handlers[0]
    for _ in range(10):
        for _ in range(20):
            log_request("GET", "x" * 200, 200, 1.0, quiet=False)
        lines.flush()
    folder = log_file(settings, "gateway").parent
    assert {path.name for path in folder.iterdir()} == {"gateway.log", "gateway.log.1", "gateway.log.2"}
    log_request("GET", "/the/last", 200, 1.0, quiet=False)
    deadline = time.monotonic() + 60
    while "/the/last" not in log_file(settings, "gateway").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_elsewhere_lines_go_to_standard_error(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(settings, "gateway")
    structlog.get_logger("x").info("hello")
    assert json.loads(capsys.readouterr().err)["event"] == "hello"


def test_on_a_terminal_a_line_has_the_icon_of_its_function(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs(read_settings({"LINERNOTES_HOME": settings.home, "LINERNOTES_LOG_FORMAT": "console"}), "gateway")
    structlog.get_logger("x").info("hello")
    assert "· hello" in capsys.readouterr().err
    console = read_settings({"LINERNOTES_HOME": settings.home, "LINERNOTES_LOG_FORMAT": "console"})
    configure_logs(console, "split", icon="✂")
    structlog.get_logger("x").info("hello")
    assert "✂ hello" in capsys.readouterr().err


def test_no_password_is_ever_logged(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHILD_INDEX, "0")
    configure_logs(settings, "gateway")
    log = structlog.get_logger("x")
    log.info("at amqp://me:broker-secret@host:5672/", nested={"url": ["bolt://u:other@h"], "api_token": "t"})
    log.info("with graph-secret", settings=settings)
    try:
        raise ValueError("it was graph-secret")
    except ValueError:
        logging.getLogger("lib").exception("failed")
    text = log_file(settings, "gateway").read_text()
    assert "Traceback" in text
    for secret in ("graph-secret", "broker-secret", "other", '"t"'):
        assert secret not in text


def test_what_is_secret_comes_from_the_settings(settings: Settings) -> None:
    assert secrets_of(settings) == {"graph-secret", "broker-secret"}
    assert redact({"password": "x", "n": 1, "ok": None}) == {"password": "***", "n": 1, "ok": None}


def test_figures_of_several_processes_are_added_up_and_gauges_of_the_dead_are_dropped(settings: Settings) -> None:
    script = """if True:
        import sys
        from functions.runtime.settings import read_settings
        from functions.runtime.telemetry import metrics
        metrics.begin(read_settings({"LINERNOTES_HOME": sys.argv[1]}))
        if sys.argv[2] == "count":
            metrics.count_records("split", "labels", 5)
            metrics.measured("split", "labels").__enter__()
        else:
            print(metrics.exposition().decode())
    """
    for _ in range(2):
        subprocess.run([sys.executable, "-c", script, settings.home, "count"], check=True)
    shown = subprocess.run([sys.executable, "-c", script, settings.home, "show"], check=True, capture_output=True)
    assert 'linernotes_records_total{entity="labels",function="split"} 10.0' in shown.stdout.decode()
    assert "linernotes_in_progress{" not in shown.stdout.decode()


def test_files_of_ended_processes_are_folded_and_every_total_stays(settings: Settings) -> None:
    script = """if True:
        import sys
        from functions.runtime.settings import read_settings
        from functions.runtime.telemetry import metrics
        metrics.begin(read_settings({"LINERNOTES_HOME": sys.argv[1]}))
        with metrics.stage("split", "read"):
            metrics.count_records("split", "labels", 5)
        metrics.note_process("split", {"pool_size": 3})
        print(metrics.exposition().decode())
    """
    for number in range(1, 4):
        done = subprocess.run([sys.executable, "-c", script, settings.home], check=True, capture_output=True, text=True)
        assert f'linernotes_records_total{{entity="labels",function="split"}} {5.0 * number}' in done.stdout
        assert f'linernotes_stage_seconds_count{{function="split",stage="read"}} {float(number)}' in done.stdout
        assert 'linernotes_pool_connections{process="split",what="pool_size"} 3.0' in done.stdout
        assert done.stdout.count("linernotes_process_cpu_seconds_total{") == 1
    names = {path.name for path in metrics.folder(settings).glob("*_ended.db")}
    assert names == {"counter_ended.db", "histogram_ended.db"}
    assert len(list(metrics.folder(settings).glob("*.db"))) <= 2 + 3  # and those of the last process


@pytest.mark.parametrize(
    "broken_off", ["before its journal", "before the sums are in place", "before the files are gone"]
)
def test_a_fold_that_broke_off_counts_nothing_twice(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, broken_off: str
) -> None:
    place = metrics.folder(settings)
    place.mkdir(parents=True)
    for name, value in (("counter_ended.db", 7.0), (f"counter_{_ended_pid()}.db", 5.0)):
        written = MmapedDict(str(place / name))
        written.write_value("some", value, 0.0)
        written.close()

    def end(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        if broken_off == "before its journal":
            patch.setattr(json, "dumps", end)
        elif broken_off == "before the sums are in place":
            patch.setattr(metric_files, "_go_on", lambda at: end() if (at / "folding.json").exists() else None)
        else:
            patch.setattr(Path, "unlink", lambda self, **_: end() if self.suffix == ".db" else None)
        with pytest.raises(SystemExit):
            _fold(place)
    with metric_files.folded(place):
        assert [path.name for path in place.glob("*.db")] == ["counter_ended.db"]
        values = MmapedDict.read_all_values_from_file(str(place / "counter_ended.db"))
        assert [(key, value) for key, value, *_ in values] == [("some", 12.0)]


def _fold(place: Path) -> None:
    with metric_files.folded(place):
        pass


def _ended_pid() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def test_a_process_without_a_supervisor_is_never_cut_off() -> None:
    assert not ParentWatchdog().is_parent_gone()
    assert is_alive(os.getpid())


def test_a_supervised_process_notices_that_its_supervisor_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    script = """if True:
        import time
        from functions.runtime.process.parent_watchdog import ParentWatchdog
        print(ParentWatchdog().is_parent_gone())
    """
    environment = os.environ | {CHILD_INDEX: "0", "LINERNOTES_SUPERVISOR_PID": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True)
    assert done.stdout == b"True\n"
