"""Events told to other programs, by real HTTP: signed, once, tried again, given up."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec
import pytest

from functions.registry import FUNCTIONS
from functions.runs.housekeeping import keep_house
from functions.runtime.ledger.store import add_event
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.migrations import migrate_postgres
from functions.webhooks import post as post_module
from functions.webhooks.deliver import deliver
from functions.webhooks.post import NotTaken, post, signature

SECRET = "very-secret"


class Receiver(ThreadingHTTPServer):
    """Notes what it is told, and answers with the statuses that it was given, then with 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses: deque[int] = deque()
        self.taken: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook/T0KEN?a=1"

    def events(self) -> list[int]:
        return [json.loads(body)["id"] for _, _, body in self.taken]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.path, dict(self.headers.items()), body))
        status = self.server.statuses.popleft() if self.server.statuses else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", self.server.address)
        self.send_header("Content-Length", "1000000000")
        self.end_headers()
        self.wfile.write(b"x" * 10_000)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@pytest.fixture(scope="module")
def migrated(settings: Settings) -> Iterator[Context]:
    with open_context(settings, FUNCTIONS, graph=False) as context:
        with context.connection() as connection:
            migrate_postgres(connection)
        yield context


@pytest.fixture
def context(migrated: Context, receiver: Receiver) -> Context:
    """Stores without events, and one address to tell them to."""
    query(migrated, "TRUNCATE events, webhook_targets, webhook_deliveries")
    context = telling(migrated, receiver.address)
    assert deliver(context) == {"told": 0, "failed": 0}
    return context


def telling(context: Context, *addresses: str, **more: Any) -> Context:
    given = {"webhooks": ",".join(addresses), "webhook_secret": SECRET, "webhook_private": True} | more
    return dataclasses.replace(context, settings=msgspec.structs.replace(context.settings, **given))


def query(context: Context, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with context.connection() as connection:
        cursor = connection.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []


def note(context: Context, kind: str = "run-done", run: int | None = 1, **detail: Any) -> int:
    with context.connection() as connection:
        add_event(connection, kind, run, **detail)
    return int(query(context, "SELECT max(id) FROM events")[0][0])


def test_an_event_is_told_once_signed_and_in_words(context: Context, receiver: Receiver) -> None:
    number = note(context, "run-failed", error="the disk is full")
    note(context, "scaled", function="split")
    assert deliver(context) == {"told": 1, "failed": 0}
    assert deliver(context) == {"told": 0, "failed": 0}
    [(path, headers, body)] = receiver.taken
    assert path == "/hook/T0KEN?a=1"
    told = json.loads(body)
    assert (told["id"], told["kind"], told["level"], told["run"]) == (number, "run-failed", "error", 1)
    assert (told["words"], told["detail"]) == ("The run failed: the disk is full", {"error": "the disk is full"})
    assert headers["Linernotes-Event"] == "run-failed"
    assert headers["Linernotes-Delivery"].startswith(f"{number}-")
    assert headers["Linernotes-Signature"] == signature(SECRET, int(headers["Linernotes-Timestamp"]), body)


@pytest.mark.parametrize(
    "kind", ["run-done", "run-failed", "run-stopped", "new-dump", "drift-unknown", "drift-collapsed"]
)
def test_each_of_these_is_told(context: Context, receiver: Receiver, kind: str) -> None:
    note(context, kind)
    deliver(context)
    assert [headers["Linernotes-Event"] for _, headers, _ in receiver.taken] == [kind]


def test_what_is_not_taken_is_tried_again_later_and_does_not_hold_up_the_others(
    context: Context, receiver: Receiver
) -> None:
    receiver.statuses.extend([500, 302])
    first, second = note(context), note(context)
    assert deliver(context) == {"told": 0, "failed": 1}
    assert deliver(context) == {"told": 0, "failed": 1}
    assert receiver.events() == [first, second]
    rows = query(
        context, "SELECT status, attempts, due > now() + interval '5 s' FROM webhook_deliveries ORDER BY event"
    )
    assert rows == [(500, 1, True), (302, 1, True)]
    third = note(context)
    assert deliver(context) == {"told": 1, "failed": 0}
    query(context, "UPDATE webhook_deliveries SET due = now()")
    assert deliver(context) == {"told": 2, "failed": 0}
    assert receiver.events() == [first, second, third, first, second]


def test_after_a_day_it_is_given_up_as_an_event_that_shows_no_secret(context: Context, receiver: Receiver) -> None:
    receiver.statuses.append(500)
    number = note(context)
    query(context, "UPDATE webhook_targets SET since = now() - interval '2 days'")
    query(context, "UPDATE events SET at = now() - interval '23:59:55'")
    assert deliver(context) == {"told": 0, "failed": 1}
    [(detail,)] = query(context, "SELECT detail FROM events WHERE kind = 'webhook-given-up'")
    assert detail == {"host": f"http://127.0.0.1:{receiver.server_port}", "event": number, "error": detail["error"]}
    assert "500" in detail["error"]
    assert query(context, "SELECT state FROM webhook_deliveries") == [("given-up",)]
    assert deliver(context) == {"told": 0, "failed": 0}
    assert "T0KEN" not in str(query(context, "SELECT * FROM webhook_targets, webhook_deliveries, events"))


def test_what_was_before_an_address_was_named_is_not_told(context: Context, receiver: Receiver) -> None:
    note(context)
    with receiving() as other:
        both = telling(context, receiver.address, other.address)
        assert deliver(both) == {"told": 1, "failed": 0}
        assert other.taken == []
        last = note(context)
        assert deliver(both) == {"told": 2, "failed": 0}
        assert other.events() == [last]
        note(context)
        deliver(telling(context))
        assert query(context, "SELECT count(*) FROM webhook_targets") == [(0,)]
        assert deliver(both) == {"told": 0, "failed": 0}


def test_an_address_that_is_down_costs_the_others_nothing(context: Context, receiver: Receiver) -> None:
    with receiving() as gone:
        address = gone.address
    both = telling(context, address, receiver.address)
    deliver(both)
    number = note(context)
    assert deliver(both) == {"told": 1, "failed": 1}
    assert receiver.events() == [number]


def test_without_the_setting_nothing_goes_to_this_machine_and_it_is_given_up_at_once(
    context: Context, receiver: Receiver
) -> None:
    note(context)
    assert deliver(telling(context, receiver.address, webhook_private=False)) == {"told": 0, "failed": 1}
    assert receiver.taken == []
    [(detail,)] = query(context, "SELECT detail FROM events WHERE kind = 'webhook-given-up'")
    assert "LINERNOTES_WEBHOOK_PRIVATE" in detail["error"]


def test_an_answer_that_does_not_end_is_broken_off(
    context: Context, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_module, "_DEADLINE_S", 0.3)
    held = threading.Event()

    def drip(self: _Handler) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not held.wait(0.05):
            self.wfile.write(b"X-More: 1\r\n")

    monkeypatch.setattr(_Handler, "do_POST", drip)
    with pytest.raises(NotTaken, match="did not take it"):
        post(context.settings, receiver.address, b"{}", {})
    held.set()


def test_deliveries_go_with_their_events(context: Context, receiver: Receiver) -> None:
    note(context)
    deliver(context)
    query(context, "UPDATE webhook_deliveries SET ended_at = now() - interval '400 days'")
    keep_house(context)
    assert query(context, "SELECT count(*) FROM webhook_deliveries") == [(0,)]
    receiver.statuses.append(500)
    note(context)
    deliver(context)
    query(context, "TRUNCATE events")
    deliver(context)
    assert query(context, "SELECT count(*) FROM webhook_deliveries") == [(0,)]
