"""Messages to other programs: where they may go, and what shows that they are ours."""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings, read_settings
from functions.runtime.telemetry.logs import redact, secrets_of
from functions.webhooks import post as post_module
from functions.webhooks.post import NotAllowed, NotTaken, post, shown_host, signature
from functions.webhooks.public_address import is_public

SETTINGS = Settings(home="", webhooks="https://a.example/T0/secret, http://b.example:8080/x", webhook_secret="key")
PRIVATE = msgspec.structs.replace(SETTINGS, webhook_private=True)


#: Pieces that a receiver sends which nobody stops.
MOST_PIECES = 100


@contextmanager
def dripping(first: bytes, piece: bytes) -> Iterator[tuple[str, list[str]]]:
    """A receiver that says something, then a little at a time; where it is, and how it ended, known at the end."""
    ended: list[str] = []

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            try:
                connection.recv(65_536)
                connection.sendall(first)
                for _ in range(MOST_PIECES):
                    time.sleep(0.05)
                    connection.sendall(piece)
            except OSError:
                ended.append("broken off")
            else:
                ended.append("said all")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", ended
        thread.join()


HEAD = b"HTTP/1.1 200 OK\r\n"
DRIPPED = {
    "head": ("http", HEAD, b"X-More: 1\r\n"),
    "handshake": ("https", b"\x16\x03\x03\x40\x00", b"\x02"),
}


@pytest.mark.parametrize(("scheme", "first", "piece"), DRIPPED.values(), ids=DRIPPED)
def test_a_receiver_that_is_connected_to_too_late_is_broken_off_as_well(
    monkeypatch: pytest.MonkeyPatch, scheme: str, first: bytes, piece: bytes
) -> None:
    connect = socket.socket.connect

    def late(self: socket.socket, place: tuple[str, int]) -> None:
        connect(self, place)
        time.sleep(0.4)

    monkeypatch.setattr(post_module, "_DEADLINE_S", 0.2)
    monkeypatch.setattr(socket.socket, "connect", late)
    said = pytest.raises(NotTaken, match=r"did not take it: no whole answer in 0\.2 s")
    with dripping(first, piece) as (place, ended), said:
        post(PRIVATE, f"{scheme}://{place}/", b"{}", {})
    assert ended == ["broken off"]


def test_a_handshake_that_does_not_end_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_module, "_DEADLINE_S", 0.3)
    with dripping(*DRIPPED["handshake"][1:]) as (place, ended), pytest.raises(NotTaken, match="did not take it"):
        post(PRIVATE, f"https://{place}/", b"{}", {})
    assert ended == ["broken off"]


def test_a_status_is_an_answer_and_what_drips_behind_it_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post_module, "_DEADLINE_S", 0.5)
    with dripping(HEAD + b"Content-Length: 4000\r\n\r\n", b"x") as (place, ended):
        assert post(PRIVATE, f"http://{place}/", b"{}", {}) == 200
    assert ended == ["broken off"]


def test_several_addresses_that_do_not_answer_take_no_longer_than_one_exchange(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    def connect(self: socket.socket, _: object) -> None:
        waited.append(self.gettimeout() or 0)
        time.sleep(waited[-1])
        raise TimeoutError("timed out")

    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"8.8.8.{number}", 80)) for number in range(1, 5)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(post_module, "_DEADLINE_S", 0.3)
    monkeypatch.setattr(post_module, "_TIMEOUT_S", 0.2)
    with pytest.raises(NotTaken, match="no whole answer in"):
        post(SETTINGS, "http://a.example/", b"{}", {})
    assert waited[0] == 0.2
    assert sum(waited) <= 0.3


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_open_network_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1"),  # noqa: S104
        *("::", "::1", "fe80::1%eth0", "fd00::1", "ff02::1", "2001:db8::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"),
        *("", "localhost", "1", "127.1"),
    ],
)
def test_any_other_address_is_not(address: str) -> None:
    assert not is_public(address)


def test_a_message_does_not_go_to_a_name_that_leads_to_this_machine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        port = server.getsockname()[1]
        for host in ("localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "0"):
            with pytest.raises(NotAllowed, match="no machine of the open network: nothing is told to it unless"):
                post(SETTINGS, f"http://{host}:{port}/", b"{}", {})
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is looked up a second time may lead to somewhere else."""
    asked: list[str] = []
    connected: list[object] = []

    def look_up(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8" if len(asked) == 1 else "127.0.0.1", port))]

    def connect(self: socket.socket, place: object) -> None:
        connected.append(place)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", connect)
    with pytest.raises(Exception, match=r"http://a\.example did not take it: refused"):
        post(SETTINGS, "http://a.example/T0/secret", b"{}", {})
    assert (asked, connected) == (["a.example"], [("8.8.8.8", 80)])


def test_one_forbidden_address_of_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
    with pytest.raises(NotAllowed, match=r"a\.example leads to 10\.0\.0\.1"):
        post(SETTINGS, "http://a.example/", b"{}", {})


def test_the_signature_can_be_made_again_by_whoever_has_the_secret() -> None:
    wanted = hmac.new(b"key", b"1790000000." + b'{"id":1}', hashlib.sha256).hexdigest()
    assert signature("key", 1_790_000_000, b'{"id":1}') == f"sha256={wanted}"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://user:word@a.example/T0/secret?token=1", "https://a.example"),
        ("http://b.example:8080/x", "http://b.example:8080"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]:8443"),
    ],
)
def test_only_the_host_of_an_address_is_shown(address: str, shown: str) -> None:
    assert shown_host(address) == shown


def test_addresses_and_secret_are_masked_wherever_they_stand() -> None:
    secrets = secrets_of(msgspec.structs.replace(SETTINGS, webhook_secret="long-enough"))
    text = "https://a.example/T0/secret said no to long-enough, http://b.example:8080/x said yes"
    assert redact(text, secrets) == "*** said no to ***, *** said yes"


@pytest.mark.parametrize(
    ("webhooks", "secret", "said"),
    [
        ("https://a.example/", "", "needs LINERNOTES_WEBHOOK_SECRET"),
        ("ftp://a.example/", "s", "has an address that is none"),
        ("https://a.example:port/secret", "s", "has an address that is none"),
        ("https://", "s", "has an address that is none"),
    ],
)
def test_addresses_that_cannot_be_used_are_refused_without_showing_them(webhooks: str, secret: str, said: str) -> None:
    given = {"LINERNOTES_HOME": "/nowhere", "LINERNOTES_WEBHOOKS": webhooks, "LINERNOTES_WEBHOOK_SECRET": secret}
    with pytest.raises(SettingError, match=said) as raised:
        _ = read_settings(given).webhook_addresses
    assert "a.example" not in str(raised.value)


def test_several_addresses_stand_with_commas_or_spaces_between_them() -> None:
    assert SETTINGS.webhook_addresses == ("https://a.example/T0/secret", "http://b.example:8080/x")
    assert Settings(home="").webhook_addresses == ()
