"""The comparison finds every way in which search entries, degrees and the vocabulary can differ from the dump."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from functions.runtime.entities import CODE, ENTITIES
from functions.search_entries import entry as made
from functions.search_entries.typos import delete_rows
from infra.verify.drawing import Drawing
from infra.verify.edges import year_of
from infra.verify.entry_words import Tracks, words_by_place
from infra.verify.search import entry_of, ids_named, prior_of
from infra.verify.stores import Stores
from tests.integration.verify.reports import compared, kinds
from tests.integration.verify.stores import DUMP, RECORDS, Filled, documents_of, write_dump

_TABLES = (
    *(f"search_entries_{tier}" for tier in range(4)),
    *("search_sample", "search_words", "search_deletes", "search_staged", "degree_moves", "degree_changes"),
)


@pytest.fixture
def entered(filled: Filled, dump: Path) -> Iterator[Filled]:
    """Stores with what the records are found by."""
    _enter(filled, dump)
    yield filled
    _leave(filled)


def _enter(filled: Filled, dump: Path, tracks: Tracks = "off") -> None:
    filled.sql("TRUNCATE document_changes, " + ", ".join(_TABLES))
    documents = documents_of(dump)
    degrees = Counter(named for release in documents["releases"] for named in ids_named(release))
    words = Counter[str]()
    years = {one["id"]: year_of("masters", one, DUMP) for one in documents["masters"]}
    for entity in ENTITIES:
        for document in documents[entity]:
            number = document["id"]
            year = year_of(entity, document, DUMP) if entity in ("masters", "releases") else None
            entry = entry_of(entity, document, year, years.get(document.get("master_id", 0)) or year, tracks)
            words.update(word.rpartition(":")[0] for word in entry.words if not word.endswith(":"))
            _insert(filled, CODE[entity], number, entry, prior_of(entity, degrees[entity, number], entry.links))
    for word, frequency in words.items():
        filled.sql("INSERT INTO search_words VALUES (%s, %s)", word, frequency)
        for key, one in delete_rows([word]):
            filled.sql("INSERT INTO search_deletes VALUES (%s, %s)", key, one)
    filled.sql(
        "INSERT INTO derivations (name, version, caught_up_at, variant) VALUES ('search', 1, now(), %s) "
        "ON CONFLICT (name) DO UPDATE SET caught_up_at = now(), variant = excluded.variant",
        f"search_tracks={tracks}",
    )


def _leave(filled: Filled) -> None:
    filled.sql("DELETE FROM derivations WHERE name = 'search'")


def _insert(filled: Filled, code: int, number: int, entry: Any, prior: int) -> None:
    tier = next(tier for tier, least in enumerate((56, 40, 20, -1)) if prior >= least)
    lexemes = [word.rpartition(":") for word in entry.words]
    text = " ".join(f"'{word}'" + ":" * bool(places) + places for word, _, places in lexemes)
    filled.sql(
        f"INSERT INTO search_entries_{tier} VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608
        *(code, prior, entry.links, number, entry.name, entry.by_line, entry.plain, text, entry.facets),
    )
    if filled.value("SELECT search_in_sample(%s)", number):
        filled.sql("INSERT INTO search_sample VALUES (%s, %s, %s, %s)", code, number, text, entry.facets)


def test_entries_of_the_dump_are_equal_to_it(entered: Filled, dump: Path) -> None:
    report = compared(entered, dump)
    assert kinds(report) == {}
    assert (report.checked["search entries"], report.checked["degrees"]) == (10, 6)
    assert report.checked["words of the vocabulary"] > 5


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("name = 'Other'", "artist 1: name of its search entry is "),
        ("by_line = 'Other'", "artist 1: by_line of its search entry is "),
        ("plain = 'other'", "artist 1: plain of its search entry is "),
        ("words = 'bjork:1B'", "artist 1: words of its search entry is "),
        ("words = words || 'other:9A'", "artist 1: words of its search entry is "),
        ("words = words || '''='''", "artist 1: words of its search entry is "),
        (
            "words = setweight(words, 'B')",
            'artist 1: words of its search entry is ["bjork:1B"], expected ["bjork:1A"].',
        ),
        ("words = ts_delete(words, 'bjork') || 'bjork:9A'", 'artist 1: words of its search entry is ["bjork:9A"]'),
        ("facets = facets || 5", "artist 1: facets of its search entry is "),
        ("links = 7", "artist 1: links of its search entry is 7, expected 2."),
        ("prior = prior + 1", "artist 1: its search entry has the prior "),
        ("id = 999", "artist 1 has no search entries, expected one."),
        ("entity = 2", "artist 1 has no search entries, expected one."),
    ],
)
def test_a_column_of_an_entry_that_is_not_what_the_record_says_is_found(
    entered: Filled, dump: Path, change: str, sentence: str
) -> None:
    entered.sql(f"UPDATE search_entries_3 SET {change} WHERE entity = 1 AND id = 1")  # noqa: S608
    report = compared(entered, dump)
    assert kinds(report).keys() == {"search"}
    assert any(one.startswith(sentence) for one in report.differences["search"].examples)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("DELETE FROM search_entries_3 WHERE entity = 4 AND id = 101", "release 101 has no search entries"),
        (
            "INSERT INTO search_entries_0 SELECT * FROM search_entries_3 WHERE entity = 4 AND id = 101",
            "release 101 has 2 search entries, expected one.",
        ),
        (
            (
                "WITH gone AS (DELETE FROM search_entries_3 WHERE entity = 4 AND id = 101 RETURNING *) "
                "INSERT INTO search_entries_0 SELECT * FROM gone"
            ),
            "release 101: its search entry lies in table 0 with the prior ",
        ),
        (
            (
                "INSERT INTO search_sample SELECT entity, id, words, facets FROM search_entries_3 "
                "WHERE entity = 4 AND NOT search_in_sample(id) LIMIT 1"
            ),
            ": its search entry is not in the sample as it is to be.",
        ),
        ("UPDATE search_words SET frequency = frequency + 1 WHERE word = 'sugarcubes'", 'word "sugarcubes" counts '),
        ("DELETE FROM search_words WHERE word = 'sugarcubes'", 'word "sugarcubes" is not in the vocabulary.'),
        ("INSERT INTO search_words VALUES ('nobody', 1)", 'word "nobody" counts 1 entries, expected 0.'),
        ("INSERT INTO search_sample VALUES (1, 999, '', '{}')", "artist 999 has a search entry or is in the sample"),
        ("UPDATE search_deletes SET key = 1 WHERE word = 'sugarcubes'", 'word "sugarcubes" is not found as it may'),
        ("UPDATE search_deletes SET word = 'x' WHERE word = 'sugarcubes'", 'word "sugarcubes" is not found as it may'),
        ("UPDATE degrees SET degree = 2 WHERE entity = 1 AND id = 1", "artist 1 has the degree 2, expected 1."),
        ("UPDATE degrees SET id = 777 WHERE entity = 2 AND id = 6", "label 777 has the degree 1, expected 0."),
        ("UPDATE degrees SET entity = 1 WHERE entity = 3 AND id = 10", "master 10 has no degree, expected 1."),
    ],
)
def test_what_entries_stand_beside_is_compared_as_well(entered: Filled, dump: Path, change: str, sentence: str) -> None:
    entered.sql(change)
    report = compared(entered, dump)
    assert kinds(report).keys() == {"search"}
    assert any(sentence in one for one in report.differences["search"].examples)


def test_entries_that_are_still_being_made_are_no_difference(entered: Filled, dump: Path) -> None:
    entered.sql("DELETE FROM search_entries_3")
    entered.sql("UPDATE derivations SET caught_up_at = NULL WHERE name = 'search'")
    report = compared(entered, dump)
    assert (kinds(report), report.quirks["records whose search entries are still being made"]) == ({}, 10)


def test_entries_that_are_made_while_it_compares_are_no_difference(entered: Filled, dump: Path) -> None:
    entered.sql("UPDATE derivations SET caught_up_at = NULL WHERE name = 'search'")

    def make_them(_what: str, _done: int, _total: int) -> None:
        entered.sql("UPDATE derivations SET caught_up_at = now() WHERE name = 'search'")

    assert kinds(compared(entered, dump, progress=make_them, processes=1)) == {}


@pytest.fixture
def sampled(both: Filled, tmp_path: Path) -> Iterator[tuple[Filled, Path, int]]:
    """Stores with a release that is in the sample of entries, its dump, and its id."""
    number = both.value("SELECT min(n) FROM generate_series(200, 5000) AS n WHERE search_in_sample(n)")
    another = f"<release id='{number}'><title>Homogenic</title><genres><genre>Electronic</genre></genres></release>"
    dump = write_dump(tmp_path / "sampled", {**RECORDS, "releases": [*RECORDS["releases"], another]})
    both.fill(documents_of(dump))
    _enter(both, dump)
    yield both, dump, number
    _leave(both)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE search_sample SET words = words || 'other:9A'",
        "UPDATE search_sample SET words = setweight(words, 'B')",
        "UPDATE search_sample SET facets = facets || 5",
        "UPDATE search_sample SET entity = 1",
        "UPDATE search_sample SET id = 100",
        "DELETE FROM search_sample",
    ],
)
def test_a_column_of_the_sample_that_is_not_as_in_the_entry_is_found(
    sampled: tuple[Filled, Path, int], change: str
) -> None:
    filled, dump, number = sampled
    assert kinds(compared(filled, dump)) == {}
    filled.sql(change)
    report = compared(filled, dump)
    assert kinds(report).keys() == {"search"}
    wanted = f"release {number}: its search entry is not in the sample as it is to be."
    assert wanted in report.differences["search"].examples


@pytest.mark.parametrize(("tracks", "with_titles"), [("off", set()), ("main", {100}), ("all", {100, 102})])
def test_titles_of_tracks_are_compared_where_they_are_words(
    both: Filled, tmp_path: Path, tracks: Tracks, with_titles: set[int]
) -> None:
    other = (
        "<release id='102'><title>Debut</title><master_id is_main_release='false'>10</master_id><tracklist><track>"
        "<position/><title>Part</title><sub_tracks><track><position>1</position><title>Aeroplane</title></track>"
        "</sub_tracks></track></tracklist></release>"
    )
    dump = write_dump(tmp_path / "tracks", {**RECORDS, "releases": [*RECORDS["releases"], other]})
    both.fill(documents_of(dump))
    _enter(both, dump, tracks)
    try:
        assert kinds(compared(both, dump)) == {}
        found = both.value("SELECT array_agg(id) FROM search_entries_3 WHERE words @@ 'human:D | aeroplane:D'")
        assert set(found or ()) == with_titles
        both.sql("UPDATE search_entries_3 SET words = words || 'other:1D' WHERE entity = 4 AND id = 100")
        [sentence] = compared(both, dump).differences["search"].examples
        assert sentence.startswith('release 100: words of its search entry is ["other:')
        both.sql("UPDATE search_entries_3 SET words = ts_delete(words, ARRAY['human', 'other']) WHERE id = 100")
        assert bool(kinds(compared(both, dump))) is bool(with_titles)
    finally:
        _leave(both)


_LONG = {"id": 900, "title": "AC/DC " + " ".join(f"w{number}" for number in range(30)), "artists": [{"name": "B.B."}]}
_MANY = {"id": 900, "title": "Many", "tracklist": [{"title": f"Number {number} a"} for number in range(1_500)]}
_AGAIN = {"id": 900, "title": " ".join(["again"] * 300), "artists": [{"name": "Again", "anv": "Again (2)"}]}
_NO_BLANKS = {"id": 900, "title": "坂本龍一 B-2 Unit", "labels": [{"name": "アルファ (2)"}, {"name": "アルファ"}]}
_SIGNS = {"id": 900, "title": "!!!", "tracklist": [{"title": "it's \\o/"}, {"title": ""}] * 3}
_LARGE = {
    "id": 900,
    "title": "Large",
    "tracklist": [{"title": "x" * 60 + " " + "y" * 60 + f"{n}"} for n in range(6_000)],
}


@pytest.mark.parametrize("document", [_LONG, _MANY, _AGAIN, _NO_BLANKS, _SIGNS, _LARGE])
def test_places_of_odd_texts_are_as_the_server_keeps_them(both: Filled, document: dict[str, Any]) -> None:
    both.sql("TRUNCATE " + ", ".join(_TABLES))
    [row] = made.rows_with_tracks("releases", 900, orjson.dumps(document).decode(), None)["search_staged"]
    both.sql("INSERT INTO search_entries_3 VALUES (4, 0, 0, 900, '', '', '', %s, '{}')", row[5])
    with Stores(both.settings) as stores:
        [(_, _, _, _, _, _, _, words, *_)] = stores.entries(4, [900])
    expected = words_by_place("releases", document, "all")
    assert sorted(words) == sorted(f"{word}:{places}" for word, places in expected.items())


def test_a_seed_draws_the_entries_and_words_that_are_compared(entered: Filled, dump: Path) -> None:
    entered.sql("UPDATE search_entries_3 SET links = 7 WHERE entity = 4 AND id = 101")
    draws = {seed: Drawing(seed, 4, 4).has_record(101) for seed in range(40)}
    for wanted in (True, False):
        seed = next(seed for seed, drawn in draws.items() if drawn is wanted)
        report = compared(entered, dump, seed=seed, share=4)
        assert (report.seed, bool(kinds(report))) == (seed, wanted)
        assert 0 < report.checked["words of the vocabulary"] < entered.value("SELECT count(*) FROM search_words")
    assert compared(entered, dump).seed == 20260401


def test_a_word_that_is_wrong_in_entries_and_vocabulary_alike_is_counted_from_the_dump(
    entered: Filled, dump: Path
) -> None:
    entered.sql("UPDATE search_entries_3 SET words = ts_delete(words, 'debut') WHERE entity = 4 AND id = 100")
    entered.sql("UPDATE search_words SET frequency = frequency - 1 WHERE word = 'debut'")
    draws = {seed: Drawing(seed, 5, 5) for seed in range(200)}
    seed = next(seed for seed, draw in draws.items() if draw.has_word("debut") and not draw.has_record(100))
    report = compared(entered, dump, seed=seed, share=5)
    assert report.differences["search"].examples == ['the word "debut" counts 1 entries, expected 2.']
