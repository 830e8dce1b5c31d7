"""Acting on the pages: what is asked before, with the exact number, and that it falls on what was meant alone."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from litestar.testing import TestClient

from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations import paging
from functions.operations.dead_letter_list import LetterFilter
from functions.operations.drift_list import DriftFilter
from functions.operations.event_list import EventFilter
from functions.operations.part_list import PartFilter
from functions.registry import FUNCTIONS
from functions.runtime.ledger.claims import mark_dead
from functions.runtime.messages import PartMessage
from functions.runtime.messaging import queue_admin
from functions.runtime.settings import Settings
from gateway.app import create_app
from gateway.pages import operation_actions
from gateway.pages.filters import names_of
from tests.access import key_of, shown
from tests.integration.pipeline import APRIL, Pipeline, artist, write_dump
from tests.integration.test_acting import dead_parts, last_event, states

TABLES_ONLY = True
PIPELINE = {"part_bytes": 2_000}

#: The lists, and what each can look for.
LISTS = {
    "/operations/runs": (),
    "/operations/parts": names_of(PartFilter),
    "/operations/dead-letters": names_of(LetterFilter),
    "/operations/quarantine": names_of(PieceFilter),
    "/operations/drift": names_of(DriftFilter),
    "/operations/events": names_of(EventFilter),
    "/operations/audit": names_of(EventFilter),
}


@pytest.fixture(scope="module")
def client(opened: Pipeline, settings: Settings) -> Iterator[TestClient[Any]]:
    with TestClient(create_app(settings)) as client:
        client.headers.update(shown(key_of(settings, "operate", "by-hand")))
        yield client


@pytest.fixture
def empty(pipeline: Pipeline) -> Pipeline:
    """A pipeline on empty stores and queues."""
    settings = pipeline.context.settings
    queue_admin.flush(settings, FUNCTIONS.queues)
    queue_admin.purge(settings, FUNCTIONS.queues)
    return pipeline


def page(client: TestClient[Any], path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer.text


def form_of(text: str, action: str) -> dict[str, str]:
    """What the form of an action on a page sends."""
    form = re.search(rf'action="/operations/do/{action}".*?</form>', text, re.DOTALL)
    assert form, f"no form for {action}"
    fields = re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form[0])
    return {name: html.unescape(value) for name, value in fields}


def do(client: TestClient[Any], action: str, form: dict[str, str], status: int = 200) -> Any:
    """As a script sends it."""
    answer = client.post(f"/operations/do/{action}", data=form, headers={"Accept": "application/json"})
    assert answer.status_code == status, answer.text
    return answer.json()


# ── dead letters


def test_a_part_is_tried_again_from_its_page_and_no_other_one(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    form = form_of(page(client, f"/operations/runs/{parts[1].run}/parts/releases/{parts[1].part}"), "requeue")
    assert do(client, "requeue", form) == {"said": "1 dead letter is tried again."}
    assert states(empty, parts) == ["dead", "cut", "dead"]
    assert last_event(empty)[1]["filter"] == {"run": parts[1].run, "entity": "releases", "part": parts[1].part}
    assert "There is no dead letter that matches" in do(client, "requeue", form, 409)["detail"]


def test_a_field_that_an_action_does_not_know_is_named_and_nothing_is_done(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    for action in ("requeue", "purge", "retry", "pause", "scale", "schedule", "load"):
        problem = do(client, action, {"most": "9", "surprise": "1"} if action == "requeue" else {"surprise": "1"}, 422)
        assert [one["field"] for one in problem["errors"]] == ["surprise"]
    assert do(client, "requeue", {"part": "x"}, 422)["errors"][0]["field"] == "part"
    assert do(client, "requeue", {"most": "-1"}, 422)["errors"][0]["field"] == "most"
    assert states(empty, parts) == ["dead"] * 3


@pytest.mark.parametrize("path", ["/operations/dead-letters?text=broken", "/operations/parts?state=dead&text=broken"])
def test_all_that_match_are_tried_again_once_their_number_is_agreed_to(
    empty: Pipeline, client: TestClient[Any], source: Path, path: str
) -> None:
    parts = dead_parts(empty, source)
    form = form_of(page(client, path), "requeue")
    asked = do(client, "requeue", form)
    assert asked == {"ask": "Try 2 dead letters again?", "form": {"most": "2"}}
    assert states(empty, parts) == ["dead"] * 3
    mark_dead(empty.context, _another(empty, parts), "it is broken")
    assert "There are 3 dead letters now" in do(client, "requeue", form | asked["form"], 409)["detail"]
    assert do(client, "requeue", form | {"most": "3"})["said"] == "3 dead letters are tried again."
    assert states(empty, parts) == ["cut", "dead", "cut"]


def _another(pipeline: Pipeline, parts: list[PartMessage]) -> PartMessage:
    [(number,)] = pipeline.query("SELECT min(part) FROM parts WHERE state = 'cut'")
    return type(parts[0])(run=parts[0].run, entity="releases", part=number)


def test_without_a_script_the_question_is_a_page_that_leads_back(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    path = "/operations/dead-letters?function=parse-chunk"
    form = form_of(page(client, path), "purge")
    asking = client.post(
        "/operations/do/purge", data=form, headers={"Accept": "text/html", "Referer": f"http://testserver{path}"}
    )
    assert (asking.status_code, "Drop 3 dead letters? Their parts stay dead." in asking.text) == (200, True)
    assert f'href="{path}">No, go back' in asking.text
    no_address = client.post("/operations/do/purge", data=form | {"back": "http://["}, headers={"Accept": "text/html"})
    assert (no_address.status_code, 'href="/operations">No, go back' in no_address.text) == (200, True)
    agreed = form_of(asking.text, "purge")
    assert (agreed["most"], agreed["function"]) == ("3", "parse-chunk")
    done = client.post("/operations/do/purge", data=agreed, headers={"Accept": "text/html"})
    assert (done.status_code, "2 dead letters were dropped." in done.text) == (200, True)
    assert [(one.status_code, one.headers["location"]) for one in done.history] == [(303, "/operations/said")]
    cookie = done.history[0].headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/operations;", "max-age=60"))
    assert f'href="{path}">Go back' in done.text
    assert last_event(empty)[0] == "purged"
    assert states(empty, parts) == ["dead"] * 3


def test_without_a_script_what_was_looked_at_is_a_page_and_what_is_refused_leads_back(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    def sent(action: str, form: dict[str, str]) -> tuple[int, str]:
        headers = {"Accept": "text/html", "Referer": "http://testserver/operations/runs?x=1"}
        answer = client.post(f"/operations/do/{action}", data=form, headers=headers)
        assert 'href="/operations/runs?x=1">Go back' in answer.text
        return answer.status_code, answer.text

    status, said = sent("load", {"source": str(source), "check": "yes"})
    assert (status, "The dump of 20260401" in said) == (200, True)
    assert empty.query("SELECT count(*) FROM runs") == [(0,)]
    status, said = sent("pause", {})
    assert (status, "Try again" in said) == (409, False)
    status, said = sent("requeue", {"surprise": "1"})
    assert (status, "surprise" in said) == (422, True)


def test_what_came_of_an_action_is_told_once_and_to_load_that_page_anew_does_nothing_again(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    dead_parts(empty, source)
    agreed = {"most": "3", "back": "/operations/dead-letters"}
    done = client.post("/operations/do/purge", data=agreed, headers={"Accept": "text/html"})
    assert (done.request.method, done.url.path) == ("GET", "/operations/said")
    assert done.headers["cache-control"] == "no-store"
    assert not client.cookies
    events = empty.query("SELECT count(*) FROM events WHERE kind = 'purged'")
    again = client.get("/operations/said", headers={"Accept": "text/html"}, follow_redirects=False)
    assert (again.status_code, again.headers["location"]) == (303, "/operations")
    assert empty.query("SELECT count(*) FROM events WHERE kind = 'purged'") == events


def test_what_came_of_an_action_is_escaped_bounded_and_believed_from_us_alone(
    client: TestClient[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "<b>" + "é" * 5_000
    monkeypatch.setitem(operation_actions._ACTIONS, "pause", operation_actions._Action(lambda _: said))
    back = "/operations/runs?text=" + "x" * 5_000
    page_headers = {"Accept": "text/html", "Referer": "http://testserver/operations"}
    told = client.post("/operations/do/pause", data={"back": back}, headers=page_headers, follow_redirects=False)
    assert len(told.headers["set-cookie"].partition(";")[0]) <= 4_096
    shown = client.get("/operations/said", headers=page_headers).text
    assert ("&lt;b&gt;éé" in shown, "é…" in shown, 'href="/operations">Go back' in shown) == (True, True, True)
    [name] = [one.partition("=")[0] for one in told.headers["set-cookie"].split(";") if "_said" in one]
    for value in ("", "x", "kuk=.é", told.headers["set-cookie"].partition("=")[2].partition(";")[0][1:]):
        headers = {b"Accept": b"text/html", b"Cookie": f"{name}={value}".encode()}
        made_up = client.get("/operations/said", headers=headers, follow_redirects=False)
        assert (made_up.status_code, made_up.headers["location"]) == (303, "/operations")


def test_a_moment_of_the_address_goes_along_with_the_action(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    empty_list = page(client, "/operations/dead-letters?until=2026-01-01T00:00")
    assert "Nothing was given up" in empty_list
    assert 'value="2026-01-01T00:00:00"' in empty_list
    text = page(client, "/operations/dead-letters?since=2026-01-01T00:00:00")
    form = form_of(text, "requeue")
    assert form == {"since": "2026-01-01T00:00:00"}
    assert do(client, "requeue", form)["ask"] == "Try 2 dead letters again?"  # the broker has lost the third, and when
    links = [html.unescape(one) for one in re.findall(r'href="([^"]*(?:format=csv|/api/)[^"]*)"', text)]
    assert [dict(parse_qsl(urlsplit(one).query)).get("since") for one in links] == ["2026-01-01T00:00:00"] * 2
    assert states(empty, parts) == ["dead"] * 3
    answer = client.get("/operations/dead-letters?since=yesterday")
    assert (answer.status_code, "since: 'yesterday' is no date or time" in answer.text) == (422, True)


# ── quarantine


def test_pieces_are_parsed_again_once_their_exact_number_is_agreed_to(
    empty: Pipeline, client: TestClient[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [f"<artist><id>{number}</id><name>x</artist>" for number in range(7, 12)]
    folder = write_dump(tmp_path, APRIL, {"artists": [*(artist(number) for number in range(1, 6)), *broken]})
    assert empty.load(folder, only_store="table").state == "done"
    monkeypatch.setattr(paging, "MOST_COUNTED", 3)
    monkeypatch.setattr("functions.operations.quarantine_list.MOST_COUNTED", 3)
    text = page(client, "/operations/quarantine?dump=20260401")
    assert "Parse more than 3 again" in text
    form = form_of(text, "retry")
    asked = do(client, "retry", form)
    assert asked == {"ask": "Parse 5 pieces again?", "form": {"most": "5"}}
    assert do(client, "retry", form | asked["form"])["said"].endswith("parses them again.")
    assert last_event(empty)[1]["pieces"] == 5


# ── runs


def test_a_run_is_steered_from_its_page_and_no_other_one(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    run = empty.begin(source).run.id
    text = page(client, f"/operations/runs/{run}")
    assert "Send again what is due" in text
    assert do(client, "resume", form_of(text, "resume"))["said"] == f"Run {run} goes on: 4 messages sent."
    do(client, "pause", form_of(text, "pause"))
    paused = page(client, f"/operations/runs/{run}")
    assert "Send again what is due" not in paused
    do(client, "unpause", form_of(paused, "unpause"))
    form = form_of(text, "cancel")
    asked = do(client, "cancel", form)
    assert asked["ask"].startswith(f"End run {run} where it is?")
    assert empty.run(run).state == "running"
    do(client, "cancel", form | asked["form"])
    assert empty.run(run).state == "cancelled"
    assert "/operations/do/" not in page(client, f"/operations/runs/{run}")
    for action in ("pause", "resume", "cancel"):
        assert do(client, action, {"run": "4711"}, 404)["detail"] == "There is no run 4711."


def test_a_run_that_failed_is_taken_up_from_its_page_unless_another_has_begun(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    run = empty.begin(source).run.id
    empty.query("UPDATE runs SET state = 'failed', finished_at = now()")
    text = page(client, f"/operations/runs/{run}")
    assert "Take it up again" in text
    do(client, "resume", form_of(text, "resume"))
    assert empty.run(run).state == "running"
    empty.query("UPDATE runs SET state = 'failed', finished_at = now()")
    empty.begin(source)
    assert "/operations/do/" not in page(client, f"/operations/runs/{run}")


# ── links


def test_no_page_links_to_a_list_by_what_that_list_cannot_look_for(
    empty: Pipeline, client: TestClient[Any], source: Path
) -> None:
    parts = dead_parts(empty, source)
    run = parts[0].run
    paths = [*LISTS, "/operations", "/operations/wall", f"/operations/runs/{run}"]
    paths.append(f"/operations/runs/{run}/parts/releases/{parts[0].part}")
    found = {
        html.unescape(link) for path in paths for link in re.findall(r'href="(/operations[^"]*)"', page(client, path))
    }
    asked = [(urlsplit(link).path, dict(parse_qsl(urlsplit(link).query))) for link in found]
    assert any(query for _, query in asked)
    unknown = {
        (path, name)
        for path, query in asked
        for name in query
        if name not in {*LISTS.get(path, ()), "cursor", "format", "order", "range", "sort"}
    }
    assert unknown == set()
