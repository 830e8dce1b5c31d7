"""The text of a record: what it means, and which records have enough to say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.embed.text import LONGEST, plain_profile, rows_of, text_key, text_of
from functions.runtime.entities import Entity


def text(entity: Entity, year: int | None = None, **document: Any) -> str:
    return text_of(entity, json.dumps(document), year)


def test_an_artist_says_who_it_is() -> None:
    found = text(
        "artists",
        name="Tricky (2)",
        realname="Adrian Thaws",
        groups=[{"id": 1, "name": "Massive Attack"}],
        profile="From [b]Bristol[/b], of\r\n[a=Massive Attack] and [l=Durban Poison (2)].",
        namevariations=["Tricky Kid"],
    )
    assert found == (
        "Tricky. Adrian Thaws. Massive Attack. From Bristol, of Massive Attack and Durban Poison.. Tricky Kid"
    )


@pytest.mark.parametrize(
    ("entity", "document"),
    [
        ("artists", {"name": "Only a name"}),
        ("artists", {"name": "Only names", "namevariations": ["Only name"]}),
        ("artists", {"name": "Markup says nothing", "profile": "[a123] [url=http://x.org][/url]"}),
        ("labels", {"name": "Only a name"}),
        ("labels", {"name": "Only a number", "contactinfo": "+1 313 874 8729"}),
        ("masters", {"title": "Only a title"}),
        ("releases", {"title": "Of a master", "master_id": 7, "genres": ["Rock"]}),
    ],
)
def test_a_record_with_too_little_to_say_has_no_text(entity: Entity, document: dict[str, Any]) -> None:
    assert text(entity, **document) == ""
    assert rows_of(entity, 1, json.dumps(document), None) == {"vector_texts": []}


@pytest.mark.parametrize(
    ("entity", "document"),
    [
        ("artists", {"name": "N", "realname": "R"}),
        ("artists", {"name": "N", "members": [{"id": 1, "name": "M"}]}),
        ("labels", {"name": "N", "contactinfo": "Detroit, Michigan"}),
        ("labels", {"name": "N", "parentLabel": {"id": 1, "name": "P"}}),
        ("masters", {"title": "T", "styles": ["Dub"]}),
        ("releases", {"title": "T", "artists": [{"id": 1, "name": "A"}]}),
    ],
)
def test_a_record_of_which_more_is_known_has_one(entity: Entity, document: dict[str, Any]) -> None:
    assert text(entity, **document)


def test_a_title_says_by_whom_of_what_kind_when_and_where() -> None:
    found = text(
        "releases",
        1998,
        title="Mezzanine",
        artists=[{"id": 1, "name": "Massive Attack (2)"}, {"id": 2, "name": "X", "anv": "Mad  Professor"}],
        genres=["Electronic"],
        styles=["Trip Hop", "Dub"],
        country="UK",
        labels=[{"id": 1, "name": "Virgin"}],
    )
    assert found == "Mezzanine. Massive Attack, Mad Professor. Electronic. Trip Hop, Dub. 1990s. UK. Virgin"


def test_a_profile_is_cut_behind_a_word_and_a_text_is_bounded() -> None:
    assert plain_profile("word " * 1_000, 12) == "word word"
    assert len(text("artists", name="N", profile="x" * 9_000)) <= LONGEST
    assert len(text("masters", title="t" * 3_000_000, styles=["Noise"])) == LONGEST


def test_addresses_of_people_and_sites_are_left_out() -> None:
    found = text("labels", name="L", contactinfo="Jane\njane@example.org\nwww.example.org\nPort St 7\nLeeds LS1 4AB")
    assert found == "L. Jane Port St Leeds"


def test_equal_texts_have_one_key_of_64_bits() -> None:
    assert text_key("a b") == text_key("a b") != text_key("a c")
    assert -(2**63) <= text_key("坂本龍一") < 2**63
