"""Links of a release: whom it names, once in each way, as another reader finds them in the dump."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

from functions.release_links.release_links import APPEARS, COMPANY, CREDITED, LABEL, MAIN, rows_of
from infra.verify.document import document_of, repaired, tree_of
from infra.verify.edges import year_of
from infra.verify.record_splitter import RecordSplitter
from infra.verify.release_links import links_of

DUMP = date(2026, 4, 1)


def links(document: dict[str, Any], year: int | None = 1999) -> list[tuple[Any, ...]]:
    """(id, kind, master, year, categories, roles), by id and kind."""
    rows = rows_of("releases", 7, json.dumps(document, ensure_ascii=False), year)["release_links"]
    assert all(row[1] == 7 for row in rows)
    return sorted((row[0], row[3], row[2], *row[4:]) for row in rows)


def test_a_release_names_everybody_once_in_each_way() -> None:
    document = {
        "artists": [{"id": 1}, {"id": 2}, {"id": 1}, {"id": 0}],
        "extraartists": [{"id": 1, "role": "Producer [Additional, Vocal], Mixed By"}, {"id": 3}, {"role": "Bass"}],
        "labels": [{"id": 5, "catno": "B 1"}, {"id": 5, "catno": "A\n1"}, {"id": 5, "catno": "B 1"}, {"id": 6}],
        "companies": [{"id": 5, "entity_type_name": "Pressed By"}, {"id": -1}],
        "master_id": 9,
        "tracklist": [
            {
                "artists": [{"id": 2}, {"id": 4}],
                "sub_tracks": [{"artists": [{"id": 4}], "extraartists": [{"id": 1, "role": "Bass"}]}],
            }
        ],
    }
    assert [row[:2] + row[5:] for row in links(document)] == [
        (1, MAIN, None),
        (1, CREDITED, "Bass\nMixed By\nProducer"),
        (2, MAIN, None),
        (3, CREDITED, None),
        (4, APPEARS, None),
        (5, LABEL, "B 1\nA 1"),
        (5, COMPANY, "Pressed By"),
        (6, LABEL, None),
    ]
    assert {row[2:4] for row in links(document)} == {(9, 1999)}


def test_what_is_not_known_is_nothing() -> None:
    assert links({}) == []
    assert links({"artists": [{"id": 1}], "master_id": 0}, None) == [(1, MAIN, None, 0, 0, None)]


def test_links_of_real_releases_are_those_that_another_reader_finds(samples: Path) -> None:
    seen = 0
    for path in samples.rglob("*_releases.xml.gz"):
        splitter = RecordSplitter("releases", 10_000_000)
        for piece in [*splitter.feed(gzip.decompress(path.read_bytes())), *splitter.finish()]:
            document = document_of("releases", tree_of(repaired(piece.data)[0]))
            found = links(document, year_of("releases", document, DUMP))
            assert found == [(row.id, row.kind, *row[2:]) for row in links_of(document, DUMP)]
            seen += len(found)
    assert seen > 1_000
