"""After a first start on a machine without any network, as `make run` makes it, everything can be asked."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

import pytest

from functions.embed.text import text_of
from infra.stack.programs import python_module
from tests.namespaces import needs_namespaces, no_network
from tests.product import Product

#: Its parts are tested with a network by others; a stack of its own takes the gate too long.
pytestmark = [pytest.mark.sweep, pytest.mark.timeout(900)]

_READ: Final = (
    "import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1], timeout=60).read())"
)
_REACH: Final = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], 443), 5)
except OSError as error:
    print(error.strerror)
"""
#: What a page loads by itself from another host.
_FOREIGN: Final = re.compile(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=[\"']https?://(?!127\.0\.0\.1|localhost)")


class Alone(Product):
    """An installation all of whose processes have nothing but loopback."""

    def __init__(self, home: Path, prefix: list[str]) -> None:
        super().__init__(home, {"LINERNOTES_PORT": "0"}, as_program=True)
        self._prefix = prefix

    def _run(self, words: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return self._there(python_module("infra.cli.main", *words), environment)

    def _there(self, command: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        argv = [*self._prefix, *command]
        return subprocess.run(
            argv, env=dict(environment), capture_output=True, text=True, timeout=800, check=False, cwd=self.home.parent
        )

    def python(self, code: str, *words: str) -> str:
        done = self._there([sys.executable, "-c", code, *words], self.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def page(self, path: str) -> str:
        return self.python(_READ, f"http://127.0.0.1:{self.settings.gateway_port}{path}")

    def answer(self, path: str, **asked: str) -> Any:
        return json.loads(self.page(f"{path}?{urlencode(asked)}"))


@pytest.fixture(scope="module")
def alone() -> Iterator[Alone]:
    needs_namespaces()
    folder = Path(tempfile.mkdtemp(prefix="linernotes-alone-"))
    folder.chmod(0o755)
    with no_network() as prefix:
        product = Alone(folder / "home", prefix)
        try:
            product.said = product.linernotes("up", "--detach", "--load", "demo").stdout
            product.wait_until(lambda: _is_derived(product), "what is derived", 200)
            yield product
        finally:
            product.linernotes("down")
            shutil.rmtree(folder, ignore_errors=True)


def _is_derived(product: Alone) -> bool:
    return product.query("SELECT count(*) > 0 AND bool_and(caught_up_at IS NOT NULL) FROM derivations") == [(True,)]


@pytest.fixture(scope="module")
def release(alone: Alone) -> tuple[int, str, str]:
    """A release with a barcode: its id, title and barcode."""
    [row] = alone.query(
        "SELECT id, title, one ->> 'value' FROM releases, jsonb_array_elements(data -> 'identifiers') AS one "
        "WHERE one ->> 'type' = 'Barcode' AND length(one ->> 'value') >= 12 ORDER BY id LIMIT 1"
    )
    return row


def test_nothing_is_reached(alone: Alone) -> None:
    assert "unreachable" in alone.python(_REACH, "192.0.2.1")


def test_the_first_load_is_done_and_the_stores_hold_it(alone: Alone) -> None:
    assert alone.last_run()["state"] == "done"
    assert alone.verify(alone.home / "demo")["equal"]


def test_records_are_found_by_words_and_offered_while_they_are_typed(alone: Alone, release: Any) -> None:
    number, title, _ = release
    found = alone.answer("/api/search", q=f'"{title}"', type="release", limit="100")
    assert ("release", number) in [(one["type"], one["id"]) for one in found["hits"]]
    assert alone.answer("/api/autocomplete", q=title[:3])
    assert alone.linernotes("search", title).stdout
    assert alone.answer("/api/search", q=title, mode="hybrid")["hits"]


def test_a_record_is_found_by_what_it_means(alone: Alone) -> None:
    [(number, document)] = alone.query(
        "SELECT id, data::text FROM artists WHERE length(data ->> 'profile') > 100 ORDER BY id LIMIT 1"
    )
    text = text_of("artists", document, None)
    assert text
    asked = {"q": text[:500], "mode": "meaning", "type": "artist", "limit": "100"}
    found = alone.answer("/api/search", **asked)
    assert found["vectors"]["off"] is None
    assert found["vectors"]["share"] > 0
    assert number in [hit["id"] for hit in found["hits"]]
    assert {hit["match"] for hit in found["hits"]} == {"meaning"}
    assert f"/artist/{number}" in alone.page(f"/search?{urlencode(asked)}")
    assert f"{number}" in alone.linernotes("search", text[:500], "--mode", "meaning").stdout


def test_a_credit_is_asked_for(alone: Alone) -> None:
    [(number, artist, role)] = alone.query(
        "SELECT r.id, (one ->> 'id')::bigint, one ->> 'role' FROM releases AS r, "
        "jsonb_array_elements(data -> 'extraartists') AS one "
        "WHERE (one ->> 'id')::bigint > 0 AND one ->> 'role' ~ '^[A-Za-z ]+$' ORDER BY r.id LIMIT 1"
    )
    on = {"role": role, "on": f"release/{number}"}
    assert artist in [line["who"]["id"] for line in alone.answer("/api/credits", **on)["lines"]]
    assert alone.answer("/api/credits", role=role, by=str(artist))["lines"]
    assert f"/artist/{artist}" in alone.page(f"/credits?{urlencode(on)}")
    assert f"({artist})" in alone.linernotes("credits", role, "--on", f"release/{number}").stdout


def test_facets_are_counted(alone: Alone, release: Any) -> None:
    facets = alone.answer("/api/search/facets", q=release[1])
    assert "release" in json.dumps(facets)


def test_a_barcode_is_looked_up(alone: Alone, release: Any) -> None:
    number, _, barcode = release
    assert number in [one["id"] for one in alone.answer("/api/lookup", q=barcode, kind="barcode")["hits"]]


def test_pages_are_there_and_load_nothing_from_elsewhere(alone: Alone, release: Any) -> None:
    number, title, _ = release
    for path in ("/", f"/release/{number}", f"/search?q={quote(title)}", "/operations", "/about"):
        page = alone.page(path)
        assert "</html>" in page
        assert not _FOREIGN.search(page), path
