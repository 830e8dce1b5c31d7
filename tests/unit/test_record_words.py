"""What record pages say: dates, lengths, tracks, credits, and what changed last."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from functions.discover.months.fields import FieldChange
from functions.discover.records.credits import by_category, by_role, roles_with_notes
from functions.discover.records.last_change import last_change
from functions.discover.records.names import Named, credited, in_words, named
from functions.discover.records.tracks import track_lines
from functions.discover.records.versions import Wanted, parse_sort, wanted_of
from functions.discover.records.words import full_date, length, sentence_case, web_address
from functions.extract.records.record import Credit, Track
from functions.history.patch import Difference, diff
from functions.runtime.errors import RefusedError
from gateway.pages.words import address_words, words_of_path
from infra.cli.record_text import text_of


@pytest.mark.parametrize(
    ("released", "said"),
    [
        ("1969-09-26", "26 September 1969"),
        ("1969-09-00", "September 1969"),
        ("1999-03", "March 1999"),
        ("1969-00-00", "1969"),
        ("1969-00", "1969"),
        ("1969", "1969"),
        ("0400-01-01", "1 January 0400"),
        ("1969-13-01", "1969-13-01"),
        ("1969-09-99", "September 1969"),
        ("early 1970s", "early 1970s"),
        (None, ""),
    ],
)
def test_a_date_is_told_in_full_as_far_as_it_is_known(released: str | None, said: str) -> None:
    assert full_date(released) == said


def test_lengths_of_videos_are_minutes_and_seconds() -> None:
    assert [length(one) for one in ("185", "3605", "0", "x", "-1", "9" * 60, None)] == ["3:05", "1:00:05"] + [""] * 5


def test_only_http_is_an_address() -> None:
    assert web_address("https://x.org/a?b=c") == "https://x.org/a?b=c"
    for text in ("javascript:alert(1)", "www.x.org", "http://x.org/ y", 'http://"', "", None, "ftp://x"):
        assert web_address(text) is None


def test_names_are_as_credited_and_lead_to_the_record() -> None:
    artist = named("artist", 22, "Nirvana (2)", "Nirvana UK")
    assert artist == Named("artist", "Nirvana UK", 22, "Nirvana", "/artist/22/nirvana")
    assert named("artist", 22, "Nirvana (2)").name is None
    assert named("artist", 0, "Nobody").url is named("artist", None, "Nobody").url is None
    assert named("label", 212, None).text == "label without a name"


def test_artists_are_joined_as_the_record_joins_them() -> None:
    written = [
        Credit(id=1, name="A", join=","),
        Credit(id=2, name="B (3)", join="Feat."),
        Credit(id=3, name="C", anv="c"),
    ]
    assert in_words(credited(written)) == "A, B Feat. c"
    assert [one.join for one in credited(written)] == [",", "Feat.", None]


def test_roles_are_cut_at_commas_outside_brackets() -> None:
    assert roles_with_notes("Producer [Additional, Vocal], Mixed By") == ["Producer [Additional, Vocal]", "Mixed By"]
    assert roles_with_notes("Guitar [open, never closed") == ["Guitar [open, never closed"]
    assert roles_with_notes(None) == roles_with_notes(" , ") == ["Credited"]
    found = by_role([Credit(id=1, name="A", role="Bass, Bass"), Credit(id=2, name="B", role="Bass", tracks="A1 to A3")])
    assert [(one.role, [(name.who.text, name.tracks) for name in one.names]) for one in found] == [
        ("Bass", [("A", None), ("B", "A1 to A3")])
    ]
    mixed = [Credit(id=1, name="A", role="Lacquer Cut By, Lead Vocals, Mystery"), Credit(id=2, name="B", role="Vocals")]
    assert [(group.category, [one.role for one in group.roles]) for group in by_category(mixed)] == [
        ("vocals", ["Lead Vocals", "Vocals"]),
        ("mastering", ["Lacquer Cut By"]),
        ("other", ["Mystery"]),
    ]


def test_tracks_are_told_from_headings_and_sub_tracks_follow_theirs() -> None:
    tracks = [
        Track(title="Side A"),
        Track(position="A1", title="One", duration="3:00"),
        Track(title="Suite", sub_tracks=[Track(position="A2.a", title="x"), Track(title="y")]),
    ]
    assert [(line.kind, line.title) for line in track_lines(tracks)] == [
        ("heading", "Side A"),
        ("track", "One"),
        ("index", "Suite"),
        ("sub-track", "x"),
        ("sub-track", "y"),
    ]
    assert [line.kind for line in track_lines([Track(title="One"), Track(title="Two")])] == ["track", "track"]


def test_the_last_change_is_told_in_words() -> None:
    old = {"title": "a", "tracklist": [{"title": "x"}, {"title": "y"}], "genres": ["Rock"]}
    new = {"title": "b", "tracklist": [{"title": "x"}, {"title": "z"}], "genres": ["Rock", "Jazz"], "master_id": 7}
    patch = msgspec.json.encode(diff(old, new)).decode()
    changed = last_change(dt.date(2026, 4, 1), dt.date(2026, 5, 1), "changed", patch)
    assert (changed.kind, changed.dump, changed.more) == ("changed", "20260501", 0)
    assert sorted(changed.fields, key=lambda one: one.field) == [
        FieldChange("genres › 2", None, "Jazz"),
        FieldChange("master id", None, "7"),
        FieldChange("title", "a", "b"),
        FieldChange("tracklist › 2 › title", "y", "z"),
    ]


def test_a_change_of_everything_is_cut() -> None:
    patch = msgspec.json.encode([Difference(f"/{n}", before="x" * 900, after=None) for n in range(50)]).decode()
    changed = last_change(dt.date(2026, 4, 1), dt.date(2026, 5, 1), "changed", patch)
    assert (len(changed.fields), changed.more) == (20, 30)
    assert len(changed.fields[0].before or "") == 201


@pytest.mark.parametrize(("kind", "told"), [(None, "first"), ("removed", "first"), ("added", "added")])
def test_a_record_without_a_change_says_where_it_is_from(kind: str | None, told: str) -> None:
    row = dt.date(2026, 5, 1) if kind else None
    assert last_change(dt.date(2026, 4, 1), row, kind, None).kind == told


def test_what_versions_are_sorted_and_narrowed_down_by_is_read_from_an_address() -> None:
    assert parse_sort(None) == "year"
    with pytest.raises(RefusedError, match="sorted by 'id'"):
        parse_sort("id")
    assert wanted_of({"country": "UK", "q": "x", "label": ""}) == Wanted(country="UK")
    assert wanted_of({"years": "1977..", "format": "CD"}, (1977, 9999)) == Wanted(format="CD", years=(1977, 9999))


def test_an_address_that_leads_nowhere_is_a_search() -> None:
    assert words_of_path("/artist/45/aphex-twin") == "aphex twin"
    assert words_of_path("/artists/Aphex_Twin") == "Aphex Twin"
    assert words_of_path("/") == ""
    assert address_words("https://www.x.org/") == "x.org"
    assert sentence_case("Lacquer Cut At") == "Lacquer cut at"


def test_a_page_that_has_new_fields_is_still_text() -> None:
    class New(msgspec.Struct):
        id: int
        name: str
        figures: dict[str, int]
        several: list[Named]
        nothing: None = None

    lines = list(text_of("artist", New(45, "", {"a": 1}, [named("label", 23, "Warp")])))
    assert lines[:2] == ["without a name", "artist 45"]
    assert "several: Warp (label 23)" in lines
