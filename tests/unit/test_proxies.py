"""Whom a gateway believes what a proxy tells of a request."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import pytest

from functions.access.address import on_loopback
from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings
from gateway.access.proxies import Told, address_in, behind_proxies, believed

TRUSTED = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "2001:db8::/64")))
CLIENT = "203.0.113.7"


def headers(**told: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in told.items()]


@pytest.mark.parametrize(
    ("told", "client"),
    [
        (CLIENT, CLIENT),
        (f"1.2.3.4, {CLIENT}", CLIENT),
        (f"1.2.3.4, {CLIENT}, 10.0.0.9", CLIENT),
        (f"{CLIENT}:5555", CLIENT),
        ("[2001:db8:1::5]:443", "2001:db8:1::5"),
        (f"::ffff:{CLIENT}", CLIENT),
        ("10.0.0.9, 10.0.0.8", "10.0.0.9"),
        (f"{CLIENT}, unknown, 10.0.0.9", "10.0.0.9"),
        ("unknown", None),
        ("", None),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_trusted_proxy(told, client):
    assert believed("10.0.0.1", headers(x_forwarded_for=told), TRUSTED, "") == Told(client)


@pytest.mark.parametrize(
    ("peer", "is_one"), [("::ffff:10.0.0.1", True), ("2001:db8::1", True), (CLIENT, False), ("", False)]
)
def test_only_a_trusted_proxy_is_believed(peer, is_one):
    found = believed(peer, headers(x_forwarded_for="1.2.3.4"), TRUSTED, "")
    assert found == (Told("1.2.3.4") if is_one else None)


@pytest.mark.parametrize(
    ("told", "public", "scheme"),
    [("https", "", "https"), ("http, https", "", "https"), ("gopher", "", None), ("http", "https", "https")],
)
def test_the_scheme_is_that_of_the_public_address_and_else_what_the_proxy_says(told, public, scheme):
    assert believed("10.0.0.1", headers(x_forwarded_proto=told), TRUSTED, public) == Told(None, scheme)


def test_what_is_no_address_is_none():
    assert address_in("music.example") is None
    assert address_in("[::1") == ipaddress.ip_address("::1")


def seen(settings: Settings, peer: str, told: list[tuple[bytes, bytes]], kind: str = "http") -> dict[str, Any]:
    """The scope that an application sees."""
    found: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append(scope)

    scheme = {"http": "http", "websocket": "ws"}[kind]
    scope: Any = {"type": kind, "scheme": scheme, "client": (peer, 5), "headers": told, "state": {}}
    asyncio.run(behind_proxies(app, settings)(scope, None, None))  # type: ignore[arg-type]
    return dict(found[0])


FORGED = headers(host="a", x_forwarded_for="1.2.3.4", x_forwarded_proto="https", forwarded="for=1", x_real_ip="1.2.3.4")


def test_nothing_behind_it_sees_what_proxies_told():
    behind = Settings(home="/", trusted_proxies="10.0.0.0/8")
    for peer, client, scheme in (("10.0.0.1", ("1.2.3.4", 0), "https"), (CLIENT, (CLIENT, 5), "http")):
        scope = seen(behind, peer, FORGED)
        assert (scope["headers"], scope["client"], scope["scheme"]) == ([(b"host", b"a")], client, scheme)
    assert seen(behind, "10.0.0.1", FORGED, "websocket")["scheme"] == "wss"


def test_on_loopback_a_request_that_somebody_handed_on_is_not_of_this_machine():
    local = Settings(home="/")
    assert seen(local, "127.0.0.1", FORGED)["state"] == {"by_proxy": True}
    assert seen(local, "127.0.0.1", headers(host="a"))["state"] == {}


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.1/8", "*", "0.0.0.0/0", "10.0.0.1, ::/0"])
def test_proxies_that_are_no_addresses_or_everybody_are_refused(text):
    with pytest.raises(SettingError, match="LINERNOTES_TRUSTED_PROXIES"):
        behind_proxies(None, Settings(home="/", trusted_proxies=text))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("public", "local"),
    [("https://music.example", False), ("http://localhost:9000/", True), ("http://127.0.0.1", True), ("", True)],
)
def test_a_gateway_that_others_open_is_not_on_loopback(public, local):
    assert on_loopback(Settings(home="/", public_url=public)) is local
