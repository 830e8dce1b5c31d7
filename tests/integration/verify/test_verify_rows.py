"""The comparison finds every way in which rows can differ from the dump, and nothing where stores do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.verify.reports import compared, kinds, only
from tests.integration.verify.stores import Filled


def test_stores_that_hold_the_dump_are_equal_to_it(filled: Filled, dump: Path) -> None:
    report = compared(filled, dump)
    assert kinds(report) == {}
    assert report.equal
    assert {name: report.checked[name] for name in ("artists", "labels", "masters", "releases", "rows", "stubs")} == {
        "artists": 4,
        "labels": 2,
        "masters": 2,
        "releases": 2,
        "rows": 10,
        "stubs": 1,
    }
    assert report.checked["edges"] == 24


def test_several_processes_find_the_same_as_one(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE releases SET title = 'Other' WHERE id = 100")
    here, there = (compared(filled, dump, processes=number) for number in (0, 2))
    assert here == there
    assert kinds(there) == {"column": 1}


def test_a_value_altered_under_an_intact_hash_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE releases SET data = jsonb_set(data, '{tracklist,0,title}', '\"Other\"') WHERE id = 100")
    assert only(compared(filled, dump), "value") == (
        'release 100: data.tracklist[0].title is "Other", expected "Human Behaviour".'
    )


@pytest.mark.parametrize(("path", "value"), [("{id}", "100.0"), ("{is_main_release}", '"true"'), ("{country}", "44")])
def test_a_value_of_another_type_is_found(filled: Filled, dump: Path, path: str, value: str) -> None:
    filled.sql(f"UPDATE releases SET data = jsonb_set(data, '{path}', '{value}') WHERE id = 100")  # noqa: S608
    assert kinds(compared(filled, dump)) == {"value": 1}


def test_a_value_too_many_and_one_too_few_are_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE artists SET data = data || '{\"extra\": []}' WHERE id = 1")
    filled.sql("UPDATE artists SET data = data - 'aliases' WHERE id = 2")
    report = compared(filled, dump)
    assert kinds(report) == {"value": 2}
    assert any("data.extra is [], expected absent" in sentence for sentence in report.differences["value"].examples)


def test_another_order_within_a_list_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE masters SET data = jsonb_set(data, '{styles}', '[\"Downtempo\", \"House\"]') WHERE id = 10")
    assert kinds(compared(filled, dump)) == {"value": 2}


def test_a_hash_that_is_not_the_documents_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("UPDATE labels SET hash = repeat('0', 64) WHERE id = 5")
    assert only(compared(filled, dump), "hash").startswith("label 5: the hash is 0000")


@pytest.mark.parametrize(
    ("entity", "change"),
    [
        ("artists", "name = 'Other'"),
        ("labels", "name = NULL"),
        ("masters", "title = 'Other'"),
        ("masters", "year = 1994"),
        ("releases", "year = NULL"),
        ("releases", "country = 'US'"),
        ("releases", "genres = '{}'"),
        ("releases", "styles = '{House,House}'"),
    ],
)
def test_a_wrong_column_is_found(filled: Filled, dump: Path, entity: str, change: str) -> None:
    filled.sql(f"UPDATE {entity} SET {change} WHERE id IN (1, 5, 10, 100)")  # noqa: S608
    assert kinds(compared(filled, dump)) == {"column": 1}


def test_the_year_is_that_of_the_dump_whenever_the_row_changed(filled: Filled, dump: Path) -> None:
    """1993 was no year yet in 1990, when the row changed last; it is one in this dump."""
    filled.sql("UPDATE releases SET dump = '1990-01-01' WHERE id = 100")
    assert compared(filled, dump).equal
    filled.sql("UPDATE releases SET year = NULL WHERE id = 100")
    assert only(compared(filled, dump), "column") == "release 100: column year is null, expected 1993."


def test_a_missing_row_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("DELETE FROM masters WHERE id = 11")
    assert only(compared(filled, dump), "missing_row") == "master 11 has no row."


def test_an_extra_row_is_found(filled: Filled, dump: Path) -> None:
    filled.insert_rows({"artists": [{"id": 77, "name": "Nobody"}]})
    assert only(compared(filled, dump), "extra_row") == "artist 77 has a row, but the dump does not have it."


def test_a_tombstone_for_a_record_of_the_dump_is_found(filled: Filled, dump: Path) -> None:
    filled.sql("INSERT INTO tombstones VALUES ('labels', 5, 'x', '2026-01-01', '2026-02-01', '{}')")
    assert only(compared(filled, dump), "tombstone") == "label 5 has a tombstone, but its table has it."


def test_a_tombstone_for_a_removed_record_is_no_difference(filled: Filled, dump: Path) -> None:
    filled.sql("INSERT INTO tombstones VALUES ('labels', 7, 'x', '2026-01-01', '2026-02-01', '{}')")
    assert compared(filled, dump).equal


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE release_facts SET labels = '{6,5}' WHERE id = 100", "release 100: labels is [6,5], expected [5,6]."),
        ("UPDATE release_facts SET master = 0 WHERE id = 101", "release 101: master is 0, expected null."),
        ("DELETE FROM release_facts WHERE id = 101", "release 101 has no row of facts."),
        ("UPDATE release_facts SET artists = '{3}' WHERE id = 101", "release 101: artists is [3], expected []."),
        (
            "INSERT INTO release_facts SELECT 999, 1, NULL, NULL, '{}', '{}', '{}', '{}' FROM release_facts LIMIT 1",
            "release 999 has a row of facts, but no row.",
        ),
    ],
)
def test_facts_that_are_not_those_of_the_release_are_found(
    filled: Filled, dump: Path, damage: str, sentence: str
) -> None:
    filled.sql(damage)
    assert only(compared(filled, dump), "facts") == sentence


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE release_links SET id = 3 WHERE id = 1", "release 100: its artist 1 has no link."),
        ("UPDATE release_links SET kind = 0 WHERE id = 3", "release 100: its artist of a track 3 has no link."),
        ("UPDATE release_links SET release = 101 WHERE id = 6", "release 100: its label 6 has no link."),
        (
            "UPDATE release_links SET master = 11 WHERE id = 1",
            "release 100: master of its artist 1 is 11, expected 10.",
        ),
        ("UPDATE release_links SET year = 0 WHERE id = 1", "release 100: year of its artist 1 is 0, expected 1993."),
        (
            "UPDATE release_links SET categories = 1 WHERE id = 194",
            "release 100: categories of its credit 194 is 1, expected 4.",
        ),
        (
            "UPDATE release_links SET roles = 'Bass' WHERE id = 2",
            'release 100: roles of its credit 2 is "Bass", expected "Bass\\nMixed By\\nProducer".',
        ),
        ("DELETE FROM release_links WHERE id = 194", "release 100: its credit 194 has no link."),
        ("INSERT INTO release_links SELECT * FROM release_links WHERE id = 1", "somebody is named twice in one way."),
        (
            "INSERT INTO release_links SELECT 7, 101, NULL, 4, 0, 0, NULL",
            "release 101: there is a link to company 7, which it does not name.",
        ),
        (
            "INSERT INTO release_links SELECT 7, 999, NULL, 4, 0, 0, NULL",
            "release 999 has links, but no row.",
        ),
        (
            "INSERT INTO release_link_years SELECT 1, 0, 1993, 1",
            "1 as artist, 1993: 1 releases are noted, null are there.",
        ),
        ("INSERT INTO release_link_roles SELECT 'Bass', 2, 7", "artist 2, Bass: 7 releases are noted, 1 are there."),
        ("INSERT INTO release_link_roles SELECT '#2', 1, 1", "artist 1, #2: 1 releases are noted, 0 are there."),
    ],
)
def test_links_that_are_not_those_of_the_release_are_found(
    filled: Filled, dump: Path, damage: str, sentence: str
) -> None:
    filled.sql(damage)
    found = compared(filled, dump)
    assert set(kinds(found)) == {"links"}
    assert any(sentence in example for example in found.differences["links"].examples)


def test_facts_that_are_still_being_made_are_no_difference(filled: Filled, dump: Path) -> None:
    filled.sql("DELETE FROM release_facts")
    filled.sql("UPDATE derivations SET caught_up_at = NULL")
    report = compared(filled, dump)
    assert (kinds(report), report.quirks["releases whose facts are still being made"]) == ({}, 2)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("UPDATE identifiers SET key = 'cOTHER' WHERE key = 'cTPLP31'", "release 100: its keys are "),
        ("UPDATE identifiers SET release = 101 WHERE key = 'cTPLP31'", "release 100: its keys are "),
        ("DELETE FROM identifiers WHERE key = 'cTPLP31'", "release 100: its keys are [], expected "),
        ("INSERT INTO identifiers VALUES (101, 'b1')", 'release 101: its keys are ["b1"], expected [].'),
        ("INSERT INTO identifiers VALUES (999, 'b1')", "release 999 has keys, but no row."),
    ],
)
def test_keys_that_are_not_those_of_the_release_are_found(
    filled: Filled, dump: Path, damage: str, sentence: str
) -> None:
    filled.sql(damage)
    found = compared(filled, dump).differences["identifiers"].examples
    assert any(example.startswith(sentence) for example in found)


def test_keys_that_are_still_being_made_are_no_difference(filled: Filled, dump: Path) -> None:
    filled.sql("DELETE FROM identifiers")
    filled.sql("UPDATE derivations SET caught_up_at = NULL WHERE name = 'identifiers'")
    report = compared(filled, dump)
    assert (kinds(report), report.quirks["releases whose identifiers are still being made"]) == ({}, 2)
