"""A sample: the first records of each file of a dump, taken from the site, and what the stores make of them."""

from __future__ import annotations

import dataclasses
import gzip
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from litestar.testing import TestClient

from functions.extract.download.download import download
from functions.extract.download.sample import fetch_sample, first_records
from functions.extract.download.source import find_dump
from functions.operations.collection import read_collection
from functions.runtime.entities import ENTITIES
from functions.runtime.errors import LinernotesError, RefusedError, SettingError, SourceError, SourceUnavailable
from functions.runtime.messages import Download
from functions.runtime.settings import Settings
from gateway.app import create_app
from infra.cli.first_load import _dump
from infra.stack.ports import free_port
from tests.integration.pipeline import APRIL, MAY, Pipeline, artist, entity_file, small, write_dump
from tests.integration.small_dump import Waiter
from tests.site import Drip, Ended, Reset, Site, Status, running_site

ARTISTS = entity_file(Path(), APRIL, "artists").name


def long_artist(number: int) -> str:
    return artist(number, f"<profile>{random.Random(number).randbytes(2_000).hex()}</profile>")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """April, with a file of artists of some two megabytes."""
    records = small() | {"artists": [long_artist(number) for number in range(1, 1_001)]}
    return write_dump(tmp_path_factory.mktemp("real"), APRIL, records)


@pytest.fixture
def site(root: Path) -> Iterator[Site]:
    with running_site(root) as running:
        yield running


@pytest.fixture
def plain(tmp_path: Path, site: Site) -> Settings:
    return Settings(home=str(tmp_path / "home"), site_url=site.url)


def sample(settings: Settings, records: int, source: str = "discogs", waiter: Waiter | None = None) -> Path:
    """The folder of a sample."""
    dump = find_dump(settings, source)
    return fetch_sample(settings, dump, records, lambda *_: None, (waiter or Waiter()).retry)


def xml(folder: Path, entity: str = "artists") -> list[str]:
    return gzip.decompress(next(folder.glob(f"*_{entity}.xml.gz")).read_bytes()).decode().splitlines()


def test_the_first_records_are_taken_and_the_rest_is_not_fetched(plain: Settings, site: Site, root: Path) -> None:
    site.fail(ARTISTS, Drip(20_000, 0.002))
    folder = sample(plain, 30)
    assert xml(folder) == ["<artists>", *map(long_artist, range(1, 31))]
    assert site.sent[ARTISTS] < entity_file(root, APRIL, "artists").stat().st_size / 2
    assert xml(folder, "masters") == xml(root, "masters")[:-1]  # there are no more, and no file has its end
    found = find_dump(plain, str(folder))
    assert (found.sample, found.synthetic, [file.entity for file in found.files]) == (True, False, list(ENTITIES))


def test_what_is_there_is_not_fetched_again_and_nothing_is_half_there(plain: Settings, site: Site) -> None:
    site.fail(ARTISTS, *[Status(503)] * Waiter().tries)
    with pytest.raises(SourceUnavailable):
        sample(plain, 5)
    assert not [path for path in (Path(plain.home) / "samples").iterdir() if path.suffix != ".partial"]
    sample(plain, 5)
    before = len(site.asked(ARTISTS))
    sample(plain, 5)
    assert len(site.asked(ARTISTS)) == before
    sample(plain, 6)
    assert len(site.asked(ARTISTS)) == before + 1


@pytest.mark.parametrize("fault", [Reset(9_000), Ended(9_000), Status(503), Status(429, {"Retry-After": "1"})])
def test_a_connection_that_breaks_is_tried_again(plain: Settings, site: Site, fault: Reset | Ended | Status) -> None:
    site.fail(ARTISTS, fault)
    assert len(xml(sample(plain, 200))) == 201
    assert len(site.asked(ARTISTS)) == 2


def test_a_sample_of_a_folder_and_of_a_sample(plain: Settings, root: Path) -> None:
    first = sample(plain, 20, str(root))
    assert len(xml(first)) == 21
    assert len(xml(sample(plain, 7, str(first)))) == 8


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (gzip.compress(b"<artists>" + bytes(100_000_000) + b"</artists>"), "inflates to more than"),
        (b"\x1f\x8b" + b"x" * 50, "is damaged"),
        (b"", "broke off after 0 records"),
        (gzip.compress(b"<html>Checking your browser</html>"), "broke off after 0 records"),
    ],
    ids=["bomb", "damaged", "empty", "page"],
)
def test_what_is_no_dump_is_refused(data: bytes, error: str) -> None:
    pieces = [data[at : at + 50_000] for at in range(0, len(data), 50_000)]
    with pytest.raises((SourceError, SourceUnavailable), match=error):
        list(first_records(pieces, "artists", 10, Settings(home=".")))


def test_several_members_a_plain_file_and_what_follows_them_are_read(plain: Settings) -> None:
    texts = [artist(number).encode() for number in range(5)]
    halves = gzip.compress(b"<artists>" + b"".join(texts[:3])) + gzip.compress(b"".join(texts[3:]) + b"</artists>")
    whole = b"<artists>" + b"".join(texts) + b"</artists>"
    for data in (halves, whole, gzip.compress(whole) + b"\0\0\n"):
        for size in (1, 7, 100_000):
            pieces = [data[at : at + size] for at in range(0, len(data), size)]
            assert list(first_records(pieces, "artists", 10, plain)) == texts


def test_a_home_that_cannot_be_written_to_is_named(plain: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingError, match="cannot be used"):
        sample(msgspec.structs.replace(plain, home=str(tmp_path / "file")), 5)


def test_without_a_network_the_generated_dump_is_loaded(plain: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    offline = msgspec.structs.replace(plain, site_url=f"http://127.0.0.1:{free_port(set())}/")
    assert _dump(offline, "sample").synthetic
    assert "generated ones are loaded" in capsys.readouterr().err
    assert _dump(plain, "sample").sample
    with pytest.raises(LinernotesError):
        _dump(offline, "discogs")


def test_a_sample_removes_nothing_and_is_never_mixed_with_whole_dumps(pipeline: Pipeline, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(pipeline.context.settings, home=str(tmp_path / "home"), deletion_share=1.0)
    april = write_dump(tmp_path / "april", APRIL, small())
    may = write_dump(tmp_path / "may", MAY, small())
    run = pipeline.load(sample(settings, 20, str(april)), bulk="auto")
    assert (run.state, run.sample, len(pipeline.ids("releases"))) == ("done", True, 20)
    assert pipeline.differences(sample(settings, 20, str(april)), APRIL) == {}
    assert read_collection(pipeline.context).sample
    with TestClient(create_app(settings)) as client:
        assert "A sample: the first records of each file of the Discogs dump of" in client.get("/operations").text
        assert "What is stored here is a sample" in client.get("/about").text
    run = pipeline.load(sample(settings, 8, str(may)))
    assert (run.state, len(pipeline.ids("releases")), pipeline.tombstones()) == ("done", 20, set())
    assert {file.problem for file in pipeline.files(run).values()} == {"only a sample of it is here"}
    assert pipeline.query("SELECT count(*) FROM events WHERE kind = 'not-whole'") == [(0,)]
    with pytest.raises(RefusedError, match="hold a sample of Discogs data and this dump is whole Discogs data"):
        pipeline.begin(may)
    pipeline.reset()
    assert pipeline.load(april).state == "done"
    assert not read_collection(pipeline.context).sample
    with pytest.raises(RefusedError, match="hold whole Discogs data and this dump is a sample of Discogs data"):
        pipeline.begin(sample(settings, 8, str(may)))


def test_a_sample_without_its_mark_removes_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(pipeline.context.settings, home=str(tmp_path / "home"))
    assert pipeline.load(write_dump(tmp_path / "april", APRIL, small())).state == "done"
    folder = sample(settings, 8, str(write_dump(tmp_path / "may", MAY, small())))
    next(folder.glob("*_SAMPLE.json")).unlink()
    assert pipeline.load(folder, accept_deletions=True).state == "done"
    assert (len(pipeline.ids("releases")), pipeline.tombstones()) == (60, set())


def test_a_sample_that_lies_on_a_site_is_known_for_one_in_the_folder_of_dumps(
    pipeline: Pipeline, plain: Settings, tmp_path: Path
) -> None:
    folder = sample(plain, 8)
    with running_site(folder) as site:
        changed = msgspec.structs.replace(
            pipeline.context.settings, site_url=site.url, dump_root=str(tmp_path / "dumps"), min_backoff_ms=1
        )
        context = dataclasses.replace(pipeline.context, settings=changed)
        begun = Pipeline(context).begin("discogs")
        for message in begun.messages:
            assert isinstance(message, Download)
            download(context, message)
    assert begun.run.sample
    assert find_dump(plain, str(tmp_path / "dumps")).sample
