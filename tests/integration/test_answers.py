"""Answers that are kept in the cache: never one that is no longer true, never for who may not have it."""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import msgspec
import psycopg
import pytest
import redis
from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromQuery
from litestar.testing import TestClient
from msgspec import Struct

from functions.discover.generations.read import read_generation
from functions.privacy.suppressed import suppress, unsuppress
from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context, open_context, postgres_conninfo
from functions.runtime.stores.migrations import migrate_postgres
from gateway.answers import keeper as keeper_module
from gateway.answers.answers import Answers, note_unfit
from gateway.app import create_app

Client = TestClient[Any]
Opens = Callable[..., Client]

EVERYWHERE = "0.0.0.0"  # noqa: S104
CACHED = {"right": "read", "cached": True}


class Calls:
    """How often handlers were called, and whether they wait meanwhile."""

    def __init__(self) -> None:
        self.count = 0
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.may_end.set()

    def call(self) -> int:
        self.count += 1
        self.begun.set()
        assert self.may_end.wait(60)
        return self.count


CALLS = Calls()


@get("/test/kept", opt=CACHED, sync_to_thread=True)
def kept() -> dict[str, Any]:
    return {"call": CALLS.call(), "text": "word " * 1_000}


@get("/test/partial", opt=CACHED, sync_to_thread=True)
def partial() -> dict[str, Any]:
    note_unfit("it is not whole")
    return {"call": CALLS.call()}


@get("/test/missing", opt=CACHED, sync_to_thread=True)
def missing() -> dict[str, Any]:
    CALLS.call()
    raise NotFoundException("Nothing.")


@get("/test/last", opt=CACHED, sync_to_thread=True)
def last(word: FromQuery[str]) -> dict[str, Any]:
    return {"call": word}


@get("/test/plain", sync_to_thread=True)
def plain() -> dict[str, Any]:
    return {"call": CALLS.call()}


@pytest.fixture(autouse=True)
def calls() -> Calls:
    CALLS.__init__()  # type: ignore[misc]
    return CALLS


@pytest.fixture(scope="module")
def stores(settings: Settings) -> Settings:
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        migrate_postgres(connection)
        connection.execute("INSERT INTO derivations (name, version, caught_up_at) VALUES ('search', 1, now())")
    return msgspec.structs.replace(settings, session_secret="s" * 40)


@pytest.fixture
def context(stores: Settings) -> Iterator[Context]:
    with open_context(stores, FUNCTIONS, graph=False) as context:
        yield context


@pytest.fixture
def opens(stores: Settings) -> Iterator[Opens]:
    """Opens gateways of one installation, whose answers no other test has made."""
    alone = msgspec.structs.replace(stores, broker_namespace=f"test-{uuid.uuid4().hex}")
    with ExitStack() as opened:

        def open_client(**changed: Any) -> Client:
            made = create_app(msgspec.structs.replace(alone, **changed))
            for handler in (kept, partial, missing, last, plain):
                made.register(handler)
            return opened.enter_context(TestClient(made))

        yield open_client


def asked(client: Client, path: str = "/test/kept") -> tuple[str, Any]:
    """What the answer says of where it is from, and by which call it was made."""
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.headers["x-cache"], answer.json()["call"]


def test_an_answer_is_made_once_and_the_same_in_whatever_form(opens: Opens) -> None:
    client = opens()
    first, again = client.get("/test/kept"), client.get("/test/kept")
    assert (first.headers["x-cache"], again.headers["x-cache"], CALLS.count) == ("miss", "hit", 1)
    plain = client.get("/test/kept", headers={"Accept-Encoding": "identity"})
    assert (again.content, plain.content) == (first.content, first.content)
    assert (again.headers["content-encoding"], plain.headers.get("content-encoding")) == ("gzip", None)
    names = ("etag", "content-type", "vary", "cache-control", "x-content-type-options")
    assert [again.headers[name] for name in names] == [first.headers[name] for name in names]
    known = client.get("/test/kept", headers={"If-None-Match": first.headers["etag"]})
    assert (known.status_code, known.content, known.headers["x-cache"]) == (304, b"", "hit")


def test_parameters_tell_answers_apart_and_their_order_does_not(opens: Opens) -> None:
    client = opens()
    assert asked(client, "/test/kept?a=1&b=2") == ("miss", 1)
    assert asked(client, "/test/kept?b=2&a=1") == ("hit", 1)
    assert asked(client, "/test/kept?a=1&b=3") == ("miss", 2)
    assert asked(client, "/test/kept?a=1%26b%3D2") == ("miss", 3)


def test_of_values_of_one_name_the_order_tells_answers_apart(opens: Opens) -> None:
    client = opens()
    assert asked(client, "/test/last?word=a&word=b&n=1") == ("miss", "b")
    assert asked(client, "/test/last?word=b&word=a&n=1") == ("miss", "a")
    assert asked(client, "/test/last?n=1&word=a&word=b") == ("hit", "b")


def test_an_answer_of_another_form_is_another_answer(opens: Opens) -> None:
    client = opens()
    for accept, call in (("*/*", 1), ("text/csv", 2), ("application/json", 1), ("application/x-ndjson", 3)):
        assert client.get("/test/kept", headers={"Accept": accept}).json()["call"] == call, accept


def test_errors_and_what_is_not_whole_are_not_kept_and_other_handlers_say_nothing(opens: Opens) -> None:
    client = opens()
    for _ in range(2):
        assert client.get("/test/missing").status_code == 404
        assert asked(client, "/test/partial")[0] == "miss"
    assert CALLS.count == 4
    assert "x-cache" not in client.get("/test/plain").headers


def changes(context: Context) -> dict[str, Callable[[psycopg.Connection[Any]], Any]]:
    """What makes an answer untrue."""

    def runs(statement: str) -> Callable[[psycopg.Connection[Any]], Any]:
        return lambda connection: connection.execute(statement)

    ended = "UPDATE runs SET state = 'done', finished_at = clock_timestamp() WHERE state = 'running'"
    return {
        "a run begins": runs(
            "INSERT INTO runs (kind, dump, source, entities) VALUES ('load', now(), 's', '{artists}')"
        ),
        "it ends": runs(ended),
        "a derivation is behind": runs("UPDATE derivations SET caught_up_at = NULL"),
        "and caught up": runs("UPDATE derivations SET caught_up_at = clock_timestamp()"),
        "it is swapped": runs("UPDATE derivations SET version = 2, caught_up_at = clock_timestamp()"),
        "a record is suppressed": lambda connection: suppress(connection, "artists", [1], by="cli:anna"),
        "and shown again": lambda connection: unsuppress(connection, "artists", [1], by="cli:anna"),
        "the list is emptied": runs("TRUNCATE suppressed"),
        "the stores are reset": runs("TRUNCATE runs RESTART IDENTITY CASCADE"),
        "the first run begins anew": runs(
            "INSERT INTO runs (kind, dump, source, entities, state, finished_at)"
            " VALUES ('load', now(), 's', '{artists}', 'done', clock_timestamp())"
        ),
    }


def test_nothing_is_served_that_a_run_a_derivation_or_the_list_of_suppressed_records_made_untrue(
    opens: Opens, context: Context
) -> None:
    client = opens()
    asked(client)
    for number, (what, change) in enumerate(changes(context).items(), 2):
        with context.connection() as connection:
            change(connection)
        assert asked(client) == ("miss", number), what
        assert asked(client) == ("hit", number), what


def test_no_generation_has_the_name_of_another_and_rows_move_while_a_run_writes_or_a_derivation_is_behind(
    context: Context,
) -> None:
    names, moving = set(), []
    for what, change in changes(context).items():
        with context.connection() as connection:
            change(connection)
        found = read_generation(context)
        names.add(found.name)
        moving += [what] * found.moving
    assert len(names) == len(changes(context))
    assert moving == ["a run begins", "a derivation is behind"]


@pytest.mark.parametrize("gateways", [1, 2])
def test_what_is_being_made_is_made_once_for_all_who_ask_meanwhile(opens: Opens, gateways: int) -> None:
    clients = [opens() for _ in range(gateways)]
    CALLS.may_end.clear()
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(asked, clients[0])
        assert CALLS.begun.wait(60)
        others = [pool.submit(asked, clients[-1]) for _ in range(3)]
        time.sleep(0.2)
        CALLS.may_end.set()
        assert first.result(60) == ("miss", 1)
        assert [other.result(60) for other in others] == [("hit", 1)] * 3


def test_nobody_waits_for_long_for_what_another_makes(opens: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "WAIT_S", 0.2)
    one, other = opens(), opens()
    for client in (one, other):
        CALLS.may_end.clear()
        CALLS.begun.clear()
        with ThreadPoolExecutor(2) as pool:
            path = f"/test/kept?of={id(client)}"
            first = pool.submit(asked, one, path)
            assert CALLS.begun.wait(60)
            CALLS.begun.clear()
            second = pool.submit(asked, client, path)
            assert CALLS.begun.wait(60)
            CALLS.may_end.set()
            assert {first.result(60)[0], second.result(60)[0]} == {"miss"}


def test_rights_come_before_the_cache(opens: Opens) -> None:
    inside, outside = opens(), opens(gateway_host=EVERYWHERE)
    assert asked(inside) == ("miss", 1)
    answer = outside.get("/test/kept")
    assert (answer.status_code, answer.json()["title"], "x-cache" in answer.headers) == (401, "Unauthorized", False)
    assert asked(opens(gateway_host=EVERYWHERE, open_reading=True)) == ("hit", 1)


def test_another_setting_makes_other_answers_and_none_is_kept_where_none_is_wanted(opens: Opens) -> None:
    assert asked(opens()) == ("miss", 1)
    assert asked(opens(show_removed=True)) == ("miss", 2)
    off = opens(answers_kept=0)
    assert (asked(off), asked(off)) == (("off", 3), ("off", 4))
    assert asked(opens(cache_url="")) == ("off", 5)


@contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_cache_that_is_silent_costs_nothing_but_time_and_health_says_so(opens: Opens) -> None:
    with silent_server() as address:
        client = opens(cache_url=address)
        assert [asked(client)[0] for _ in range(3)] == ["off"] * 3
        check = client.get("/health").json()["dependencies"]["cache"]
        assert check["ok"] is False
        assert "The cache does not answer" in check["says"]
        assert "every answer is made anew" in check["says"]


def test_a_cache_that_is_back_is_used_again(opens: Opens, stores: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper_module, "PAUSE_S", 0.05)
    client = opens()
    assert asked(client) == ("miss", 1)
    assert asked(client) == ("hit", 1)  # it is kept by now
    with redis.Redis.from_url(stores.cache_url) as cache:
        cache.client_pause(3_000)
        assert asked(client)[0] == "off"
    deadline = time.monotonic() + 60
    while asked(client) != ("hit", 1):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.get("/health").json()["dependencies"]["cache"]["ok"] is True


def test_hits_and_misses_are_counted(opens: Opens, stores: Settings) -> None:
    client = opens()
    for _ in range(3):
        asked(client)
    answers: Answers = client.app.state.answers
    assert answers.counted == {"miss": 1, "hit": 2}
    assert 'linernotes_answers_total{state="hit"}' in client.get("/metrics").text
    with redis.Redis.from_url(stores.cache_url) as cache:
        assert cache.info()["keyspace_hits"] >= 2


class Data(Struct, frozen=True):
    name: str
    years: list[int]


def test_the_data_of_a_page_is_read_once_and_comes_back_as_it_was(opens: Opens) -> None:
    client = opens()
    answers: Answers = client.app.state.answers

    def read() -> Data | None:
        CALLS.call()
        return Data("Björk", [1977, 1993])

    for _ in range(2):
        assert answers.recall("artist", (45, "year"), Data | None, read) == Data("Björk", [1977, 1993])
    assert CALLS.count == 1
    assert answers.recall("artist", (45, "name"), Data | None, read) is not None
    assert answers.recall("label", (45, "year"), Data | None, lambda: None) is None
    assert answers.recall("label", (45, "year"), Data | None, read) is None
    assert CALLS.count == 2


def test_data_that_could_not_be_read_or_is_not_whole_is_read_again(opens: Opens) -> None:
    answers: Answers = opens().app.state.answers

    def fail() -> Data:
        raise LookupError

    with pytest.raises(LookupError):
        answers.recall("artist", 1, Data, fail)
    read = lambda: Data("x", [CALLS.call()])  # noqa: E731
    assert answers.recall("artist", 1, Data, read, keeps=lambda _: False).years == [1]
    assert answers.recall("artist", 1, Data, read).years == [2]
    assert answers.recall("artist", 1, Data, read).years == [2]


class Found(Struct, frozen=True):
    names: list[str]
    partial: bool = False


def read_found(context: Context, record: int, *, sort: str = "", partial: bool = False) -> Found | None:
    assert context.settings
    return Found([f"{record} {sort} {CALLS.call()}"], partial)


def test_a_function_is_called_once_for_the_same_arguments_unless_it_is_not_through(
    opens: Opens, context: Context
) -> None:
    answers: Answers = opens().app.state.answers
    first = answers.call(read_found, context, 45, sort="year")
    assert answers.call(read_found, context, 45, sort="year") == first == Found(["45 year 1"])
    assert answers.call(read_found, context, 46, sort="year") == Found(["46 year 2"])
    assert answers.call(read_found, context, 45) == Found(["45  3"])
    for call in (4, 5):
        assert answers.call(read_found, context, 45, partial=True) == Found([f"45  {call}"], partial=True)
