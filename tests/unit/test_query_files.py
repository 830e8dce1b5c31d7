"""Files of named statements, and statements that are written once for several tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from functions.runtime.stores.query_files import statements


def read(folder: Path, text: str) -> dict[str, str]:
    (folder / "some.sql").write_text(text, encoding="utf-8")
    return dict(vars(statements(str(folder / "some.py"), "some.sql")))


def test_a_file_holds_statements_by_name(tmp_path):
    assert read(tmp_path, "-- name: one\nSELECT 1\n\n-- name: two\n-- As many.\nSELECT\n2\n") == {
        "one": "SELECT 1",
        "two": "-- As many.\nSELECT\n2",
    }


def test_a_template_makes_a_statement_of_each_row(tmp_path):
    text = (
        "-- name: {table}_in\n-- for each {table} {year}: a NULL, b t.year\n-- Why.\nSELECT '{}', {year} FROM {table}\n"
    )
    assert read(tmp_path, text) == {
        "a_in": "-- Why.\nSELECT '{}', NULL FROM a",
        "b_in": "-- Why.\nSELECT '{}', t.year FROM b",
    }


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 1\n",
        "-- name: one\nSELECT 1\n-- name: one\nSELECT 2\n",
        "-- name: a\nSELECT 1\n-- name: {t}\n-- for each {t}: a, b\nSELECT 2 FROM {t}\n",
        "-- name: {t}\n-- for each {t} {u}: a, b c\nSELECT {u} FROM {t}\n",
    ],
    ids=["no name", "a name twice", "a name that a template makes, too", "a row too short"],
)
def test_a_file_that_cannot_be_meant_is_refused(tmp_path, text):
    with pytest.raises(ValueError):  # noqa: PT011
        read(tmp_path, text)
