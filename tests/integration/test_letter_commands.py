"""`linernotes dead-letters`: it lists what was given up, and falls on no more than somebody has agreed to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from functions.operations import dead_letter_actions
from functions.registry import FUNCTIONS
from functions.runtime.messages import Assemble
from functions.runtime.messaging import queue_admin
from infra.cli import dead_letters
from tests.integration.pipeline import Pipeline
from tests.integration.test_acting import dead_parts, put_dead, states
from tests.stack import environment_of

TABLES_ONLY = True
PIPELINE = {"part_bytes": 2_000}
GIVE_UP = """INSERT INTO derivations (name, given_up, error) VALUES (%s, true, 'poison')
    ON CONFLICT (name) DO UPDATE SET given_up = true, error = 'poison'"""


@pytest.fixture
def empty(pipeline: Pipeline) -> Pipeline:
    """A pipeline on empty stores and queues."""
    settings = pipeline.context.settings
    queue_admin.flush(settings, FUNCTIONS.queues)
    queue_admin.purge(settings, FUNCTIONS.queues)
    return pipeline


def linernotes(pipeline: Pipeline, *words: str, answer: str = "", code: int = 0) -> str:
    app = typer.Typer()
    dead_letters.register(app)
    environment = environment_of(pipeline.context.settings) | {"COLUMNS": "200"}
    done = CliRunner().invoke(app, ["dead-letters", *words], env=environment, input=answer)
    assert (done.exit_code == 0) == (code == 0), done.output
    return f"{done.output}{done.exception or ''}"


def test_those_that_the_broker_lost_are_listed_as_well(empty: Pipeline, source: Path) -> None:
    parts = dead_parts(empty, source)
    found = json.loads(linernotes(empty, "list", "--json"))
    assert sorted((letter["part"], letter["held"], letter["error"]) for letter in found) == [
        (parts[0].part, False, "it is broken"),
        (parts[1].part, True, "it is odd"),
        (parts[2].part, True, "it is broken"),
    ]
    assert [letter["message"] and letter["message"]["part"] for letter in found] == [
        letter["part"] if letter["held"] else None for letter in found
    ]
    lines = linernotes(empty, "list").splitlines()
    [lost] = [line for line in lines if f"{parts[0].run}.releases.{parts[0].part}" in line]
    assert f'"part":{parts[0].part}' in lost
    assert lost.rstrip().endswith("no    it is broken")
    assert len(lines) == 4


def test_an_assembly_that_was_given_up_is_one_letter_whether_the_broker_has_it_or_not(empty: Pipeline) -> None:
    given_up = [spec for spec in FUNCTIONS.derivations if spec.assembly is Assemble][:2]
    for spec in given_up:
        empty.query(GIVE_UP, spec.name)
    kept, lost = (spec.name for spec in given_up)
    put_dead(empty.context.settings, Assemble(derivation=kept), "poison")
    found = json.loads(linernotes(empty, "list", "--json"))
    assert [(letter["message"], letter["held"]) for letter in found if letter["held"]] == [
        ({"type": "Assemble", "version": 1, "derivation": kept}, True)
    ]
    assert [letter["id"] for letter in found if not letter["held"]] == [f"assemble.{lost}"]
    assert "2 brought back" in linernotes(empty, "requeue", "--yes")


def test_several_are_tried_again_once_it_is_agreed_to(empty: Pipeline, source: Path) -> None:
    parts = dead_parts(empty, source)
    assert "Try 3 dead letters again?" in linernotes(empty, "requeue", answer="n\n", code=1)
    linernotes(empty, "requeue", code=1)  # nobody is there to ask
    assert states(empty, parts) == ["dead"] * 3
    assert "3 brought back" in linernotes(empty, "requeue", answer="y\n")
    assert states(empty, parts) == ["cut"] * 3


def test_one_alone_is_tried_again_without_a_question(empty: Pipeline, source: Path) -> None:
    parts = dead_parts(empty, source)
    empty.query("UPDATE parts SET state = 'cut', died_in = NULL WHERE part = %s", parts[0].part)
    ids = [letter.id for letter in queue_admin.dead_letters(empty.context.settings, FUNCTIONS.queues)]
    assert "Drop 1 dead letter?" in linernotes(empty, "purge", ids[0], answer="y\n")
    empty.query("UPDATE parts SET state = 'cut', died_in = NULL WHERE state = 'dead' AND part <> %s", parts[2].part)
    assert "1 brought back" in linernotes(empty, "requeue")


def test_more_than_were_agreed_to_are_left_alone(
    empty: Pipeline, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = dead_parts(empty, source)
    monkeypatch.setattr(dead_letter_actions, "count", lambda *_: 2)  # one more comes while somebody reads the question
    for words in (["requeue", "--yes"], ["purge", "--yes"]):
        said: Any = linernotes(empty, *words, code=1)
        assert "There are 3 dead letters now, and 2 were agreed to" in said
    assert states(empty, parts) == ["dead"] * 3
