"""Asking dependencies, and reading what a request names."""

from __future__ import annotations

import asyncio
import threading

import pytest
from litestar.exceptions import ValidationException

from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings
from gateway.answers.layer import is_known
from gateway.api.documents import parse_id
from gateway.app import create_app
from gateway.health_checks import Pings


def test_a_ping_that_hangs_is_not_waited_for_and_keeps_one_thread_only() -> None:
    calls, release = [], threading.Event()

    def hang() -> None:
        calls.append(1)
        release.wait(60)

    async def ask_twice() -> None:
        pings = Pings({"slow": hang, "quick": lambda: None}, limit=1)
        for _ in range(2):
            checks = await pings.ask()
            assert (checks["slow"].ok, checks["slow"].says) == (False, "slow did not answer in 1 s.")
            assert (checks["quick"].ok, checks["quick"].says) == (True, "quick answers.")
        assert len(calls) == 1
        release.set()
        async with asyncio.timeout(60):
            while not (await pings.ask())["slow"].ok:
                pass

    asyncio.run(ask_twice())


def test_what_a_failed_ping_says_is_one_line() -> None:
    def fail() -> None:
        raise OSError("no\n\troute ")

    check = asyncio.run(Pings({"it": fail}, limit=5).ask())["it"]
    assert (check.ok, check.says) == (False, "no route")


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("-1", -1), ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63))]
)
def test_an_id_has_64_bits(text: str, number: int) -> None:
    assert parse_id(text) == number


@pytest.mark.parametrize("text", ["", "x", "1.5", "1_0", "+1", " 1", "١", "9223372036854775808", "9" * 5000])
def test_anything_else_is_no_id(text: str) -> None:
    with pytest.raises(ValidationException, match="is no id"):
        parse_id(text)


@pytest.mark.parametrize(
    ("header", "known"),
    [('"a"', True), ('"b", W/"a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_an_etag_is_found_among_those_of_the_client(header: str, known: bool) -> None:  # noqa: FBT001
    assert is_known(header, '"a"') is known


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, "POSTGRES_ADDRESS"),
        ({"postgres_address": "h:1", "graph_address": "bolt://h:1"}, "AMQP_CONNECTION"),
        (
            {
                "postgres_address": "h:1",
                "graph_address": "bolt://h:1",
                "broker_url": "redis://h:1",
                "cache_url": "http://h",
            },
            "REDIS_URL",
        ),
    ],
)
def test_a_gateway_that_could_never_work_is_refused(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingError, match=named):
        create_app(Settings(home="/nowhere", **given))  # type: ignore[arg-type]
