"""Cookies that nobody can make up, buckets of tokens, pages that are not ours: what decides who is let in."""

from __future__ import annotations

import pytest

from functions.access.address import address_of, on_loopback, origin_of
from functions.access.credentials import digest, draw_secret, matches, parse, written
from functions.access.rights import RIGHTS, allows
from functions.runtime.errors import SettingError
from functions.runtime.host_names import is_known, names_of
from functions.runtime.masking import mask
from functions.runtime.settings import Settings, read_settings
from functions.runtime.telemetry.logs import secrets_of
from gateway.access.buckets import Bucket, Grant, Limit, lease, take
from gateway.access.cookies import Cookies, Named
from gateway.access.limits import address_name
from gateway.access.origins import Origin, is_ours

SECRET = "s" * 40
OWN = frozenset({"http://127.0.0.1:8003"})
NOW = 1_000.0


def test_each_right_holds_those_before_it():
    held = [[allows(held, needed) for needed in RIGHTS] for held in RIGHTS]
    assert held == [[True, False, False], [True, True, False], [True, True, True]]
    assert not any(allows(None, needed) for needed in RIGHTS)


def test_a_key_is_read_as_it_was_written_and_only_its_own_secret_matches():
    secret, other = draw_secret(), draw_secret()
    shown = parse(written("key", 12, secret), "key")
    assert shown is not None
    assert (shown.id, shown.secret) == (12, secret)
    assert matches(shown, digest(secret))
    assert not matches(shown, digest(other))
    assert not matches(shown, None)


@pytest.mark.parametrize(
    "text", ["", "lnkey_12_", "lnkey_0_" + "a" * 43, "lnkey_12_" + "a" * 44, "lnkey_12_" + "ä" * 43, "x" * 10_000]
)
def test_what_has_not_the_form_of_a_key_is_none(text):
    assert parse(text, "key") is None


def test_a_token_is_no_key():
    assert parse(written("token", 1, draw_secret()), "key") is None


def test_a_key_and_a_token_are_hidden_wherever_they_stand_in_a_text():
    key, token = written("key", 12, draw_secret()), written("token", 3, draw_secret())
    assert mask(f"Bearer {key}, then {token}.") == "Bearer lnkey_12_***, then lntoken_3_***."
    assert "lntoken_3_" not in mask(f"http://127.0.0.1:8003/enter?token={token}")


def test_a_cookie_is_read_by_every_gateway_with_the_secret_and_by_no_other():
    named = Named(session=7, ends=2_000)
    value = Cookies(SECRET).sign(named)
    assert Cookies(SECRET).read(value, NOW) == named
    assert Cookies(SECRET).name == Cookies(SECRET).name
    assert Cookies("t" * 40).read(value, NOW) is None
    assert Cookies("t" * 40).name != Cookies(SECRET).name
    assert Cookies("").read(Cookies("").sign(named), NOW) is None


def test_a_cookie_that_was_altered_or_is_over_names_no_session():
    cookies = Cookies(SECRET)
    value = cookies.sign(Named(session=7, ends=2_000))
    for altered in (
        "8" + value[1:],
        value.replace("2000", "9000"),
        value[:-1] + ("A" if value[-1] != "A" else "B"),
        "",
    ):
        assert cookies.read(altered, NOW) is None
    assert cookies.read(value, 2_000.5) is None


def test_a_cookie_is_kept_from_scripts_and_other_sites():
    given = Cookies(SECRET).given(Named(7, 2_000), NOW, secure=True)
    assert (given.httponly, given.samesite, given.path, given.secure, given.max_age) == (
        True,
        "strict",
        "/",
        True,
        1_000,
    )


def test_a_short_secret_is_refused():
    with pytest.raises(SettingError, match="LINERNOTES_SESSION_SECRET is too short"):
        Cookies("short")


def test_a_bucket_gives_its_burst_at_once_and_then_its_rate():
    limit = Limit(rate=2.0, burst=3)
    bucket, grant = take(None, limit, NOW, 5)
    assert (bucket.tokens, grant) == (0.0, Grant(3, 0.0))
    bucket, grant = take(bucket, limit, NOW, 1)
    assert grant == Grant(0, 0.5)
    bucket, grant = take(bucket, limit, NOW + 0.5, 1)
    assert grant == Grant(1, 0.0)
    bucket, grant = take(bucket, limit, NOW + 100, 10)
    assert grant.tokens == 3


def test_a_clock_that_goes_back_fills_no_bucket():
    limit = Limit(rate=2.0, burst=3)
    bucket, grant = take(Bucket(1.0, NOW), limit, NOW - 50, 1)
    assert (bucket, grant) == (Bucket(0.0, NOW), Grant(1, 0.0))


def test_few_tokens_are_fetched_at_once_of_a_narrow_limit():
    assert [lease(limit, 1.0) for limit in (Limit(50, 200), Limit(50, 20), Limit(1 / 6, 10), Limit(1_000, 10_000))] == [
        10, 1, 1, 10,
    ]  # fmt: skip


def asked(method: str = "GET", origin: str = "", site: str = "", mode: str = "", *, socket: bool = False) -> Origin:
    return Origin(method, socket, origin, site, mode)


@pytest.mark.parametrize(
    ("origin", "by_cookie", "ours"),
    [
        (asked(), True, True),
        (asked("POST"), True, False),
        (asked("POST"), False, True),
        (asked("POST", "http://127.0.0.1:8003"), True, True),
        (asked("POST", "http://evil.example"), True, False),
        (asked("POST", "http://evil.example"), False, False),
        (asked("POST", "null"), True, False),
        (asked("POST", "null", "same-origin", "navigate"), True, True),
        (asked("POST", "http://evil.example", "cross-site", "navigate"), True, False),
        (asked("POST", "http://127.0.0.1:9000", "same-site", "cors"), True, False),
        (asked("POST", site="none", mode="navigate"), True, False),
        (asked(site="none", mode="navigate"), True, True),
        (asked(site="cross-site", mode="navigate"), True, True),
        (asked(site="cross-site", mode="no-cors"), False, False),
        (asked(site="same-site", mode="cors"), False, False),
        (asked("GET", "http://evil.example"), False, False),
        (asked(socket=True), True, False),
        (asked(socket=True), False, True),
        (asked(origin="http://127.0.0.1:8003", socket=True), True, True),
        (asked(origin="http://127.0.0.1:8003", site="cross-site", socket=True), True, True),
        (asked(origin="http://evil.example", socket=True), False, False),
        (asked(origin="http://evil.example", site="same-origin", socket=True), True, False),
    ],
)
def test_only_our_own_pages_act_by_a_cookie_and_no_other_page_reads(origin, by_cookie, ours):
    assert is_ours(origin, OWN, by_cookie=by_cookie) is ours


@pytest.mark.parametrize(
    ("host", "proxies", "local"),
    [
        ("127.0.0.1", "", True),
        ("127.8.9.1", "", True),
        ("::1", "", True),
        ("localhost", "", True),
        ("0.0.0.0", "", False),  # noqa: S104
        ("192.168.1.4", "", False),
        ("music.example", "", False),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_on_loopback_is_what_the_gateway_is_bound_to(host, proxies, local):
    assert on_loopback(Settings(home="/", gateway_host=host, trusted_proxies=proxies)) is local


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8003/"),
        ({"gateway_host": "0.0.0.0"}, "http://127.0.0.1:8003/"),  # noqa: S104
        ({"gateway_host": "::1"}, "http://[::1]:8003/"),
        ({"gateway_host": "music.example", "gateway_port": 80}, "http://music.example:80/"),
        ({"public_url": "https://music.example/"}, "https://music.example/"),
    ],
)
def test_the_address_is_one_that_a_person_can_open(given, address):
    assert address_of(Settings(home="/", **given)) == address


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8003", True),
        ("[::1]:8003", True),
        ("localhost:9000", True),
        ("linernotes.localhost", True),
        ("Music.Example:8443", True),
        ("evil.example:8003", False),
        ("127.0.0.1.evil.example", False),
        ("localhost@evil.example", False),
        ("evil.example\\@127.0.0.1", False),
        ("evil.example/@localhost", False),
        ("localhost.", True),
        ("", False),
        ("[", False),
    ],
)
def test_a_gateway_answers_to_no_name_of_somebody_else(host, known):
    for ours in (
        Settings(home="/", public_url="https://music.example"),
        Settings(home="/", allowed_hosts="other.example, Music.example"),
    ):
        assert is_known([host], names_of(ours)) is known
    assert is_known([host], names_of(Settings(home="/"))) is (known and "xample" not in host)


def test_a_request_names_one_host():
    names = names_of(Settings(home="/"))
    assert is_known([], names) is False
    assert is_known(["localhost", "localhost"], names) is False


def test_an_origin_is_scheme_host_and_port():
    assert origin_of("https://Music.Example:8443/") == "https://music.example:8443"


def test_a_public_address_with_a_path_is_refused():
    with pytest.raises(SettingError, match="LINERNOTES_PUBLIC_URL"):
        read_settings({"LINERNOTES_HOME": "/nowhere", "LINERNOTES_PUBLIC_URL": "https://music.example/some/path"})


def test_a_network_of_ipv6_counts_as_one_address():
    assert address_name("2001:db8:1:2:3:4:5:6") == address_name("2001:db8:1:2::1") == "address 2001:db8:1:2::/64"
    assert address_name("::ffff:10.0.0.7") == address_name("10.0.0.7") == "address 10.0.0.7"
    assert address_name("testclient") == "address testclient"


def test_what_cookies_are_signed_with_is_a_secret():
    assert SECRET in secrets_of(Settings(home="/", session_secret=SECRET))
