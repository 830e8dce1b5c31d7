"""Search by word on real stores: entries are put into their place, brought up month by month, and found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from functions.discover.search.facet_counts import facet_counts
from functions.discover.search.filters import named_filters
from functions.discover.search.search import first_of, search
from functions.discover.search.suggest import suggest
from tests.integration.pipeline import APRIL, MAY, Pipeline, small, write_dump

_NAMES = [
    "Björk", "Bjork Guitars", "坂本龍一", "Кино", "Sigur Rós", "AC/DC", "R.E.M.", "!!!", "Nirvana", "Nirvana (2)",
    "Simon & Garfunkel", "Guns N' Roses", "Various", "The The", "Motörhead",
    "周杰倫", "かぐや姫", "ΣΩΚΡΑΤΗΣ", "X", "50 Cent",
]  # fmt: skip


def _xml(text: str) -> str:
    return text.replace("&", "&amp;")


def _artist(number: int, name: str, more: str = "") -> str:
    return f"<artist><id>{number}</id><name>{_xml(name)}</name>{more}</artist>"


def _records() -> dict[Any, list[str | bytes]]:
    records = small()
    records["artists"] += [_artist(number, name) for number, name in enumerate(_NAMES, 100)]
    records["artists"].append(
        _artist(
            200,
            "Ryuichi Sakamoto",
            "<namevariations><name>Sakamoto Ryūichi</name><name>坂本 龍一</name></namevariations>",
        )
    )
    return records


@pytest.fixture(scope="module")
def loaded(opened: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    opened.reset()
    folder = write_dump(tmp_path_factory.mktemp("dumps"), APRIL, _records())
    assert opened.load(folder, APRIL).state == "done"
    return opened


def found(pipeline: Pipeline, text: str, limit: int = 10) -> list[str]:
    return [hit.name for hit in search(pipeline.context, text, limit=limit).hits]


@pytest.mark.parametrize("name", _NAMES)
def test_a_name_as_it_is_written_comes_first(loaded: Pipeline, name: str) -> None:
    assert found(loaded, name)[0] == name.removesuffix(" (2)")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bjork", "Bjork Guitars"),
        ("坂本", "坂本龍一"),
        ("龍一", "坂本龍一"),
        ("龙一", "坂本龍一"),
        ("кино", "Кино"),
        ("acdc", "AC/DC"),
        ("ac dc", "AC/DC"),
        ("rem", "R.E.M."),
        ("garfunkel simon and", "Simon & Garfunkel"),
        ("roses guns", "Guns N' Roses"),
        ("motorhaed", "Motörhead"),
        ("garfunkle", "Simon & Garfunkel"),
        ("sakamoto ryuichi", "Ryuichi Sakamoto"),
        ("周杰伦", "周杰倫"),
        ("カグヤ姫", "かぐや姫"),
        ("σωκρατης", "ΣΩΚΡΑΤΗΣ"),
        ("type:release release 7", "Release 7"),
        ("label 3", "Label 3"),
    ],
)
def test_it_is_found_as_people_type_it(loaded: Pipeline, text: str, name: str) -> None:
    assert name in found(loaded, text), search(loaded.context, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "-",
        '"',
        "a",
        "!" * 300,
        "x" * 10_000,
        "'; DROP TABLE artists; --",
        "a & b | !c:*",
        "\0",
        "🎵",
        "((",
        "a:*b",
    ],
)
def test_whatever_is_typed_is_answered(loaded: Pipeline, text: str) -> None:
    assert search(loaded.context, text).partial is False


def test_a_suppressed_record_is_not_found(loaded: Pipeline) -> None:
    loaded.query("INSERT INTO suppressed (entity, id, suppressed_by) VALUES ('artists', 100, 'test')")
    try:
        assert found(loaded, "Björk") == ["Bjork Guitars"]
        assert [one.name for one in suggest(loaded.context, "björ")] == ["Bjork Guitars"]
    finally:
        loaded.query("DELETE FROM suppressed")


def test_what_was_found_in_time_is_told(loaded: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.discover.search.search.BUDGET_S", 0.0)
    monkeypatch.setattr("functions.discover.search.suggest._BUDGET_MS", 1)
    monkeypatch.setattr("functions.discover.search.facet_counts._BUDGET_MS", 1)
    with loaded.context.connection() as holder:
        holder.execute("LOCK TABLE search_entries_0, search_entries_1 IN ACCESS EXCLUSIVE MODE")
        page = search(loaded.context, "Björk")
        assert (page.partial, page.hits) == (True, [])
        assert suggest(loaded.context, "björ") == []
        assert not facet_counts(loaded.context, "release").exact


def test_names_are_suggested_while_they_are_typed(loaded: Pipeline) -> None:
    assert [one.name for one in suggest(loaded.context, "björ")] == ["Björk", "Bjork Guitars"]
    assert suggest(loaded.context, "garf")[0].name == "Simon & Garfunkel"
    assert suggest(loaded.context, "坂")[0].name == "坂本龍一"
    assert suggest(loaded.context, "") == []


def test_what_is_found_is_counted_by_facets(loaded: Pipeline) -> None:
    counts = facet_counts(loaded.context, "release")
    assert (counts.hits, counts.exact) == (60, True)
    assert [(one.value, one.count) for one in counts.counts["type"]] == [("release", 60)]
    assert [(one.value, one.count) for one in counts.counts["genre"]] == [("Rock", 60)]
    assert ("Label 3", 6) in [(one.value, one.count) for one in counts.counts["label"]]
    narrowed = search(loaded.context, "release", named_filters({"label": 3}))
    assert len(narrowed.hits) == 6


def test_pages_follow_each_other_without_gap_or_repetition(loaded: Pipeline) -> None:
    seen, first = list[int](), 0
    while True:
        page = search(loaded.context, "release type:release", limit=25, first=first)
        seen += [hit.id for hit in page.hits]
        if page.next is None:
            break
        first = first_of(page.next)
    assert sorted(seen) == list(range(1, 61))


def test_a_month_brings_up_what_changed_and_lets_go_of_what_is_gone(loaded: Pipeline, tmp_path: Path) -> None:
    records = _records()
    records["artists"] = [
        one for one in records["artists"] if b"Motor" not in str(one).encode() and "Motörhead" not in str(one)
    ]
    records["artists"].append(_artist(900, "Zwölf Neue Töne"))
    records["releases"].append(
        "<release id='999'><title>Platte</title><artists><artist><id>900</id><name>Zwölf Neue Töne</name></artist>"
        "</artists></release>"
    )
    folder = write_dump(tmp_path, MAY, records)
    assert loaded.load(folder, MAY, accept_deletions=True).state == "done"
    assert found(loaded, "zwolf neue tone")[0] == "Zwölf Neue Töne"
    assert found(loaded, "zwlof neue tone")[0] == "Zwölf Neue Töne"
    assert "Motörhead" not in found(loaded, "motorhead")
    assert loaded.query("SELECT count(*) FROM search_staged") == [(0,)]
    assert loaded.query("SELECT degree FROM degrees WHERE entity = 1 AND id = 900") == [(1,)]
