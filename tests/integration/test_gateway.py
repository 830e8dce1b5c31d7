"""The gateway on real stores."""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient
from psycopg.types.json import Jsonb

from functions.operations.answers import NOT_SET_UP
from functions.registry import FUNCTIONS
from functions.runs.run_status import run_view, run_views
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from functions.runtime.stores.migrations import migrate_postgres
from gateway.app import create_app
from gateway.pages import static_files
from gateway.pages.static_files import static_url
from infra.stack.ports import free_port
from tests.stack import FreshSettings, environment_of

ROOT = Path(__file__).resolve().parents[2]
DUMP, LATER = dt.date(2026, 4, 1), dt.date(2026, 5, 1)

#: Its keys are not in the order that jsonb keeps.
DATA = {"data_quality": "Correct", "id": 45, "name": '<b>坂本龍一</b> "\\', "urls": ["a", "b"]}
BYTES = msgspec.json.encode(DATA)
HASH = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient[Any]]:
    with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
        migrate_postgres(connection)
        connection.execute(
            "INSERT INTO artists (id, hash, dump, name, data) VALUES (45, %s, %s, %s, %s)",
            (HASH, DUMP, DATA["name"], Jsonb(DATA)),
        )
        connection.execute(
            "INSERT INTO tombstones VALUES ('releases', 7, 'h', %s, %s, %s)",
            (DUMP, LATER, Jsonb({"id": 7, "title": "7"})),
        )
        for state in ("cancelled", "done"):
            connection.execute(
                "INSERT INTO runs (kind, dump, source, entities, state, rows) VALUES ('load', %s, 's', %s, %s, 3)",
                (DUMP, ["artists"], state),
            )
        connection.execute(
            "INSERT INTO files (run, entity, name, state, records) VALUES (2, 'artists', 'a.xml.gz', 'split', 1)"
        )
        connection.execute(
            "INSERT INTO parts (run, entity, part, kind, state, records, rows, nodes, edges)"
            " VALUES (2, 'artists', 0, 'xml', 'done', 1, 1, 2, 5)"
        )
    with TestClient(create_app(settings)) as client:
        yield client


def test_health_pings_every_dependency(client: TestClient[Any]) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    checks = answer.json()["dependencies"]
    assert set(checks) == {"PostgreSQL", "graph", "broker", "cache", "bucket"}
    assert all(check["ok"] and check["latency_ms"] >= 0 for check in checks.values())
    assert checks["cache"]["says"] == "cache answers."


def test_a_document_comes_with_its_month_and_its_hash_can_be_computed_anew(client: TestClient[Any]) -> None:
    answer = client.get("/api/artists/45")
    assert answer.status_code == 200
    assert answer.json() == {"id": 45, "dump": "20260401", "hash": HASH, "data": DATA}
    assert BYTES in answer.content
    assert answer.headers["etag"] == f'"{HASH}"'


def test_a_document_that_the_client_has_is_not_sent_again(client: TestClient[Any]) -> None:
    same = client.get("/api/artists/45", headers={"If-None-Match": f'"x", W/"{HASH}"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", f'"{HASH}"')
    assert client.get("/api/artists/45", headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/api/artists/46", 404, "There is no artist 46."),
        ("/api/labels/45", 404, "There is no label 45."),
        ("/api/masters/-1", 404, "There is no master -1."),
        ("/api/artists/99999999999999999999", 422, "'99999999999999999999' is no id: give a whole number of 64 bits."),
        ("/api/artists/x", 422, "'x' is no id: give a whole number of 64 bits."),
        ("/api/nowhere/1", 404, "There is nothing at /api/nowhere/1: / shows what there is."),
        ("/api/runs/9", 404, "There is no run 9."),
        ("/api/runs?limit=0", 422, "limit: Expected `int` >= 1."),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    client: TestClient[Any], path: str, status: int, sentence: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["detail"], problem["status"]) == (sentence, status)
    assert problem["title"] == HTTPStatus(status).phrase


def test_a_parameter_that_cannot_be_taken_is_named(client: TestClient[Any]) -> None:
    problem = client.get("/api/runs?limit=0").json()
    assert problem["errors"] == [{"field": "limit", "detail": "Expected `int` >= 1"}]


def test_a_removed_document_is_gone_since_a_month(client: TestClient[Any]) -> None:
    answer = client.get("/api/releases/7")
    assert answer.status_code == 410
    assert answer.json() == {
        "title": "Gone",
        "detail": "The release 7 was removed: the dump 20260501 no longer has it.",
        "status": 410,
        "id": 7,
        "dump": "20260401",
        "removed_in": "20260501",
        "name": "7",
    }


def test_runs_are_shown_newest_first_as_by_the_command_line(client: TestClient[Any], settings: Settings) -> None:
    runs = client.get("/api/runs").json()["runs"]
    with open_context(settings, FUNCTIONS) as context:
        assert runs == msgspec.json.decode(msgspec.json.encode(run_views(context)))
        assert client.get("/api/runs/2").json() == msgspec.json.decode(msgspec.json.encode(run_view(context, 2)))
    assert [(run["id"], run["state"], run["dump"]) for run in runs] == [
        (2, "done", "20260401"),
        (1, "cancelled", "20260401"),
    ]
    assert runs[0]["written"] == {"parts": 1, "rows": 4, "nodes": 2, "edges": 5}
    first = client.get("/api/runs", params={"limit": 1}).json()
    assert first == {"runs": runs[:1], "next": "2"}
    assert client.get("/api/runs", params={"limit": 1, "cursor": 2}).json() == {"runs": runs[1:], "next": None}


def test_metrics_tell_of_queues_runs_parts_pool_and_memory(client: TestClient[Any]) -> None:
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    for line in (
        'linernotes_queue_messages{queue="load-table.releases",state="ready"} 0.0',
        'linernotes_queue_messages{queue="finish",state="dead"} 0.0',
        'linernotes_runs{state="done"} 1.0',
        'linernotes_runs{state="running"} 0.0',
        'linernotes_parts{entity="artists",state="done"} 1.0',
        'linernotes_figures_readable{source="broker"} 1.0',
        'linernotes_figures_readable{source="ledger"} 1.0',
    ):
        assert line in lines
    assert "linernotes_pool_connections{" in answer.text
    assert "linernotes_process_memory_bytes{" in answer.text


def test_the_start_page_shows_what_there_is_and_asks_nobody_else(client: TestClient[Any]) -> None:
    answer = client.get("/")
    assert answer.headers["content-type"].startswith("text/html")
    name = '<bdi dir="auto">&lt;b&gt;坂本龍一&lt;/b&gt; &#34;\\</bdi>'
    assert f'<a href="/artist/45/b-%E5%9D%82%E6%9C%AC%E9%BE%8D%E4%B8%80-b">{name}</a>' in answer.text
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
    assert addresses
    assert all(address.startswith(("/", "#")) and not address.startswith("//") for address in addresses)
    for address in set(addresses):
        if address.startswith("/"):
            assert client.get(address).status_code == 200, address


def test_a_static_file_is_kept_for_a_year_under_its_digest_and_sent_compressed(client: TestClient[Any]) -> None:
    answer = client.get(static_url("linernotes.css"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    old = client.get("/static/000000000000/linernotes.css", headers={"Accept-Encoding": "identity"})
    assert (old.headers["cache-control"], old.text) == ("no-cache", answer.text)
    assert client.get("/static/000000000000/../app.py").status_code == 404
    assert client.get("/static/000000000000/app.py").status_code == 404


def test_static_files_are_compressed_before_anybody_asks(settings: Settings) -> None:
    static_files._load.cache_clear()
    with TestClient(create_app(settings)):
        deadline = time.monotonic() + 60
        while static_files._load.cache_info().currsize < len(static_files._digests()):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_library_of_a_wheel_is_sent_compressed(client: TestClient[Any]) -> None:
    answer = client.get(static_url("plotly.min.js"))
    assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
    assert len(answer.content) > 1_000_000


def test_an_answer_that_the_client_has_is_not_sent_again(client: TestClient[Any]) -> None:
    for path in ("/api/runs", "/api/counts/genre"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert again.text in {"", first.text}
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert "etag" not in client.get("/health/live").headers


def test_a_page_that_the_browser_has_keeps_its_policy(client: TestClient[Any]) -> None:
    for path in ("/", "/about", "/search"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304, path
        assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert "script-src 'self'" in first.headers["content-security-policy"]


def test_a_long_answer_is_compressed_for_whoever_takes_that(client: TestClient[Any]) -> None:
    assert client.get("/schema/openapi.json").headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/schema/openapi.json", headers={"Accept-Encoding": "identity"}).headers


def test_a_browser_gets_a_page_where_a_program_gets_a_problem(client: TestClient[Any]) -> None:
    page = client.get("/artist/nobody", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing at /artist/nobody" in page.text
    assert client.get("/artist/nobody").json()["status"] == 404
    assert client.get("/api/artists/x", headers={"Accept": "text/html"}).json()["status"] == 422


def test_a_request_has_an_id_its_own_or_one_of_ours(client: TestClient[Any]) -> None:
    assert client.get("/about", headers={"X-Request-ID": "mine-1"}).headers["x-request-id"] == "mine-1"
    drawn = client.get("/about", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{16}", drawn)


def test_the_openapi_document_lists_every_address(client: TestClient[Any]) -> None:
    schema = client.get("/schema/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert {"/health", "/metrics", "/api/runs", "/api/runs/{number}", "/api/releases/{record}"} <= set(schema["paths"])
    assert {"/api/changes", "/api/counts/{kind}"} <= set(schema["paths"])
    responses = schema["paths"]["/api/artists/{record}"]["get"]["responses"]
    assert {"200", "304", "404", "410", "422", "500", "503"} <= set(responses)
    assert "swagger-ui-bundle.js" in client.get("/schema").text


@pytest.mark.parametrize("path", ["/", "/api/artists/45", "/nowhere", "/schema"])
def test_every_answer_carries_the_headers_that_protect(client: TestClient[Any], path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"


def test_robots_are_kept_out(client: TestClient[Any]) -> None:
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"


def test_pages_are_light(client: TestClient[Any]) -> None:
    for path in ("/", "/about", "/search", "/lookup", "/operations", "/operations/wall", "/nothing/here"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert len(gzip.compress(answer.content)) <= 40_000, path


def test_a_compressed_answer_that_the_client_has_is_not_sent_again(client: TestClient[Any]) -> None:
    first = client.get("/schema/openapi.json")
    again = client.get("/schema/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert (first.headers["content-encoding"], again.status_code, again.content) == ("gzip", 304, b"")


def test_a_method_that_is_not_possible_is_said_to_be(client: TestClient[Any]) -> None:
    answer = client.post("/api/runs", content=b"x" * 1_000_000)
    assert (answer.status_code, answer.json()["detail"]) == (405, "POST is not possible at /api/runs.")


def test_a_store_without_tables_is_said_to_be_so(fresh_settings: FreshSettings) -> None:
    with TestClient(create_app(fresh_settings())) as client:
        answer = client.get("/api/runs")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "have not been set up yet" in answer.json()["detail"]
        assert 'linernotes_figures_readable{source="ledger"} 0.0' in client.get("/metrics").text
        assert client.get("/").status_code == 200
        health = client.get("/health")
        assert (health.status_code, health.json()["why"]) == (503, [NOT_SET_UP])


def test_the_gateway_starts_while_the_stores_are_down_and_says_which(settings: Settings, tmp_path: Path) -> None:
    dead = free_port(())
    down = msgspec.structs.replace(
        settings,
        postgres_address=f"127.0.0.1:{dead}",
        graph_address=f"bolt://127.0.0.1:{dead}",
        broker_url=f"redis://:very-secret@127.0.0.1:{dead}/0",
        cache_url=f"redis://:very-secret@127.0.0.1:{dead}/0",
    )
    with serving(down) as address:
        answer = httpx.get(f"{address}/health", timeout=60)
        assert (answer.status_code, answer.json()["status"]) == (503, "degraded")
        checks = answer.json()["dependencies"]
        assert {name for name, check in checks.items() if check["ok"]} == {"bucket"}
        assert "secret" not in answer.text
        artist = httpx.get(f"{address}/api/artists/45", timeout=60)
        assert (artist.status_code, artist.json()["status"]) == (503, 503)


def test_a_served_gateway_writes_a_line_for_each_request_without_its_query(
    client: TestClient[Any], settings: Settings
) -> None:
    log: list[str] = []
    with serving(settings, log) as address:
        assert (
            httpx.get(f"{address}/api/artists/45?private=1", headers={"X-Mine": "private"}, timeout=60).json()["id"]
            == 45
        )
        assert httpx.head(f"{address}/api/artists/45", timeout=60).headers["etag"] == f'"{HASH}"'
        assert b"linernotes_pool_connections" in httpx.get(f"{address}/metrics", timeout=60).content
    lines = [msgspec.json.decode(line) for line in log]
    requests = [(line["method"], line["path"], line["status"]) for line in lines if line["event"] == "request"]
    assert requests[1:] == [("GET", "/api/artists/45", 200), ("HEAD", "/api/artists/45", 200)]
    assert "private" not in "".join(log)


@pytest.mark.parametrize("end", [b"\r\n\r\n", b""])
@pytest.mark.parametrize("size", [20_000, 200_000])
def test_a_request_whose_head_is_too_long_is_refused(
    client: TestClient[Any], settings: Settings, end: bytes, size: int
) -> None:
    with serving(settings) as address:
        host, _, port = address.rpartition("//")[2].partition(":")
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            head = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * size + end
            with suppress(ConnectionError):  # it may be closed before all of it is sent
                connection.sendall(head)
            answer = connection.recv(1_000)
            assert answer.startswith(b"HTTP/1.1 400 ")
            assert b"application/problem+json" in answer
            assert b"The head of the request is longer than 16,384 bytes." in answer
        assert httpx.get(f"{address}/health/live", timeout=60).status_code == 200


def test_a_busy_port_is_one_sentence(client: TestClient[Any], settings: Settings) -> None:
    with serving(settings) as address:
        port = address.rpartition(":")[2]
        done = subprocess.run(
            command(), env=environment(settings, port), cwd=ROOT, capture_output=True, text=True, timeout=120
        )
    assert f"SettingError LINERNOTES_PORT is {port}, but another process listens there" in done.stdout


def command() -> list[str]:
    script = """if True:
        import sys
        from functions.runtime.errors import SettingError
        from functions.runtime.settings import read_settings
        from gateway.serve import run_gateway
        try:
            sys.exit(run_gateway(read_settings()))
        except SettingError as error:
            print("SettingError", error)
    """
    return [sys.executable, "-W", "error", "-c", script]


def environment(settings: Settings, port: int | str) -> dict[str, str]:
    return {**os.environ, **environment_of(settings), "LINERNOTES_PORT": str(port)}


@contextmanager
def serving(settings: Settings, log: list[str] | None = None) -> Iterator[str]:
    """A gateway in a process of its own; it ends well at SIGTERM."""
    port = free_port(())
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:  # a pipe that nobody reads would fill up
        process = subprocess.Popen(command(), env=environment(settings, port), cwd=ROOT, stderr=said)
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_until_it_answers(address, process)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
            said.seek(0)
            errors = said.read()
            (log if log is not None else []).extend(errors.splitlines())
    assert process.returncode == 0, errors


def _wait_until_it_answers(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"{address}/schema", timeout=60)
        except httpx.TransportError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return
