"""Each quirk of the dumps: a small file beside the NDJSON lines, and the rejected pieces, that must come of it.

`goldens/<quirk>.xml` is the file; `goldens/<quirk>.ndjson` holds the lines of a part, byte for byte, and after them one
line `{"rejected": reason, "id": …}` for each piece that goes to quarantine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from functions.extract.parse.lxml_engine import LxmlEngine
from functions.extract.records.part_index import PartIndex
from functions.extract.records.record_digest import raw_digest, record_id
from functions.extract.split.part_builder import PartBuilder
from functions.extract.xml_stream.record_scanner import RecordScanner
from functions.runtime.entities import ENTITIES, Entity

GOLDENS = Path(__file__).parent / "goldens"
QUIRKS = sorted(path.stem for path in GOLDENS.glob("*.xml"))


def entity_of(xml: bytes) -> Entity:
    return cast("Entity", xml[1 : xml.index(b">")].decode())


def chunks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def extracted(xml: bytes, size: int) -> tuple[bytes, list[tuple[str, int | None]], dict[str, int]]:
    """The lines, (reason, id) of what was rejected, and the drift, as split and parse_chunk make them."""
    entity, cutter, seen = entity_of(xml), PartBuilder(part_bytes=10**9), set[int]()
    rejected: list[tuple[str, int | None]] = []
    for piece in RecordScanner(entity, 10**6).pieces(chunks(xml, size)):
        number = None if piece.stray else record_id(entity, piece.data)
        if number is None:
            rejected.append(("stray-bytes" if piece.stray else "no-id", None))
        elif number in seen:
            rejected.append(("duplicate-id", number))
        else:
            seen.add(number)
            one = PartIndex([number], [raw_digest(piece.data)], [len(piece.data)], [piece.at])
            cutter.add(one, piece.data, [0, len(piece.data)], 0, 1)
    index, part, _ = cutter.take()
    made = LxmlEngine().parse(entity, index, part)
    lines, bad = made.lines, made.rejected
    drift = {name: unknown.times for name, unknown in made.drift.items()}
    return lines, [*rejected, *((piece.reason, piece.record_id) for piece in bad)], drift


def expected(quirk: str) -> tuple[bytes, list[tuple[str, int | None]]]:
    lines = (GOLDENS / f"{quirk}.ndjson").read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(b'{"rejected"')]
    rest = [json.loads(line) for line in lines[len(kept) :]]
    return b"".join(kept), [(line["rejected"], line["id"]) for line in rest]


@pytest.mark.parametrize("quirk", QUIRKS)
def test_a_quirk_makes_exactly_these_lines(quirk: str) -> None:
    xml = (GOLDENS / f"{quirk}.xml").read_bytes()
    lines, rejected = expected(quirk)
    for size in (7, len(xml)):
        found, found_rejected, _ = extracted(xml, size)
        assert found.decode() == lines.decode()
        assert sorted(found_rejected, key=str) == sorted(rejected, key=str)


@pytest.mark.parametrize("quirk", QUIRKS)
def test_the_hash_of_a_line_is_that_of_its_data_as_written(quirk: str) -> None:
    for line in expected(quirk)[0].splitlines():
        data = line[line.index(b'"data":') + 7 : line.rindex(b',"hash":')]
        assert json.loads(line)["hash"] == hashlib.sha256(data).hexdigest()
        again = json.dumps(json.loads(data), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert data == again.encode()


@pytest.mark.parametrize(
    ("today", "before"),
    [
        ("artist_today", "artist_of_2020"),
        ("label_today", "label_of_2020"),
        ("release_today", "release_of_2020"),
    ],
)
def test_both_forms_of_the_dump_make_the_same_document(today: str, before: str) -> None:
    """Images, a release's status and a company's address are what only the older form has."""
    new, old = (
        {record["data"]["id"]: record["data"] for record in map(json.loads, expected(quirk)[0].splitlines())}
        for quirk in (today, before)
    )
    for document in old.values():
        document.pop("images", None)
        document.pop("status", None)
        for company in document.get("companies", []):
            company.pop("resource_url", None)
    assert old == new


def test_what_the_model_does_not_know_is_counted() -> None:
    *_, drift = extracted((GOLDENS / "unknown_to_the_model.xml").read_bytes(), 100)
    assert drift == {
        "artist@mood": 1,
        "artist/shoe_size": 1,
        "urls@kind": 1,
        "urls/uri": 1,
        "artist text": 1,
        "artist/name repeated": 1,
    }


@pytest.mark.parametrize("quirk", ["unknown_to_the_model", "refused_characters"])
def test_only_drift_is_counted_as_drift(quirk: str) -> None:
    others = set(QUIRKS) - {"unknown_to_the_model", "refused_characters", "members_of_2020"}
    assert all(not extracted((GOLDENS / f"{other}.xml").read_bytes(), 1000)[2] for other in others)
    assert extracted((GOLDENS / f"{quirk}.xml").read_bytes(), 1000)[2]


def test_an_id_that_contradicts_the_names_own_is_counted() -> None:
    *_, drift = extracted((GOLDENS / "members_of_2020.xml").read_bytes(), 100)
    assert drift == {"members/id contradicted": 1}


def test_characters_that_postgresql_refuses_are_replaced_and_counted() -> None:
    *_, drift = extracted((GOLDENS / "refused_characters.xml").read_bytes(), 100)
    assert drift == {"replaced characters": 6}


def test_every_entity_has_a_golden() -> None:
    assert {entity_of((GOLDENS / f"{quirk}.xml").read_bytes()) for quirk in QUIRKS} == set(ENTITIES)
