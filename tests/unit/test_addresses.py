"""Addresses of pages: readable in any script, and the same for the same name."""

from __future__ import annotations

import pytest

from functions.discover.addresses import named_address, record_address, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Funk / Soul", "funk-soul"),
        ("Björk", "bjork"),
        ("Stage & Screen", "stage-screen"),
        ("!!!", ""),
        ("坂本龍一", "坂本龍一"),
    ],
)
def test_slug_has_letters_and_digits_alone(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_record_is_found_by_its_id_and_shows_its_name() -> None:
    assert record_address("artist", 45, "Aphex Twin (2)") == "/artist/45/aphex-twin"
    assert record_address("label", 7, "Кино") == "/label/7/%D0%BA%D0%B8%D0%BD%D0%BE"
    assert record_address("release", 1, "!!!") == record_address("release", 1) == "/release/1"


def test_a_slug_never_ends_in_a_hyphen() -> None:
    assert not slug("word " * 40).endswith("-")


def test_a_genre_has_its_name_alone() -> None:
    assert named_address("genre", "Folk, World, & Country") == "/genre/folk-world-country"
    assert named_address("style", "!!!") == "/style/%21%21%21"
