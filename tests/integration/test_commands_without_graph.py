"""Commands that the graph has no part in work while it is down."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from functions.registry import FUNCTIONS
from functions.runtime.messaging import queue_admin
from infra.cli import load, quarantine
from tests.integration.pipeline import APRIL, Pipeline, artist, write_dump
from tests.stack import environment_of

TABLES_ONLY = True
BROKEN = ["<artist><id>7</id><name>x</artist>", "<artist><id>8</id><name>y</artist>"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_dump(tmp_path, APRIL, {"artists": [*(artist(number) for number in range(1, 6)), *BROKEN]})


def linernotes(pipeline: Pipeline, *words: str, code: int = 0) -> str:
    app = typer.Typer()
    quarantine.register(app)
    load.register(app)
    settings = msgspec.structs.replace(pipeline.context.settings, graph_address="bolt://127.0.0.1:1")
    done = CliRunner().invoke(app, list(words), env=environment_of(settings))
    assert done.exit_code == code, f"{done.output}{done.exception or ''}"
    return f"{done.output}{done.exception or ''}"


def test_quarantine_is_looked_at_and_tried_again(
    pipeline: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipeline.load(source, only_store="table").state == "done"
    found = json.loads(linernotes(pipeline, "quarantine", "list", "--json"))
    assert len(found) == 2
    assert "<name>" in linernotes(pipeline, "quarantine", "show", str(found[0]["id"]))
    monkeypatch.setattr(quarantine, "watch_run", lambda *_, **__: 0)
    linernotes(pipeline, "quarantine", "retry", "--yes")
    assert pipeline.query("SELECT kind FROM runs ORDER BY id DESC LIMIT 1") == [("retry",)]
    queue_admin.flush(pipeline.context.settings, FUNCTIONS.queues)


def test_the_tables_alone_are_loaded(pipeline: Pipeline, source: Path) -> None:
    words = ("load", str(source), "--no-wait", "--ignore-disk")
    assert "the graph server" in linernotes(pipeline, *words, code=1)
    assert "the graph server" in linernotes(pipeline, *words, "--only", "table", "--replace", code=1)
    linernotes(pipeline, *words, "--only", "table")
    assert pipeline.query("SELECT kind, only_store FROM runs") == [("load", "table")]
    queue_admin.flush(pipeline.context.settings, FUNCTIONS.queues)
