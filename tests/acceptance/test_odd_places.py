"""A product whose places have odd names, and which listens on IPv6: it works, from `up` to `restore`."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator

import httpx
import pytest

from functions.runtime.errors import SettingError
from infra.stack.home import make_home
from infra.stack.ports import check_host, check_named_port, first_free_port
from infra.synth import write_dump
from tests.product import Product, running_product

#: Markup to rich, a pattern to glob, two hosts to libpq, the end of a text in a configuration; two folders.
ODD = "it's [b], 'of' [/url] {x}"


@pytest.fixture(scope="module")
def product(tmp_path_factory) -> Iterator[Product]:
    """A running product with odd names, on the loopback of IPv6."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        missing = f"this machine has no IPv6 loopback: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    bucket = tmp_path_factory.mktemp("bucket") / ODD  # made at the start
    with running_product(ODD, LINERNOTES_HOST="::1", LINERNOTES_BUCKET=str(bucket)) as product:
        yield product


def test_a_dump_in_an_odd_folder_is_loaded_shown_and_verified(product, tmp_path):
    source = tmp_path / ODD
    write_dump(source, releases=200, seed=5)
    product.linernotes("load", source)
    product.linernotes("suppress", "add", "artist", "1", "--reason", ODD)
    assert ODD in product.linernotes("suppress", "list").stdout
    assert product.verify(source)["equal"]
    assert f"bucket at {product.environment['LINERNOTES_BUCKET']}" in product.linernotes("status").stdout
    assert ODD in product.linernotes("logs", "nothing-of-that-name", code=2).stderr


def test_a_backup_of_an_odd_name_is_restored(product, tmp_path):
    place = tmp_path / ODD
    place.parent.mkdir()
    assert ODD in product.linernotes("backup", place).stdout
    product.linernotes("restore", place, "--replace", "--yes")
    assert product.last_run()["state"] == "done"
    assert len(product.json("suppress", "list", "--json")["records"]) == 1


def test_the_address_of_ipv6_is_printed_with_brackets_and_answers(product):
    printed = re.search(r"http://\[::1\]:\d+/enter\?token=\S+", product.said)
    assert printed
    home = printed[0].partition("enter?")[0]
    assert product.status()["stores"]["gateway"]["address"] == home.rstrip("/")
    address = product.linernotes("open", "--print").stdout.strip()
    assert address.startswith(f"{home}enter?token=")
    elsewhere = product.linernotes("open", "--print", LINERNOTES_HOST="").stdout.strip()
    assert elsewhere.startswith(f"{home}enter?token=")  # a shell that does not know how `up` was called
    with httpx.Client(timeout=60) as browser:
        product.wait_until(lambda: _answers(browser, home), "the gateway")
        assert browser.get(address).status_code == 303
        assert browser.get(f"{home}api/access").json()["right"] == "admin"
        assert browser.post(f"{home}leave", headers={"Origin": home.rstrip("/")}).status_code == 303
        assert browser.get(f"{home}api/runs", headers={"Host": "evil.example"}).status_code == 421
        assert "linernotes_" in browser.get(f"{home}metrics").text


def _answers(browser: httpx.Client, home: str) -> bool:
    try:
        return browser.get(f"{home}health/live").is_success
    except httpx.TransportError:
        return False


def test_a_host_that_does_not_resolve_is_named_and_not_the_port(tmp_path):
    idle = Product(tmp_path / "home")
    for port in ({}, {"LINERNOTES_PORT": "8003"}):
        said = idle.linernotes("up", code=2, LINERNOTES_HOST="no-such-host.invalid", **port).stderr
        assert "LINERNOTES_HOST is 'no-such-host.invalid': there is no such address or name" in said
        assert "8003" not in said


def test_a_host_of_another_machine_or_in_brackets_is_named():
    with pytest.raises(SettingError, match="no address of this machine"):
        check_host("203.0.113.7")
    with pytest.raises(SettingError, match="without brackets"):
        check_named_port("[::1]", 8003)
    with pytest.raises(SettingError, match="no such address or name"):
        first_free_port("a..b", (8003,))


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb"])
def test_a_home_that_no_configuration_can_name_is_refused_at_once(tmp_path, name):
    with pytest.raises(SettingError, match=r"cannot be the home: (.|\n)* LINERNOTES_HOME"):
        make_home(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
