"""The comparison finds every way in which search entries, degrees and the vocabulary can differ from the dump."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.runtime.entities import CODE, ENTITIES
from functions.search_entries.typos import delete_rows
from infra.verify.edges import year_of
from infra.verify.search import entry_of, ids_named, prior_of
from tests.integration.verify.reports import compared, kinds
from tests.integration.verify.stores import DUMP, Filled, documents_of

_TABLES = (
    *(f"search_entries_{tier}" for tier in range(4)),
    *("search_sample", "search_words", "search_deletes", "search_staged", "degree_moves", "degree_changes"),
)


@pytest.fixture
def entered(filled: Filled, dump: Path) -> Iterator[Filled]:
    """Stores with what the records are found by."""
    filled.sql("TRUNCATE document_changes, " + ", ".join(_TABLES))
    documents = documents_of(dump)
    degrees = Counter(named for release in documents["releases"] for named in ids_named(release))
    words = Counter[str]()
    years = {one["id"]: year_of("masters", one, DUMP) for one in documents["masters"]}
    for entity in ENTITIES:
        for document in documents[entity]:
            number = document["id"]
            year = year_of(entity, document, DUMP) if entity in ("masters", "releases") else None
            entry = entry_of(entity, document, year, years.get(document.get("master_id", 0)) or year)
            words.update(word.rpartition(":")[0] for word in entry.words if not word.endswith(":"))
            _insert(filled, CODE[entity], number, entry, prior_of(entity, degrees[entity, number], entry.links))
    for word, frequency in words.items():
        filled.sql("INSERT INTO search_words VALUES (%s, %s)", word, frequency)
        for key, one in delete_rows([word]):
            filled.sql("INSERT INTO search_deletes VALUES (%s, %s)", key, one)
    filled.sql(
        "INSERT INTO derivations (name, version, caught_up_at) VALUES ('search', 1, now()) "
        "ON CONFLICT (name) DO UPDATE SET caught_up_at = now()"
    )
    yield filled
    filled.sql("DELETE FROM derivations WHERE name = 'search'")


def _insert(filled: Filled, code: int, number: int, entry: Any, prior: int) -> None:
    tier = next(tier for tier, least in enumerate((56, 40, 20, -1)) if prior >= least)
    lexemes = [word.rpartition(":") for word in entry.words]
    text = " ".join(
        f"'{word}'" + ":" * bool(weights) + ",".join(f"{place}{weight}" for place, weight in enumerate(weights, 1))
        for word, _, weights in lexemes
    )
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
