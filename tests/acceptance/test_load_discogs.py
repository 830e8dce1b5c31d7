"""`linernotes load discogs` against a site that fails as the public one does."""

from __future__ import annotations

import base64
import datetime as dt
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from functions.runtime.entities import ENTITIES
from infra.stack.ports import free_port
from infra.synth import write_dump
from tests.product import Product
from tests.site import (
    Drip,
    Elsewhere,
    Ended,
    Fault,
    NoLength,
    NoRange,
    Page,
    Reset,
    Site,
    Status,
    Unsatisfiable,
    Wrong,
    running_site,
)

DATE = f"{dt.datetime.now(dt.UTC):%Y}0101"
UNFINISHED = f"{dt.datetime.now(dt.UTC):%Y}0201"
NOTHING = {"parts": 0, "rows": 0, "nodes": 0, "edges": 0}

#: What happens to the requests for the four files of a load, one load after the other.
ROUNDS: dict[str, tuple[list[Fault], ...]] = {
    "nothing": ([], [], [], []),
    "resets": (
        [Reset(9_000)],
        [Reset(9_000), NoRange()],
        [Reset(9_000), Unsatisfiable()],
        [Reset(9_000), Elsewhere(1)],
    ),
    "statuses": ([Status(503)], [Status(429)], [Status(429, {"Retry-After": "1"})], [Status(500), Status(502)]),
    "bytes": ([Wrong()], [Drip(20_000, 0.01)], [Ended(9_000)], [Page(), NoLength()]),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("site")
    write_dump(root, releases=400, seed=5, dump=DATE)
    unfinished = root / "data" / UNFINISHED[:4] / f"discogs_{UNFINISHED}_labels.xml.gz"
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    unfinished.write_bytes(b"not all of it is here yet")
    with running_site(root) as running:
        yield running


@pytest.fixture(scope="module")
def product(product: Product, site: Site) -> Iterator[Product]:
    """The commands ask this site; workers fetch from where the command has found a file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(product.environment, "LINERNOTES_SITE", site.url)
        yield product


@pytest.mark.parametrize("faults", ROUNDS.values(), ids=ROUNDS)
def test_the_newest_complete_dump_is_loaded_whatever_happens_on_the_way(
    product: Product, site: Site, faults: tuple[list[Fault], ...]
) -> None:
    shutil.rmtree(product.home / "dumps", ignore_errors=True)
    for entity, each in zip(ENTITIES, faults, strict=True):
        site.fail(f"discogs_{DATE}_{entity}.xml.gz", *each)
    product.linernotes("load", "discogs")
    run = product.last_run()
    assert (run["state"], run["dump"], run["source"]) == ("done", DATE, site.url)
    assert all(file["whole"] for file in run["files"])


def test_what_was_fetched_is_not_fetched_again(product: Product, site: Site) -> None:
    before = len(site.requests)
    product.linernotes("load", "discogs")
    assert product.last_run()["written"] == NOTHING
    assert product.json("verify", "discogs", "--json")["equal"]
    assert [request.name for request in site.requests[before:]] == [DATE[:4], f"discogs_{DATE}_CHECKSUM.txt"] * 2
    assert product.json("verify", product.home / "dumps", "--json")["equal"]


def test_a_machine_that_is_refused_is_told_what_to_do(product: Product, site: Site) -> None:
    site.fail(DATE[:4], Status(403))
    refused = product.linernotes("load", "discogs", code=1)
    assert "try from another network" in refused.stderr
    shutil.rmtree(product.home / "dumps")
    site.fail(f"discogs_{DATE}_artists.xml.gz", Status(403))
    refused = product.linernotes("load", "discogs", code=1)
    assert "try from another network" in refused.stderr
    assert product.last_run()["state"] == "failed"


def test_a_dump_that_is_wrong_on_the_site_names_both_sums(product: Product, site: Site) -> None:
    shutil.rmtree(product.home / "dumps", ignore_errors=True)  # what came before the refusal is there and right
    name = f"discogs_{DATE}_masters.xml.gz"
    site.fail(name, Wrong(), Wrong())
    refused = product.linernotes("load", "discogs", code=1)
    assert f"{name} has SHA-256" in refused.stderr
    assert not Path(product.home / "dumps" / name).exists()


def test_no_secret_of_an_address_is_shown_anywhere(product: Product, site: Site) -> None:
    """The password and the signature reach the site, and nobody else, whether all goes well or not."""
    artists, secret = f"discogs_{DATE}_artists.xml.gz", re.compile("open-sesame|signed-4711")
    address = f"{site.url.replace('http://', 'http://me:open-sesame@')}?sig=signed-4711"
    shutil.rmtree(product.home / "dumps", ignore_errors=True)
    said = []

    def load(place: str, code: int) -> None:
        done = product.linernotes("load", place, code=code, LINERNOTES_DOWNLOAD_TRIES="1")
        said.extend([done.stdout, done.stderr])

    load(f"http://me:open-sesame@127.0.0.1:{free_port(set())}/?sig=signed-4711", 1)
    site.fail(DATE[:4], Status(401))
    load(address, 1)
    site.fail(artists, Status(404))
    load(address, 1)
    letters = product.json("dead-letters", "list", "--json")
    assert [letter for letter in letters if "is not there (404)" in str(letter)]
    before = len(site.requests)
    load(address, 0)
    asked = [request for request in site.requests[before:] if request.name == artists]
    assert asked[0].headers["authorization"] == f"Basic {base64.b64encode(b'me:open-sesame').decode()}"
    run = product.last_run()
    assert (run["state"], run["source"]) == ("done", f"{site.url.replace('http://', 'http://***@')}?sig=***")

    gateway = product.status()["stores"]["gateway"]["address"]
    said += [httpx.get(f"{gateway}/{page}", timeout=60).text for page in ("api/runs", "health", "metrics")]
    said += [str(letters), product.linernotes("status", "--json").stdout, product.linernotes("logs").stdout]
    said += [path.read_text(errors="replace") for path in (product.home / "logs").iterdir()]
    assert "***@" in "".join(said)
    assert [text for text in said if secret.search(text)] == []
    for (table,) in product.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        assert product.query(f"SELECT t FROM {table} t WHERE t::text ~ '{secret.pattern}'") == [], table  # noqa: S608
