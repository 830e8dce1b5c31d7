"""The socket of the operations page: two gateways show the same, and one who breaks its rules is told which."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close
from websockets.sync.client import ClientConnection, connect

from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from functions.runtime.stores.migrations import migrate_postgres
from tests.access import key_of, shown
from tests.integration.test_gateway import serving

_LIMIT_S = 30.0


@pytest.fixture(scope="module")
def gateways(settings: Settings) -> Iterator[tuple[str, str]]:
    """Two gateways of one installation."""
    with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
        migrate_postgres(connection)
    with serving(settings) as one, serving(settings) as other:
        yield one, other


def watch(address: str, form: str = "json") -> ClientConnection:
    """A socket of the operations page."""
    return connect(f"{address.replace('http', 'ws', 1)}/ws/operations?as={form}", open_timeout=20, proxy=None)


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


def test_an_action_at_one_gateway_is_seen_at_the_other(gateways: tuple[str, str], settings: Settings) -> None:
    one, other = gateways
    headers = shown(key_of(settings, "operate", "watched"))
    for form in ("json", "html"):
        with watch(other, form) as socket:
            assert {"headline", "events", "run"} <= set(frame(socket)["snapshot"])
            answer = httpx.post(f"{one}/api/runs/4711/pause", headers=headers, timeout=20)
            assert (answer.status_code, answer.json()["detail"]) == (404, "There is no run 4711.")
            until(socket, "action-failed")


def test_the_pieces_of_the_page_are_those_that_the_page_has(gateways: tuple[str, str]) -> None:
    page = httpx.get(f"{gateways[0]}/operations", timeout=20).text
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
