"""A generated dump: the same every time, in today's form, and like the real ones in size and shape."""

from __future__ import annotations

import gzip
import hashlib
import io
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from functions.runtime.entities import Entity
from infra.synth import Summary, is_synthetic, write_dump
from tests.unit.synth_dump import ENTITIES, elements, path, raw, record_id, records

RELEASES = 3000
DUMP = "20260901"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Summary]:
    root = tmp_path_factory.mktemp("synth")
    return root, write_dump(root, releases=RELEASES, seed=1)


@pytest.fixture(scope="module")
def releases(made: tuple[Path, Summary]) -> list[etree._Element]:
    return elements(made[0], DUMP, "releases")


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_dump(tmp_path / name, releases=150, seed=7, damage=True)
    names = sorted(file.name for file in (tmp_path / "one/data/2026").iterdir())
    assert len(names) == 6
    for name in names:
        assert (tmp_path / "one/data/2026" / name).read_bytes() == (tmp_path / "two/data/2026" / name).read_bytes()


def test_another_seed_gives_another_dump(tmp_path: Path) -> None:
    for seed in (7, 8, -7):
        write_dump(tmp_path / str(seed), releases=20, seed=seed)
    assert len({raw(tmp_path / str(seed), DUMP, "releases") for seed in (7, 8, -7)}) == 3


@pytest.mark.parametrize("count", [1, 2, 7, 16])
def test_a_dump_of_a_few_releases_is_whole(tmp_path: Path, count: int) -> None:
    summary = write_dump(tmp_path, releases=count, seed=3)
    assert summary.entities["releases"].records == count
    for entity in ENTITIES:
        assert elements(tmp_path, DUMP, entity)


@pytest.mark.parametrize("entity", ENTITIES)
def test_ids_ascend_with_gaps(made: tuple[Path, Summary], entity: str) -> None:
    ids = [record_id(element) for element in elements(made[0], DUMP, entity)]
    assert all(before < after for before, after in pairwise(ids))
    assert ids[-1] > len(ids) * 1.5


def test_the_summary_counts_what_was_written(made: tuple[Path, Summary]) -> None:
    root, summary = made
    for entity, facts in summary.entities.items():
        assert facts.records == len(elements(root, DUMP, entity))
        assert facts.xml_bytes == len(raw(root, DUMP, entity))
        assert facts.gz_bytes == path(root, DUMP, f"{entity}.xml.gz").stat().st_size


def test_the_checksum_file_names_the_sum_of_each_file(made: tuple[Path, Summary]) -> None:
    lines = path(made[0], DUMP, "CHECKSUM.txt").read_text().splitlines()
    assert len(lines) == 4
    for line in lines:
        digest, name = line.split("  ")
        assert hashlib.sha256((made[0] / "data/2026" / name).read_bytes()).hexdigest() == digest


def test_a_generated_dump_is_known_by_its_mark(made: tuple[Path, Summary]) -> None:
    assert is_synthetic(made[0], DUMP)
    assert is_synthetic(made[0] / "data" / "2026", DUMP)
    assert not is_synthetic(made[0], "20260801")


def test_files_have_several_gzip_members(made: tuple[Path, Summary]) -> None:
    data = path(made[0], DUMP, "releases.xml.gz").read_bytes()
    assert len(re.findall(rb"\x1f\x8b\x08\x00\x00\x00\x00\x00", data)) >= 2
    with gzip.open(io.BytesIO(data)) as file:
        assert file.read().endswith(b"</releases>\n")


def test_records_are_as_many_and_as_large_as_in_the_real_dump(made: tuple[Path, Summary]) -> None:
    entities = made[1].entities
    assert 2700 < entities["releases"].xml_bytes / RELEASES < 3700
    assert 0.5 < entities["artists"].records / RELEASES < 0.55
    assert 0.11 < entities["labels"].records / RELEASES < 0.14
    assert 0.12 < entities["masters"].records / RELEASES < 0.14


def test_fields_occur_as_often_as_in_the_real_dump(releases: list[etree._Element]) -> None:
    def mean(query: str) -> float:
        return sum(len(release.findall(query)) for release in releases) / len(releases)

    assert 1.1 < mean("artists/artist") < 1.3
    assert 8 < mean("tracklist/track") < 10
    assert 1 < mean("extraartists/artist") < 4
    assert 0.5 < mean("tracklist/track/extraartists/artist") < 4
    assert 1 < mean("identifiers/identifier") < 3
    assert 1 < mean("videos/video") < 4
    assert 1 < mean("companies/company") < 3
    assert 1 <= mean("labels/label") < 1.4
    assert 1 <= mean("styles/style") < 2.5
    assert mean("images") == 0


def test_elements_stand_in_the_order_of_the_real_dump(made: tuple[Path, Summary]) -> None:
    orders = {
        "artists": "id name realname profile data_quality urls namevariations aliases members groups",
        "labels": "id name contactinfo profile data_quality parentLabel urls sublabels",
        "masters": "main_release artists genres styles year title notes data_quality videos",
        "releases": "artists title labels series extraartists formats genres styles country released notes"
        " data_quality master_id tracklist identifiers videos companies",
    }
    for entity, order in orders.items():
        for element in elements(made[0], DUMP, entity):
            places = [order.split().index(child.tag) for child in element]
            assert places == sorted(set(places)), etree.tostring(element)[:300]


def test_references_resolve_save_for_a_few(made: tuple[Path, Summary], releases: list[etree._Element]) -> None:
    ids = {entity: {str(key) for key in records(made[0], DUMP, entity)} for entity in ENTITIES}
    credited = [artist.findtext("id") for release in releases for artist in release.iter("artist")]
    labels = [row.get("id") for release in releases for row in release.iterfind("labels/label")]
    masters = [text for release in releases if (text := release.findtext("master_id"))]
    main = [master.findtext("main_release") for master in elements(made[0], DUMP, "masters")]
    sides: tuple[tuple[list[Any], Entity], ...] = ((labels, "labels"), (masters, "masters"), (main, "releases"))
    for targets, known in sides:
        dangling = sum(target not in ids[known] for target in targets)
        assert 0 < dangling < 0.02 * len(targets), known
    unknown = Counter(target for target in credited if target not in ids["artists"])
    assert unknown["194"] > unknown["355"] > 0
    assert unknown["118760"]
    assert sum(unknown.values()) < 0.06 * len(credited)


def test_a_master_and_its_main_release_name_each_other(made: tuple[Path, Summary]) -> None:
    releases = records(made[0], DUMP, "releases")
    agree = 0
    masters = records(made[0], DUMP, "masters")
    for master_id, master in masters.items():
        main = releases.get(int(master.findtext("main_release")))
        if main is not None and (of := main.find("master_id")) is not None and of.text == str(master_id):
            assert of.get("is_main_release") == "true"
            agree += 1
    assert agree > 0.95 * len(masters)


def test_bonds_are_told_by_both_sides(made: tuple[Path, Summary]) -> None:
    artists = records(made[0], DUMP, "artists")

    def bonds(tag: str) -> set[tuple[int, int]]:
        pairs = {(key, int(n.get("id", 0))) for key, one in artists.items() for n in one.iterfind(f"{tag}/name")}
        return {pair for pair in pairs if pair[1] in artists}

    members, groups, aliases = bonds("members"), bonds("groups"), bonds("aliases")
    assert len(members) > 100
    assert members == {(group, member) for member, group in groups}
    assert aliases == {(there, here) for here, there in aliases}
    labels = records(made[0], DUMP, "labels")
    parents = {(int(p.get("id")), key) for key, one in labels.items() for p in one.iterfind("parentLabel")}
    children = {(key, int(c.get("id"))) for key, one in labels.items() for c in one.iterfind("sublabels/label")}
    assert len(parents) > 10
    assert parents == {pair for pair in children if pair[1] in labels}


def test_names_come_in_many_scripts(made: tuple[Path, Summary]) -> None:
    names = {element.findtext("name") for element in elements(made[0], DUMP, "artists")}
    assert {"坂本龍一", "Björk", "Кино", "أم كلثوم", "עפרה חזה", "Μίκης Θεοδωράκης", "คาราบาว"} <= names
    assert any(name and name.endswith("(2)") for name in names)


def test_artists_of_a_scene_share_styles(releases: list[etree._Element]) -> None:
    """Two releases of one artist have a common style far more often than two releases at large."""
    by_artist: dict[str, list[set[str | None]]] = {}
    for release in releases:
        styles = {style.text for style in release.iterfind("styles/style")}
        by_artist.setdefault(release.findtext("artists/artist/id") or "", []).append(styles)
    by_artist.pop("194")
    same = [bool(a & b) for several in by_artist.values() for a, b in pairwise(several)]
    everything = [styles for several in by_artist.values() for styles in several]
    at_large = [bool(a & b) for a, b in zip(everything, everything[len(everything) // 2 :], strict=False)]
    assert sum(same) / len(same) > 0.5 > 5 * sum(at_large) / len(at_large)


def test_progress_is_told_up_to_the_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    summary = write_dump(tmp_path, releases=30, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (summary.records, summary.records)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
