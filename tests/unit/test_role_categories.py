"""Roles by what they are: every role of the samples has a place, and is cut as the other reader cuts it."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path

import pytest

from functions.projection.roles import roles_of
from functions.release_links.role_categories import (
    CATEGORIES,
    categories_in,
    categories_of,
    category_of,
    mask_of,
)
from infra.verify import roles as other_reader
from infra.verify.document import ExpectedDocument, document_of, repaired, tree_of
from infra.verify.record_splitter import RecordSplitter


@pytest.mark.parametrize(
    ("role", "category"),
    [
        ("Bass", "bass"),
        ("bass guitar", "bass"),
        ("Fretless Bass", "bass"),
        ("Bass Vocals", "vocals"),
        ("Bass Clarinet", "woodwind"),
        ("Bass Drum", "drums"),
        ("Lead Vocals", "vocals"),
        ("Lead Electric Guitar", "guitar"),
        ("Mastered By", "mastering"),
        ("Lacquer Cut By", "mastering"),
        ("Producer", "production"),
        ("Executive-Producer", "production"),
        ("Mixed By", "engineering"),
        ("Assistant Mixing Engineer", "engineering"),
        ("DJ Mix", "remix"),
        ("Written-By", "writing"),
        ("Lyrics By", "writing"),
        ("Arranged By", "arrangement"),
        ("Photography By", "design"),
        ("Liner Notes", "text"),
        ("A&R", "management"),
        ("Conductor", "conducting"),
        ("Featuring", "performance"),
        ("Tenor Saxophone", "woodwind"),
        ("Tenor Vocals", "vocals"),
        ("Violin", "strings"),
        ("  Electric   Piano ", "keyboards"),
        ("Zyx", "other"),
        ("", "other"),
    ],
)
def test_a_role_is_of_the_category_that_its_words_say(role: str, category: str) -> None:
    assert category_of(role) == category


def test_a_mask_has_a_bit_for_each_category() -> None:
    roles = ["Mixed By", "Producer", "Engineer", "Bass"]
    assert categories_in(mask_of(roles)) == categories_of(roles) == ["bass", "production", "engineering"]
    assert mask_of([]) == 0
    assert len(CATEGORIES) <= 31
    assert len(set(CATEGORIES)) == len(CATEGORIES)


@pytest.fixture(scope="module")
def texts(samples: Path) -> Counter[str]:
    """Every role of a credit in the samples, as it is written, and how often."""
    found: Counter[str] = Counter()
    for path in samples.rglob("*_releases.xml.gz"):
        splitter = RecordSplitter("releases", 10_000_000)
        for piece in [*splitter.feed(gzip.decompress(path.read_bytes())), *splitter.finish()]:
            found.update(_roles(document_of("releases", tree_of(repaired(piece.data)[0]))))
    return found


def test_every_form_of_a_role_is_cut_as_the_other_reader_cuts_it(texts: Counter[str]) -> None:
    assert len(texts) > 1_000
    assert any("[" in text and "," in text for text in texts)
    for text in texts:
        assert set(roles_of([text])) == other_reader.roles_of(text), text


def test_what_has_no_category_is_rare(texts: Counter[str]) -> None:
    counts: Counter[str] = Counter()
    for text, count in texts.items():
        for role in roles_of([text]):
            counts[category_of(role)] += count
    assert counts["other"] / counts.total() < 0.02
    assert {"vocals", "bass", "production", "engineering", "mastering", "writing", "design"} <= set(counts)


def _roles(place: ExpectedDocument) -> list[str]:
    found = [each["role"] for each in place.get("extraartists", ()) if each.get("role")]
    for track in [*place.get("tracklist", ()), *place.get("sub_tracks", ())]:
        found += _roles(track)
    return found
