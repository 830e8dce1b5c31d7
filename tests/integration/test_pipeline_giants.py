"""Records out of all proportion, and what is no record: what can be loaded is, the rest is told, by either strategy."""

from __future__ import annotations

import gzip
import os
import random
from pathlib import Path

import pytest

from tests.integration.pipeline import (
    APRIL,
    MAY,
    Pipeline,
    entity_file,
    release,
    small,
    write_checksums,
    write_dump,
)

PIPELINE = {"part_bytes": 4_000}

ROADS = ("no", "yes")
#: Tracks of the longest release: 2 MB of XML in the gate, 11 by `make faults`.
TRACKS = 100_000 if os.environ.get("LINERNOTES_SWEEPS") == "1" else 20_000


def words(size: int, seed: int) -> str:
    """Different words, as many as make so many characters: nothing packs them much."""
    dice = random.Random(seed)
    return " ".join(f"{dice.getrandbits(40):x}" for _ in range(size // 11))


def track(number: int) -> str:
    who = f"<artist><id>{number % 3_000 + 1}</id><name>A</name><role>Producer</role></artist>"
    return f"<track><position>{number}</position><title>T</title><extraartists>{who}</extraartists></track>"


@pytest.mark.parametrize("bulk", ROADS)
def test_giants_are_loaded_whole(pipeline: Pipeline, tmp_path: Path, bulk: str) -> None:
    records = small()
    roles = f"<extraartists><artist><id>1</id><role>{words(100_000, 3)}</role></artist></extraartists>"
    records["releases"] += [
        release(101, f"<notes>{words(10_000_000, 1)}</notes>"),
        release(102, f"<tracklist>{''.join(map(track, range(TRACKS)))}</tracklist>{roles}"),
        release(103).replace("Release 103", words(3_000_000, 2)),
        release(104).replace("R 104", words(20_000, 4)).replace("name='L'", f"name='{words(20_000, 5)}'"),
        release(105, f"<country>{'c' * 500}</country>").replace("Rock", "é" * 500).replace("Indie", "坂" * 500),
    ]
    write_dump(tmp_path, APRIL, records)
    run = pipeline.load(tmp_path, bulk=bulk)
    assert (run.state, pipeline.quarantined()) == ("done", [])
    assert pipeline.differences(tmp_path, APRIL) == {}


TOO_MUCH = {
    "country": release(61, f"<country>{'c' * 501}</country>"),
    "genre": release(61).replace("Rock", words(5_000, 4)),
    "style": release(61).replace("Indie", words(5_000, 5)),
    "format": release(61, f"<formats><format name='{words(5_000, 6)}' qty='1'/></formats>"),
    "depth": release(61, f"<tracklist>{'<track><sub_tracks>' * 40}{'</sub_tracks></track>' * 40}</tracklist>"),
    "depth without end": release(61, f"<tracklist>{'<track><sub_tracks>' * 5_000}</tracklist>"),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_one_record_that_no_index_and_no_parser_takes_costs_itself_and_nothing_else(
    pipeline: Pipeline, tmp_path: Path, what: str
) -> None:
    records = small()
    records["releases"].insert(30, TOO_MUCH[what])
    write_dump(tmp_path, APRIL, records)
    run = pipeline.load(tmp_path)
    [(entity, number, reason)] = pipeline.quarantined()
    assert (run.state, entity, number) == ("done", "releases", 61)
    assert reason in ({"too-deep", "not-well-formed"} if "depth" in what else {"too-long"})
    assert pipeline.ids("releases") == set(range(1, 61))
    assert pipeline.differences(tmp_path, APRIL) == {}


DECLARED = [
    "<!DOCTYPE releases [<!ENTITY e 'expanded'>]>",
    "<!DOCTYPE releases [<!ENTITY e SYSTEM 'file:///etc/hostname'>]>",
    "<!DOCTYPE releases [<!ENTITY a 'aaaaaaaaaa'><!ENTITY e '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'>]>",
]


@pytest.mark.parametrize("declared", DECLARED)
def test_what_a_file_declares_is_never_resolved(pipeline: Pipeline, tmp_path: Path, declared: str) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    bad = release(61, "<notes>before &e; behind</notes>")
    body = "".join([declared, "<releases>", *map(str, records["releases"]), bad, "</releases>"])
    entity_file(tmp_path, APRIL, "releases").write_bytes(gzip.compress(body.encode()))
    write_checksums(tmp_path, APRIL)
    run = pipeline.load(tmp_path)
    assert run.state == "done"
    assert ("releases", 61, "not-well-formed") in pipeline.quarantined()
    assert pipeline.ids("releases") == set(range(1, 61))
    assert pipeline.differences(tmp_path, APRIL) == {}


def test_a_bomb_is_given_up_and_named_and_removes_nothing(pipeline: Pipeline, tmp_path: Path) -> None:
    records = small()
    write_dump(tmp_path, APRIL, records)
    assert pipeline.load(tmp_path).state == "done"
    write_dump(tmp_path, MAY, records)
    body = "".join(["<releases>", *map(str, records["releases"][:30]), " " * 100_000_000])
    entity_file(tmp_path, MAY, "releases").write_bytes(gzip.compress(body.encode(), 1))
    write_checksums(tmp_path, MAY)
    run = pipeline.load(tmp_path)
    file = pipeline.files(run)["releases"]
    assert (run.state, file.whole) == ("done", False)
    assert "LINERNOTES_MAX_INFLATION" in str(file.problem)
    assert pipeline.ids("releases") == set(range(1, 61))
