"""The socket of the operations page: two gateways show the same, and one who breaks its rules is told which."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect

from functions.registry import FUNCTIONS
from functions.runs import run_commands
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from functions.runtime.stores.migrations import migrate_postgres
from tests.access import key_of, shown
from tests.integration.pipeline import open_pipeline, small, write_dump
from tests.integration.test_gateway import serving

#: A machine may be busy: how soon it is seen, `linernotes bench gateway` says.
_LIMIT_S = 120.0


@pytest.fixture(scope="module")
def gateways(settings: Settings) -> Iterator[tuple[str, str]]:
    """Two gateways of one installation."""
    with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
        migrate_postgres(connection)
    with serving(settings) as one, serving(settings) as other:
        yield one, other


@pytest.fixture
def running(gateways: tuple[str, str], settings: Settings, tmp_path: Path) -> Iterator[int]:
    """A run that is active, of which nothing is done."""
    folder = write_dump(tmp_path, dt.date(2026, 4, 1), small())
    with open_pipeline(settings) as opened:
        yield opened.begin(folder).run.id
        run_commands.cancel(opened.context)


def watch(address: str, form: str = "json") -> ClientConnection:
    """A socket of the operations page."""
    return connect(f"{address.replace('http', 'ws', 1)}/ws/operations?as={form}", open_timeout=60, proxy=None)


def frame(socket: ClientConnection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(socket.recv(timeout=_LIMIT_S))
    return found


def until(socket: ClientConnection, text: str) -> None:
    """Read frames until one has a text in it."""
    deadline = time.monotonic() + _LIMIT_S
    while text not in (said := socket.recv(timeout=_LIMIT_S)):
        assert time.monotonic() < deadline, said


def end_of(socket: ClientConnection) -> Close:
    """What the gateway says when it closes a socket."""
    try:
        while True:
            socket.recv(timeout=_LIMIT_S)
    except ConnectionClosed as closed:
        return closed.rcvd or Close(1006, "")


def test_an_action_at_one_gateway_is_seen_at_the_other(
    gateways: tuple[str, str], settings: Settings, running: int
) -> None:
    headers = shown(key_of(settings, "operate"))
    with ExitStack() as stack:
        sockets = [(form, stack.enter_context(watch(each, form))) for each in gateways for form in ("json", "html")]
        for _, socket in sockets:
            assert {"headline", "events", "run"} <= set(frame(socket)["snapshot"])
        for gateway, action, seen in (
            (gateways[0], "pause", {"json": '"run-paused"', "html": "The run was paused"}),
            (gateways[1], "unpause", {"json": '"run-running"', "html": "The run goes on"}),
        ):
            answer = httpx.post(f"{gateway}/api/runs/{running}/{action}", headers=headers, timeout=_LIMIT_S)
            assert answer.status_code == 200, answer.text
            for form, socket in sockets:
                until(socket, seen[form])
    told = [httpx.get(f"{gateway}/api/events", timeout=_LIMIT_S).json()["events"] for gateway in gateways]
    assert told[0] == told[1]
    assert [event["kind"] for event in told[0]][:2] == ["run-running", "run-paused"]


def test_the_pieces_of_the_page_are_those_that_the_page_has(gateways: tuple[str, str]) -> None:
    page = httpx.get(f"{gateways[0]}/operations", timeout=60).text
    with watch(gateways[0], "html") as socket:
        snapshot = frame(socket)["snapshot"]
    for name in snapshot:
        assert f'data-section="{name}"' in page
    assert snapshot["headline"].strip() in page


@pytest.mark.parametrize("said", ["hello", b"\x00", "x" * 5_000])
def test_who_talks_to_the_socket_is_closed_with_a_reason(gateways: tuple[str, str], said: str | bytes) -> None:
    with watch(gateways[0]) as socket:
        frame(socket)
        socket.send(said)
        end = end_of(socket)
    assert end.code == (1009 if len(said) > 1_024 else 1008)
    assert end.reason


@pytest.mark.parametrize(
    ("path", "origin", "code"),
    [("/ws/operations?as=xml", None, 4422), ("/ws/nowhere", None, 4404), ("/ws/operations", "http://evil.example", 0)],
)
def test_a_socket_that_is_refused_says_why_to_all_but_pages_of_other_sites(
    gateways: tuple[str, str], path: str, origin: Any, code: int
) -> None:
    address = f"{gateways[0].replace('http', 'ws', 1)}{path}"
    if code == 0:
        with pytest.raises(InvalidStatus, match="403"):
            connect(address, origin=origin, proxy=None)
        return
    with connect(address, origin=origin, proxy=None) as socket:
        end = end_of(socket)
    assert end.code == code
    assert end.reason.endswith(".")


def test_a_flood_of_messages_ends_with_the_first(gateways: tuple[str, str]) -> None:
    with watch(gateways[0]) as socket:
        with suppress(ConnectionClosed):
            for _ in range(10_000):
                socket.send("x" * 1_000)
        assert end_of(socket).code == 1008


def test_sockets_are_told_when_the_gateway_ends(settings: Settings, gateways: tuple[str, str]) -> None:
    with ExitStack() as serves:
        address = serves.enter_context(serving(settings))
        with watch(address) as socket:
            frame(socket)
            serves.close()
            assert end_of(socket).code in {1001, 1012}
