"""Who is let in: the application with its real stores, and routes of the test's own that need each right."""

from __future__ import annotations

import datetime as dt
import html
import json
import logging
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import anyio
import httpx
import msgspec
import psutil
import psycopg
import pytest
import redis
import typer
from litestar import Request, WebSocket, get, post, websocket
from litestar.exceptions import WebSocketDisconnect
from litestar.testing import TestClient
from typer.testing import CliRunner

from functions.access.sessions import forget_old
from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context, postgres_conninfo
from functions.runtime.stores.migrations import migrate_postgres
from gateway.access import identity, limit_stores, limits
from gateway.access.buckets import Grant, Limit
from gateway.access.limit_stores import LimitStore, OwnLimits, PostgresLimits, ValkeyLimits
from gateway.access.proxies import behind_proxies
from gateway.app import create_app
from gateway.socket_refusals import _MOST
from infra.cli import keys, open_page
from infra.stack.ports import free_port
from tests.access import headers_of, key_of, shown, token_of
from tests.integration.test_gateway import serving
from tests.stack import environment_of

#: What a browser says of a page of the test client's host.
OURS = {"Origin": "http://testserver.local"}
EVERYWHERE = "0.0.0.0"  # noqa: S104

Client = TestClient[Any]
Opens = Callable[..., Client]


@get("/test/read")
async def read(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {"who": request.scope["state"]["who"], "right": request.scope["state"]["right"]}


@post("/test/act", opt={"right": "operate"}, status_code=200)
async def act(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return {"who": request.scope["state"]["who"]}


@post("/test/rule", opt={"right": "admin"}, status_code=200)
async def rule() -> dict[str, Any]:
    return {}


@get("/test/open", opt={"right": "open"})
async def nobody() -> dict[str, Any]:
    return {}


@websocket("/test/socket")
async def socket(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    await socket.send_text(socket.scope["state"]["who"])
    while await socket.receive_text() == "again":
        await socket.send_text("still here")


@pytest.fixture(scope="module")
def stores(settings: Settings) -> Settings:
    """Settings on stores with the tables of access."""
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
    return msgspec.structs.replace(settings, session_secret="s" * 40)


@pytest.fixture
def opens(stores: Settings) -> Iterator[Opens]:
    """Opens gateways of one installation, whose limits no other test has used."""
    alone = msgspec.structs.replace(stores, broker_namespace=f"test-{uuid.uuid4().hex}")
    with ExitStack() as opened:

        def open_client(**changed: Any) -> Client:
            made = create_app(msgspec.structs.replace(alone, **changed))
            for handler in (read, act, rule, nobody, socket):
                made.register(handler)
            client = opened.enter_context(TestClient(made))
            client.follow_redirects = False
            return client

        yield open_client


def asked(settings: Settings, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def signed_in(client: Client, settings: Settings, right: Any = "admin") -> Client:
    answer = client.get("/enter", params={"token": token_of(settings, right)})
    assert answer.status_code == 303, answer.text
    return client


def detail(answer: httpx.Response) -> str:
    body = answer.json()
    return str(body.get("detail") or body["error"])


def test_on_loopback_reading_is_free_and_acting_is_not(opens):
    client = opens()
    assert client.get("/test/read").json() == {"who": "loopback", "right": "read"}
    answer = client.post("/test/act")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="linernotes"')
    assert "needs the right to operate" in detail(answer)


def test_off_loopback_everything_but_the_bare_health_needs_a_right(opens, stores):
    client = opens(gateway_host=EVERYWHERE)
    for path in ("/test/read", "/api/runs", "/health", "/metrics", "/schema"):
        assert client.get(path).status_code == 401, path
    for path in ("/health/live", "/health/ready", "/test/open"):
        assert client.get(path).status_code == 200, path
    assert client.get("/test/read", headers=headers_of(stores, "read")).status_code == 200


def test_a_setting_opens_reading_and_no_more(opens):
    client = opens(gateway_host=EVERYWHERE, open_reading=True)
    assert client.get("/test/read").json() == {"who": "anybody", "right": "read"}
    assert client.post("/test/act").status_code == 401


@pytest.mark.parametrize(("right", "may"), [("read", [403, 403]), ("operate", [200, 403]), ("admin", [200, 200])])
def test_a_key_lets_its_owner_do_what_its_right_says(opens, stores, right, may):
    client = opens()
    headers = headers_of(stores, right)
    assert [client.post(path, headers=headers).status_code for path in ("/test/act", "/test/rule")] == may


def test_whoever_acts_is_named_and_whoever_may_not_is_told(opens, stores):
    client = opens()
    key = key_of(stores, "operate", name="nightly")
    assert client.post("/test/act", headers=shown(key)).json() == {"who": "key:nightly"}
    answer = client.post("/test/rule", headers=shown(key))
    assert answer.status_code == 403
    assert detail(answer) == "key:nightly has the right to operate; this needs the right to administer."
    assert client.get("/api/access", headers=shown(key)).json() == {
        "who": "key:nightly",
        "right": "operate",
        "until": None,
    }


def test_a_key_that_was_never_made_was_altered_or_has_expired_does_not_count(opens, stores):
    client = opens()
    key = key_of(stores, "read", name="short-lived", days=1)
    asked(stores, "UPDATE access_keys SET expires_at = now() - interval '1 second' WHERE name = 'short-lived'")
    for text in (key, key_of(stores, "read")[:-4] + "AAAA", "nonsense", ""):
        answer = client.get("/test/read", headers=shown(text))
        assert answer.status_code == 401
        assert "does not count" in detail(answer)


def test_a_header_of_another_kind_says_nothing_of_who_asks(opens):
    assert opens().get("/test/read", headers={"Authorization": "Basic YTpi"}).json()["who"] == "loopback"


def test_a_key_that_is_used_is_noted_once_an_hour(opens, stores, monkeypatch):
    monkeypatch.setattr(identity, "CACHE_S", 0.0)
    client = opens()
    key = key_of(stores, "read", name="noted")
    client.get("/test/read", headers=shown(key))
    first = asked(stores, "SELECT used_at FROM access_keys WHERE name = 'noted'")
    client.get("/test/read", headers=shown(key))
    assert first[0][0] is not None
    assert asked(stores, "SELECT used_at FROM access_keys WHERE name = 'noted'") == first


def test_a_token_becomes_a_cookie_once(opens, stores):
    client = opens(gateway_host=EVERYWHERE)
    token = token_of(stores)
    answer = client.get("/enter", params={"token": token, "then": "/about"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/about")
    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/", "max-age="))
    assert "secure" not in cookie
    assert token not in answer.headers["set-cookie"]
    view = client.get("/api/access").json()
    assert (view["who"], view["right"]) == ("session:test", "admin")
    assert dt.datetime.fromisoformat(view["until"]) > dt.datetime.now(dt.UTC)
    again = opens(gateway_host=EVERYWHERE).get("/enter", params={"token": token})
    assert again.status_code == 401
    assert "was used already" in again.text
    assert "linernotes open" in again.text
    assert "set-cookie" not in again.headers


def test_who_looks_at_the_address_of_a_token_does_not_use_it_up(opens, stores):
    client, token = opens(), token_of(stores)
    looked = client.head("/enter", params={"token": token})
    assert (looked.status_code, "set-cookie" in looked.headers) == (200, False)
    answer = client.get("/enter", params={"token": token})
    assert (answer.status_code, "set-cookie" in answer.headers) == (303, True)


def test_an_old_token_and_one_that_is_none_get_a_sentence(opens, stores):
    client = opens()
    token = token_of(stores)
    number = int(token.split("_")[1])
    asked(stores, f"UPDATE access_sessions SET expires_at = now() WHERE id = {number}")  # noqa: S608
    for text, sentence in ((token, "is older than 15 minutes"), ("nonsense", "There is no such token")):
        answer = client.get("/enter", params={"token": text})
        assert answer.status_code == 401
        assert sentence in answer.text
        assert "linernotes open" in answer.text


def test_over_https_the_cookie_goes_over_https_only(opens, stores):
    client = opens(public_url="https://music.example")
    answer = client.get("/enter", params={"token": token_of(stores)})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_whoever_comes_from_another_site_goes_on_from_our_own_page(opens, stores):
    client = opens()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    answer = client.get("/enter", params={"token": token_of(stores), "then": "/about"}, headers=headers)
    assert (answer.status_code, answer.headers["refresh"]) == (200, "0; url=/about")
    assert client.get("/test/read").json()["who"] == "session:test"


@pytest.mark.parametrize("then", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/a\r\nX: y"])
def test_no_sign_in_leads_elsewhere(opens, stores, then):
    answer = opens().get("/enter", params={"token": token_of(stores), "then": then})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def test_a_key_signs_a_browser_in_and_its_end_is_that_of_the_session(opens, stores, monkeypatch):
    monkeypatch.setattr(identity, "CACHE_S", 0.0)
    client = opens()
    key = key_of(stores, "operate", name="browser")
    assert client.post("/enter", data={"key": "nonsense"}, headers=OURS).status_code == 401
    assert client.post("/enter", data={"key": key}, headers={"Origin": "http://evil.example"}).status_code == 403
    assert client.post("/enter", data={"key": key}, headers=OURS).status_code == 303
    assert client.post("/test/act", headers=OURS).json() == {"who": "session:browser"}
    run("keys", "revoke", "browser", settings=stores)
    assert client.post("/test/act", headers=OURS).status_code == 401
    assert client.get("/test/read").json()["who"] == "loopback"


@pytest.mark.parametrize("asked_for", ["/operations/events?text=a%26b+c&kind=run-done", "/artist/45/%E5%9D%82%3F"])
def test_whoever_was_not_let_in_comes_back_to_what_they_asked_for(opens, stores, asked_for):
    client = opens(gateway_host=EVERYWHERE)
    page = client.get(asked_for, headers={"Accept": "text/html"})
    assert page.status_code == 401
    assert f'href="{html.escape(asked_for)}">Try again' in page.text
    [address] = {html.unescape(one) for one in re.findall(r'href="([^"]+)">Sign in<', page.text)}
    form = client.get(address)
    [then] = re.findall(r'name="then" value="([^"]+)"', form.text)
    assert html.escape(address) in form.text
    entered = client.post("/enter", data={"key": key_of(stores, "read"), "then": html.unescape(then)}, headers=OURS)
    assert (entered.status_code, entered.headers["location"]) == (303, asked_for)


def test_what_a_guest_has_sent_without_a_script_leads_to_a_sign_in_and_back_to_its_form(opens):
    headers = {"Accept": "text/html", "Referer": "http://testserver.local/operations?range=1d", **OURS}
    page = opens().post("/operations/do/pause", headers=headers)
    assert page.status_code == 401
    assert 'href="/enter?then=/operations%3Frange%3D1d">Sign in' in page.text
    assert 'href="/operations?range=1d">Go back' in page.text
    assert "Try again" not in page.text


def test_a_page_offers_to_sign_in_or_out(opens, stores):
    client = opens()
    assert '<a href="/enter?then=/about">Sign in</a>' in client.get("/about").text
    assert '<a href="/enter?then=/schema">Sign in</a>' in client.get("/schema").text
    signed_in(client, stores)
    for path in ("/about", "/schema"):
        page = client.get(path).text
        assert '<form id="leave" method="post" action="/leave">' in page
        assert "/enter" not in page


def test_signing_out_ends_the_session_whoever_has_its_cookie(opens, stores):
    client = signed_in(opens(), stores)
    kept = dict(client.cookies)
    answer = client.post("/leave", headers=OURS)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert not client.cookies
    stolen = opens()
    stolen.cookies.update(kept)
    assert stolen.post("/test/act", headers=OURS).status_code == 401
    kinds = asked(stores, "SELECT kind, detail->>'by' FROM events ORDER BY id DESC LIMIT 2")
    assert kinds == [("signed-out", "session:test"), ("signed-in", "session:test")]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        (OURS, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "same-site", **OURS}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
    ],
)
def test_only_our_own_pages_act_with_a_cookie(opens, stores, headers, status):
    client = signed_in(opens(), stores)
    answer = client.post("/test/act", headers=headers)
    assert answer.status_code == status
    assert status == 200 or "another site" in detail(answer)


def test_no_page_of_another_site_reads_and_no_answer_lets_it(opens, stores):
    client = signed_in(opens(), stores)
    assert client.get("/test/read", headers={"Origin": "http://evil.example"}).status_code == 403
    assert (
        client.get("/test/read", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}).status_code == 403
    )
    preflight = client.options(
        "/test/act", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    )
    assert not [name for name in preflight.headers if name.startswith("access-control-")]


def test_a_socket_is_opened_by_our_own_pages_and_by_programs(opens, stores):
    client = opens()
    with client.websocket_connect("/test/socket") as opened:
        assert opened.receive_text() == "loopback"
    signed_in(client, stores)
    with client.websocket_connect("/test/socket", headers=OURS) as opened:
        assert opened.receive_text() == "session:test"
    for headers in ({"Origin": "http://evil.example"}, {}):
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect("/test/socket", headers=headers),
        ):
            pass
        assert refused.value.code == 4403


@pytest.mark.parametrize("source", ["http://169.254.169.254/", " HTTP://169.254.169.254/", "http://[x"])
def test_off_loopback_no_inner_network_is_asked_by_way_of_a_load(opens, stores, source):
    client, headers = opens(gateway_host=EVERYWHERE), headers_of(stores, "operate")
    wish = {"source": source}
    for answer in (
        client.post("/api/loads/check", headers=headers, json=wish),
        client.post("/api/loads", headers=headers, json=wish),
        client.post("/operations/do/load", headers=headers, data=wish),
    ):
        assert answer.status_code == 409
        assert "LINERNOTES_SITE" in answer.json()["detail"]


def test_on_loopback_whoever_comes_by_a_proxy_is_nobody_of_this_machine(opens, stores):
    client = opens()
    client.app.asgi_handler = behind_proxies(client.app.asgi_handler, stores)
    assert client.get("/test/read").json()["who"] == "loopback"
    assert client.get("/test/read", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 401
    assert client.get("/health/live", headers={"Forwarded": "for=1.2.3.4"}).status_code == 200


def test_behind_a_trusted_proxy_each_client_has_limits_and_cookies_of_its_own(opens, stores):
    behind = {"gateway_host": EVERYWHERE, "trusted_proxies": "10.0.0.0/8", "open_reading": True}
    client = opens(**behind, request_rate=0.01, request_burst=2)
    settings = msgspec.structs.replace(stores, **behind)
    client.app.asgi_handler = of_peer("10.0.0.1", behind_proxies(client.app.asgi_handler, settings))
    for name in ("1.2.3.4", "1.2.3.5"):
        told = [client.get("/test/read", headers={"X-Forwarded-For": f"9.9.9.9, {name}"}).status_code for _ in range(3)]
        assert told == [200, 200, 429]
    told_secure = {"X-Forwarded-For": "1.2.3.6", "X-Forwarded-Proto": "https"}
    answer = client.get("/enter", params={"token": token_of(stores)}, headers=told_secure)
    assert "secure" in answer.headers["set-cookie"].lower()


def of_peer(address: str, app: Any) -> Any:
    """The application as somebody at that address reaches it."""

    async def reached(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": (address, 1)}, receive, send)

    return reached


def test_off_loopback_a_socket_needs_a_right_and_an_address_has_only_so_many(opens, stores):
    client = opens(gateway_host=EVERYWHERE, sockets_per_address=1)
    with pytest.raises(WebSocketDisconnect) as refused, client.websocket_connect("/test/socket") as told:
        told.receive_text()  # it is open, so that a browser reads the code
    assert (refused.value.code, refused.value.detail[:28]) == (4401, "This needs the right to read")
    headers = headers_of(stores, "read")
    with client.websocket_connect("/test/socket", headers=headers) as first:
        assert first.receive_text().startswith("key:")
        with (
            pytest.raises(WebSocketDisconnect) as full,
            client.websocket_connect("/test/socket", headers=headers) as told,
        ):
            told.receive_text()
        assert full.value.code == 4429


def test_only_so_many_refused_sockets_are_opened_to_say_why(opens):
    client = opens(gateway_host=EVERYWHERE)
    ends = [refused_socket(client, "/nowhere") for _ in range(_MOST + 1)]
    assert ends[0] == (True, 4404)
    assert [was_open for was_open, _ in ends].count(False) == 1


def refused_socket(client: Client, path: str) -> tuple[bool, int]:
    """Whether a socket that is refused was opened first, and the code."""
    was_open = False
    try:
        with client.websocket_connect(path) as opened:
            was_open = True
            opened.receive_text()
    except WebSocketDisconnect as end:
        return was_open, end.code
    raise AssertionError("it was not refused")


def test_a_live_connection_ends_with_the_key_that_opened_it(opens, stores, monkeypatch):
    monkeypatch.setattr(identity, "CACHE_S", 0.0)
    client = opens(gateway_host=EVERYWHERE)
    key = key_of(stores, "read", name="watching")
    with client.websocket_connect("/test/socket", headers=shown(key)) as opened:
        assert opened.receive_text() == "key:watching"
        opened.send_text("again")
        assert opened.receive_text() == "still here"
        run("keys", "revoke", "watching", settings=stores)
        opened.send_text("again")
        with pytest.raises(WebSocketDisconnect) as ended:
            opened.receive_text()
    assert ended.value.code == 4401


def test_a_session_of_one_gateway_counts_at_the_other_until_its_key_is_revoked(opens, stores, monkeypatch):
    monkeypatch.setattr(identity, "CACHE_S", 0.0)
    one, other = opens(gateway_host=EVERYWHERE), opens(gateway_host=EVERYWHERE)
    key = key_of(stores, "operate", name="shared")
    assert one.post("/enter", data={"key": key}, headers=OURS).status_code == 303
    other.cookies.update(dict(one.cookies))
    assert other.post("/test/act", headers=OURS).json() == {"who": "session:shared"}
    run("keys", "revoke", "shared", settings=stores)
    assert other.post("/test/act", headers=OURS).status_code == 401
    assert one.get("/test/read", headers=shown(key)).status_code == 401


@pytest.fixture
def patient(monkeypatch):
    """Limits that wait for Valkey however busy the machine is, and a second of which gives nothing back."""
    monkeypatch.setattr(limit_stores, "TIMEOUT_S", 60)
    monkeypatch.setattr(limits, "FAILURES", Limit(rate=0.001, burst=limits.FAILURES.burst))


@pytest.mark.usefixtures("patient")
def test_two_gateways_share_the_limit_of_an_address(opens, stores):
    narrow = {"gateway_host": EVERYWHERE, "open_reading": True, "request_rate": 0.01, "request_burst": 6}
    one, other = opens(**narrow), opens(**narrow)
    answers = [client.get("/test/read") for _ in range(5) for client in (one, other)]
    assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 4
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 100
    assert "Too many requests" in detail(answers[-1])
    assert [one.get(path).status_code for path in ("/health/live", "/test/open")] == [200, 200]


@pytest.mark.usefixtures("patient")
def test_a_key_has_a_limit_of_its_own_beside_that_of_its_address(opens, stores):
    narrow = {"gateway_host": EVERYWHERE, "request_rate": 0.01, "request_burst": 4}
    client = opens(**narrow)
    headers = headers_of(stores, "read")
    assert [client.get("/test/read", headers=headers).status_code for _ in range(5)] == [200] * 4 + [429]
    names = asked_of_valkey(client)
    assert {name.partition(":")[2].partition(" ")[0] for name in names} == {"address", "key"}


def asked_of_valkey(client: Client) -> list[str]:
    """The buckets of this installation."""
    store = client.app.state.access.limits._store
    settings = client.app.state.settings
    with redis.Redis.from_url(settings.broker_url) as connection:
        return [name.decode() for name in connection.scan_iter(f"{store._prefix}:*")]


@pytest.mark.usefixtures("patient")
def test_sign_ins_that_fail_are_limited_on_loopback_too_and_a_key_that_counts_is_not_kept_out(opens, stores):
    client = opens()
    statuses = [client.get("/test/read", headers=shown("nonsense")).status_code for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert client.get("/test/read", headers=headers_of(stores, "read")).status_code == 200
    assert client.get("/enter", params={"token": "nonsense"}).status_code == 429


@pytest.mark.parametrize("kind", ["valkey", "postgres", "own"])
def test_every_store_of_limits_does_the_same(stores, kind):
    async def take(store: LimitStore) -> list[Grant]:
        limit, name = Limit(rate=0.01, burst=5), f"address {uuid.uuid4().hex}"
        try:
            return [await store.take(name, limit, wanted) for wanted in (2, 2, 2, 2)]
        finally:
            await store.close()

    with limits_in(stores, kind) as store:
        grants = anyio.run(take, store)
    assert [grant.tokens for grant in grants] == [2, 2, 1, 0]
    assert [grant.wait for grant in grants[:3]] == [0.0, 0.0, 0.0]
    assert grants[3].wait == pytest.approx(100, abs=5)


@pytest.mark.parametrize("kind", ["valkey", "postgres"])
def test_no_token_is_given_twice_however_many_ask_at_once(stores, kind):
    async def take_all(store: LimitStore) -> int:
        limit, name, found = Limit(rate=0.01, burst=20), f"address {uuid.uuid4().hex}", []

        async def take() -> None:
            found.append((await store.take(name, limit, 1)).tokens)

        async with anyio.create_task_group() as group:
            for _ in range(40):
                group.start_soon(take)
        await store.close()
        return sum(found)

    with limits_in(stores, kind) as store:
        assert anyio.run(take_all, store) == 20


@contextmanager
def limits_in(settings: Settings, kind: str) -> Iterator[LimitStore]:
    with open_context(settings, FUNCTIONS) as context:
        if kind == "valkey":
            yield ValkeyLimits(settings)
        else:
            yield PostgresLimits(context) if kind == "postgres" else OwnLimits()


def test_without_the_broker_each_gateway_has_limits_of_its_own(opens):
    dead = f"redis://127.0.0.1:{free_port(())}/0"
    narrow = {"gateway_host": EVERYWHERE, "open_reading": True, "request_rate": 0.01, "request_burst": 3}
    client = opens(broker_url=dead, **narrow)
    assert [client.get("/test/read").status_code for _ in range(4)] == [200] * 3 + [429]


def test_without_postgres_anybody_reads_on_loopback_and_a_key_cannot_be_looked_up(opens, stores):
    cookies = dict(signed_in(opens(), stores).cookies)
    client = opens(postgres_address=f"127.0.0.1:{free_port(())}")
    client.cookies.update(cookies)
    assert client.get("/test/read").json()["who"] == "loopback"
    answer = client.get("/test/read", headers=shown("lnkey_1_" + "a" * 43))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_query_beyond_its_limit_is_refused(opens):
    client = opens(max_query=300)
    assert client.get("/test/read", params={"q": "x" * 200}).status_code == 200
    assert client.get("/test/read", params={"q": "x" * 300}).status_code == 414


def test_what_is_over_for_a_week_is_forgotten(stores):
    token_of(stores)
    asked(stores, "INSERT INTO access_sessions (access_right, digest, made_by, made_at, expires_at)"
                  " VALUES ('read', 'x', 'cli:old', now() - interval '9 days', now() - interval '8 days')")  # fmt: skip
    before = asked(stores, "SELECT count(*) FROM access_sessions")[0][0]
    with psycopg.connect(postgres_conninfo(stores)) as connection:
        assert forget_old(connection) == 1
    assert asked(stores, "SELECT count(*) FROM access_sessions") == [(before - 1,)]


def test_keys_are_made_listed_and_revoked_by_the_command_line(opens, stores):
    made = run("keys", "make", "cron", "--right", "operate", "--days", "3", "--json", settings=stores)
    key = json.loads(made)["key"]
    assert opens().post("/test/act", headers=shown(key)).json() == {"who": "key:cron"}
    listed = {each["name"]: each for each in json.loads(run("keys", "list", "--json", settings=stores))}
    assert listed["cron"]["right"] == "operate"
    assert listed["cron"]["made_by"].startswith("cli:")
    assert "digest" not in listed["cron"]
    assert "cron" in run("keys", "list", settings=stores)
    assert "There is a key cron already" in run("keys", "make", "cron", "--right", "read", settings=stores, fails=True)
    assert "'all' is no right" in run("keys", "make", "other", "--right", "all", settings=stores, fails=True)
    assert "is no name of a key" in run("keys", "make", "a b", "--right", "read", settings=stores, fails=True)
    assert "is revoked" in run("keys", "revoke", "cron", settings=stores)
    assert "There is no key 'cron'" in run("keys", "revoke", "cron", settings=stores, fails=True)
    assert "cron" in run("keys", "list", "--revoked", settings=stores)
    kinds = asked(stores, "SELECT kind, detail->>'name' FROM events WHERE kind LIKE 'key-%' ORDER BY id DESC LIMIT 2")
    assert kinds == [("key-revoked", "cron"), ("key-made", "cron")]


def test_open_prints_an_address_that_signs_in(opens, stores):
    address = json.loads(run("open", "--right", "read", "--json", settings=stores))["address"]
    token = address.partition("/enter?token=")[2]
    assert address.startswith(f"http://127.0.0.1:{stores.gateway_port}/")
    client = opens()
    assert client.get("/enter", params={"token": token}).status_code == 303
    assert client.get("/api/access").json()["right"] == "read"
    assert "/enter?token=lntoken_" in run("open", "--print", settings=stores)


def run(*words: str, settings: Settings, fails: bool = False) -> str:
    """A command of the command line, on these stores."""
    app = typer.Typer()
    keys.register(app)
    open_page.register(app)
    before = logging.getLogger().handlers[:]
    done = CliRunner().invoke(app, list(words), env=environment_of(settings))
    logging.getLogger().handlers[:] = before  # the command has sent its log to an output that is closed by now
    assert (done.exception is not None and done.exit_code != 0) == fails, done.output
    return str(done.exception) if fails else done.stdout


def test_no_secret_is_in_logs_process_lists_or_events(stores):
    key, token = key_of(stores, "operate"), token_of(stores)
    log: list[str] = []
    with serving(stores, log) as address:
        with httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/api/runs", headers=shown(key)).status_code == 200
            assert client.get("/enter", params={"token": token}).status_code == 303
            assert client.get("/enter", params={"token": token}).status_code == 401
            cookie = next(iter(client.cookies.values()))
        processes = " ".join(" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"]))
    events = str(asked(stores, "SELECT detail FROM events"))
    tables = str(asked(stores, "SELECT * FROM access_keys")) + str(asked(stores, "SELECT * FROM access_sessions"))
    for secret in (key, token, cookie, stores.session_secret):
        part = secret[-40:]
        assert part not in "".join(log) + processes + events + tables
