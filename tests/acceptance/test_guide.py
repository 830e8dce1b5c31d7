"""The blocks of commands in README and guide, run line by line as they stand there.

What differs is where things are: `PLACES` says it. What no test runs has its reason in `tests/guide.py`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.setup.fetch_neo4j import jars_folder
from tests.acceptance.test_address import wait_until_it_answers
from tests.graph_servers import needed_parts
from tests.guide import PAGES, ROOT, blocks, is_run
from tests.product import Product

#: Each block that has a line to run, by its first such line.
BLOCKS = {
    first: lines
    for page in PAGES
    for block in blocks(page)
    if (lines := [line for line in block if is_run(line)])
    for first in [lines[0]]
}
#: What takes a stack of its own.
NEO4J = "make neo4j"


def run(product: Product, line: str, places: Mapping[str, str]) -> str:
    """What one line says."""
    for place, here in places.items():
        line = line.replace(place, here)
    words = shlex.split(line)
    if words[0] == "curl":
        with urllib.request.urlopen(words[1], timeout=30) as answer:  # noqa: S310 - it is in the README
            return str(answer.read().decode())
    assert words[0].endswith("linernotes"), f"say in this test how {words[0]!r} is run"
    done = product.linernotes(*words[1:])
    return done.stdout + done.stderr


def said(product: Product, first: str, places: Mapping[str, str]) -> dict[str, str]:
    """What each line of a block says, all of them run in their order."""
    return {line: run(product, line, places) for line in BLOCKS[first]}


@pytest.fixture(scope="module")
def loaded(product: Product, dump: Path) -> Product:
    product.linernotes("load", dump)
    return product


def test_the_commands_of_the_readme(loaded: Product, dump: Path, tmp_path: Path) -> None:
    wait_until_it_answers(loaded)
    port = f":{loaded.settings.gateway_port}"
    places = {".linernotes/demo": str(dump), "/tmp/next": str(tmp_path / "next"), ":8003": port}  # noqa: S108
    found = said(loaded, ".venv/bin/linernotes status", places)
    texts = list(found.values())
    assert '"id":2' in next(text for line, text in found.items() if line.startswith("curl"))
    assert "equal" in next(text for line, text in found.items() if " verify " in line)
    assert "is done" in texts[-1]


def test_a_load_in_the_place_of_another(loaded: Product, dump: Path) -> None:
    [line] = BLOCKS[".venv/bin/linernotes load ~/discogs --replace"]
    assert "is done" in run(loaded, f"{line} --yes", {"~/discogs": str(dump)})


def test_a_key_is_made_listed_and_revoked(product: Product) -> None:
    made, listed, revoked = said(product, "linernotes keys make nightly --right operate --days 365", {}).values()
    assert "lnkey_" in made
    assert "nightly" in listed
    assert "nightly" in revoked


def test_the_secrets_of_containers_are_made(tmp_path: Path) -> None:
    assert BLOCKS["linernotes secrets init"] == ["linernotes secrets init"]
    elsewhere = Product(tmp_path / "home")
    elsewhere.linernotes("secrets", "init")
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


@pytest.mark.sweep
def test_the_stack_with_neo4j(tmp_path: Path) -> None:
    """A start of Java more than all others: the same server is started by the tests of both graph servers."""
    needed_parts()
    make, up = BLOCKS[NEO4J]
    subprocess.run(shlex.split(make), cwd=ROOT, check=True, env=os.environ | {"LINERNOTES_NEO4J_JARS": ""})
    setting, *words = shlex.split(up)
    assert setting == "LINERNOTES_NEO4J_JARS=.neo4j/jars"
    stack = Product(tmp_path / "home", {"LINERNOTES_NEO4J_JARS": str(jars_folder())})
    try:
        stack.linernotes(*words[1:], "--detach", LINERNOTES_PORT="0")
        assert "graph" in stack.linernotes("status").stdout
        assert (stack.home / "neo4j").exists()
    finally:
        stack.linernotes("down")


def test_every_block_has_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [first for first in BLOCKS if first not in text] == []
