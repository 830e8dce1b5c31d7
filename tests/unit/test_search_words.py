"""Words of names in any script, searches as they are typed, and words that differ by a typo."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.discover.search.accents import accented_words, missing_accents
from functions.discover.search.query import parse_query, years_of
from functions.discover.search.snippets import snippet, wanted_of
from functions.discover.search.tsquery import one_instead, tsquery
from functions.registry import FUNCTIONS
from functions.search_entries import entry
from functions.search_entries.facets import KINDS, facet, family_of, kind_of, value_of, years
from functions.search_entries.lexemes import Lexemes
from functions.search_entries.typos import distance, keys_of, most_typos
from functions.search_entries.words import fold, name_key, name_of, plain_name, words_of


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Björk", "bjork"),
        ("Sigur Rós", "sigur ros"),
        ("Ørsted & Ærø", "orsted and aero"),
        ("Straße", "strasse"),
        ("Łódź", "lodz"),
        ("ＡＢＣ　ｄｅｆ", "abc def"),
        ("ｶﾀｶﾅ", "かたかな"),
        ("カタカナ", "かたかな"),
        ("周杰倫", "周杰伦"),
        ("坂本 龍一", "坂本 龙一"),
        ("Тёмная ночь", "темная ночь"),
        ("ΣΩΚΡΆΤΗΣ", "σωκρατησ"),
        ("!!!", "!!!"),
        ("+/-", "+/-"),
        ("हिन्दी", "हिन्दी"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_name_is_compared_without_what_tells_apart_its_looks(name: str, plain: str) -> None:
    assert plain_name(name) == plain


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Guns N' Roses", ["guns", "n", "roses"]),
        ("AC/DC", ["ac", "dc", "acdc"]),
        ("R.E.M.", ["r", "e", "m", "rem"]),
        ("坂本龍一", ["坂本", "本龙", "龙一", "一"]),
        ("日本 Jazz", ["日本", "本", "jazz"]),
        ("Hip-Hop", ["hip", "hop", "hiphop"]),
        ("50 Cent", ["50", "cent"]),
    ],
)
def test_words_are_cut_at_signs_and_pairs_where_there_are_no_blanks(text: str, words: list[str]) -> None:
    assert [word.text for word in words_of(text)] == words


def test_a_number_that_tells_names_apart_is_no_part_of_them() -> None:
    assert name_of("Nirvana (2)") == "Nirvana"
    assert name_of("Nirvana (US)") == "Nirvana (US)"
    assert name_of("(2)") == "(2)"


def test_names_of_the_same_words_share_a_key() -> None:
    assert name_key(plain_name("Sakamoto Ryūichi")) == name_key(plain_name("ryuichi sakamoto"))
    assert name_key("a b") != name_key("ab")


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=12))
def test_any_two_neighbours_of_a_run_without_blanks_find_it(run: str) -> None:
    words = {word.text for word in words_of(run)}
    for place in range(len(run) - 1):
        assert fold(run[place : place + 2]) in words


@given(st.text(max_size=200))
def test_words_have_a_place_and_a_bounded_length(text: str) -> None:
    for word in words_of(text):
        assert 1 <= len(word.text) <= 60
        assert word.position >= 1


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Björk", "('bjork')"),
        ("坂本", "('坂本')"),
        ("坂", "('坂':*)"),
        ("坂本龍一", "('坂本') & ('本龙') & ('龙一')"),
        ('"dark side" moon', "('dark' <-> 'side') & ('moon')"),
        ("artist:nirvana nevermind -live", "('nirvana':AB) & ('nevermind') & !('live')"),
        ("AC/DC", "(('ac' & 'dc') | 'acdc')"),
        ("nirv*", "('nirv':*)"),
        ("foo:bar", "('foo') & ('bar')"),
        ("year:abc", "('year') & ('abc')"),
        ("Nirvana (2)", "('nirvana')"),
        ("a | b", "('a') & ('b')"),
        ("!!!", "('!!!')"),
        ("''\\", "('''''\\\\')"),
        ("", ""),
        ('"', ""),
    ],
)
def test_a_search_is_read_as_people_mean_it(text: str, query: str) -> None:
    assert tsquery(parse_query(text).terms) == query


def test_fields_are_filters_and_said_as_they_were_understood() -> None:
    query = parse_query('genre:Rock -style:"Trip Hop" format:vinyl year:1977..1983 barcode:123 decade:1975')
    assert parse_query("original:1969 type:artists").original_years == (1969, 1969)
    assert parse_query("type:artists").facets == (facet("type", "artist"),)
    assert parse_query("type:person").facets == ()
    assert parse_query("-year:1990").excluded_facets == (facet("year", 1990),)
    assert query.facets == (facet("genre", "Rock"), facet("family", "Vinyl"), facet("decade", 1970))
    assert query.excluded_facets == (facet("style", "Trip Hop"),)
    assert query.years == (1977, 1983)
    assert query.numbers == (("barcode", "123"),)
    assert [piece.field for piece in query.understood] == ["genre", "style", "format", "year", "barcode", "decade"]


def test_few_numbers_of_a_search_are_looked_up_each_once_and_it_says_that_it_has_more() -> None:
    few, many = (parse_query(" ".join(f"catno:{one}" for one in range(count))) for count in (4, 45))
    assert (len(few.numbers), few.is_cut) == (4, False)
    assert (many.numbers, many.is_cut) == (few.numbers, True)
    repeated = parse_query("catno:1 " * 45)
    assert (repeated.numbers, repeated.is_cut) == ((("catno", "1"),), False)


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1977", (1977, 1977)),
        ("1977..1983", (1977, 1983)),
        ("1983..1977", (1977, 1983)),
        ("1977..", (1977, 2100)),
        ("..1983", (1860, 1983)),
        ("77", None),
        ("", None),
        ("..", None),
        ("١٩٧٧", None),
    ],
)
def test_years_are_one_or_a_range(text: str, years: tuple[int, int] | None) -> None:
    assert years_of(text) == years


@given(st.text(max_size=400))
def test_nothing_that_is_typed_is_an_error(text: str) -> None:
    query = parse_query(text)
    assert len(query.text) <= 500
    assert len(query.terms) <= 16
    assert "\0" not in tsquery(query.terms)


@pytest.mark.parametrize(
    ("one", "other", "typos"),
    [
        ("motorhead", "motorhaed", 1),
        ("nirvana", "nirvna", 1),
        ("nirvana", "nirvanna", 1),
        ("nirvana", "nervana", 1),
        ("sakamoto", "sakamoto", 0),
        ("garfunkel", "garfunkle", 1),
        ("metallica", "mettalica", 2),
    ],
)
def test_words_that_differ_by_typos_share_a_rest(one: str, other: str, typos: int) -> None:
    assert distance(one, other) == distance(other, one) == typos
    assert keys_of(one) & keys_of(other)


def test_short_words_and_numbers_have_no_typos() -> None:
    words = ("rock", "björk", "nirvana", "metallica", "12345", "abc1d")
    assert [most_typos(word) for word in words] == [0, 1, 1, 2, 0, 0]


def test_a_facet_tells_its_kind_and_what_is_numbered_by_itself() -> None:
    for kind in KINDS:
        assert kind_of(facet(kind, "x")) == kind
        assert 0 <= facet(kind, "x") < 2**31
    assert value_of(facet("label", 12345)) == 12345
    assert value_of(facet("decade", 1970)) == 1970
    assert facet("genre", "Rock") == facet("genre", "rock") != facet("style", "rock")
    assert (family_of("CDr"), family_of("Hologram")) == ("CD", "Other")


_RELEASE = (
    '{"artists":[{"anv":"Nirvana","id":125246,"name":"Nirvana (2)"}],"country":"US","formats":[{"name":"LP"}],'
    '"genres":["Rock"],"id":7,"is_main_release":true,"labels":[{"catno":"X","id":5,"name":"DGC"}],"master_id":9,'
    '"styles":["Grunge"],"title":"Never Mind","tracklist":[{"title":"Come","sub_tracks":[{"title":"As You Are"}]}]}'
)


def test_an_entry_has_the_words_of_its_record_by_weight_and_its_facets() -> None:
    [row] = entry.rows_of("releases", 7, _RELEASE, 1991)["search_staged"]
    code, number, name, by, plain, words, facets, links, master, year = row
    assert (code, number, name, by, plain, links, master, year) == (
        4,
        7,
        "Never Mind",
        "Nirvana",
        "never mind",
        3,
        9,
        1991,
    )
    assert words == "never:1A mind:2A nirvana:17B dgc:33C"
    wanted = [
        facet("type", "release"),
        facet("genre", "Rock"),
        facet("style", "Grunge"),
        facet("decade", 1990),
        facet("year", 1991),
        facet("country", "US"),
        facet("format", "LP"),
        facet("family", "Other"),
        facet("label", 5),
    ]
    assert facets == "{" + ",".join(map(str, wanted)) + "}"


@pytest.mark.parametrize(
    ("rows_of", "data", "has_tracks"),
    [
        (entry.rows_of, _RELEASE, False),
        (entry.rows_with_main_tracks, _RELEASE, True),
        (entry.rows_with_main_tracks, _RELEASE.replace("true", "false"), False),
        (entry.rows_with_tracks, _RELEASE.replace("true", "false"), True),
    ],
)
def test_titles_of_tracks_are_words_where_a_setting_says_so(rows_of: Any, data: str, has_tracks: Any) -> None:
    [row] = rows_of("releases", 7, data, 1991)["search_staged"]
    assert ("come:49D as:65D you:66D are:67D" in row[5]) is has_tracks


def test_a_setting_chooses_what_a_derivation_reads(settings_of_tracks: Any) -> None:
    specs = {}
    for value in ("off", "main", "all"):
        table = FUNCTIONS.chosen_by(settings_of_tracks(value))
        [specs[value]] = [spec for spec in table.derivations if spec.name == "search"]
    assert {spec.follows for spec in specs.values()} == {("search_tracks",)}
    assert "tracklist" not in (specs["off"].fields or ())
    assert {"tracklist", "is_main_release"} <= set(specs["main"].fields or ())
    assert specs["all"].load() is entry.rows_with_tracks


@pytest.fixture
def settings_of_tracks() -> Any:
    class Chosen:
        def __init__(self, search_tracks: str) -> None:
            self.search_tracks = search_tracks

    return Chosen


@pytest.mark.parametrize(
    "text",
    [
        "Nothing Else Matters",
        "AC/DC",
        "R.E.M. & Friends",
        "Guns N' Roses",
        "坂本龍一 - B-2 Unit",
        "!!!",
        "",
        "Ænima (2)",
    ],
)
def test_a_tsvector_has_the_words_that_are_looked_for(text: str) -> None:
    lexemes = Lexemes()
    lexemes.add(text, "A")
    found = [one.rpartition(":")[0].strip("'").replace("''", "'") for one in lexemes.text().split()]
    assert found == [word.text for word in words_of(text)]


def test_a_title_without_end_makes_no_entry_that_the_server_refuses() -> None:
    for text in ("x" * 3_000_000, "龍一" * 1_500_000, "a b " * 700_000, "& " * 1_000_000):
        lexemes = Lexemes()
        for _ in range(100):
            lexemes.add(text, "A")
        assert len(lexemes.text().encode()) < 2_000_000
        assert len(plain_name(text[:500])) <= 2_500


@given(st.integers(1860, 2100), st.integers(0, 240))
def test_a_span_of_years_is_few_facets_that_are_exactly_its_years(first: int, more: int) -> None:
    last = min(first + more, 2100)
    numbers = years("year", first, last)
    assert len(numbers) <= 18 + 25
    decades = {value_of(number) for number in numbers if kind_of(number) == "decade"}
    meant = {value_of(number) for number in numbers if kind_of(number) == "year"}
    meant |= {decade + one for decade in decades for one in range(10)}
    assert meant == set(range(first, last + 1))
    assert {kind_of(number) for number in years("original-year", first, last)} <= {"original", "original-year"}


@pytest.mark.parametrize(
    ("text", "asked", "marked"),
    [
        ("Björk", "bjork", ["Björk"]),
        ("坂本龍一", "龍一", ["龍一"]),
        ("坂本龍一", "坂本龍一", ["坂本龍一"]),
        ("Ryuichi Sakamoto", "sak*", ["Sakamoto"]),
        ("AC/DC Live", "ac/dc", ["AC", "DC"]),
        ("<b>Rock</b>", "rock", ["Rock"]),
        ("Rock", "-rock", []),
        ("", "rock", []),
    ],
)
def test_what_matched_in_a_name_is_told_in_pieces(text: str, asked: str, marked: list[str]) -> None:
    pieces = snippet("name", text, wanted_of(parse_query(asked), {})).pieces
    assert "".join(piece.text for piece in pieces) == text
    assert [piece.text for piece in pieces if piece.hit] == marked


def test_an_artist_is_found_by_every_name_in_any_order() -> None:
    data = '{"id":1,"name":"Ryuichi Sakamoto","namevariations":["坂本 龍一"],"realname":"Sakamoto Ryūichi"}'
    [row] = entry.rows_of("artists", 1, data, None)["search_staged"]
    assert name_key("ryuichi sakamoto") in row[5]
    assert name_key("坂本 龙一") in row[5]


def test_the_table_reads_what_entries_look_at() -> None:
    [spec] = [spec for spec in FUNCTIONS.derivations if spec.name == "search"]
    kinds = (entry._Artist, entry._Label, entry._Master, entry._Release)
    assert set(spec.fields or ()) == {field for kind in kinds for field in kind.__struct_fields__}


@pytest.mark.parametrize(
    ("typed", "accented"),
    [
        ("Björk live", ("björk",)),
        ("BJO\u0308RK", ("björk",)),
        ("bjork", ()),
        ("artist:björk -rós year:1977", ("björk",)),
        ("Кино", ()),
        ("坂本龍一", ("坂本龍一",)),
        ("genre:Müsik", ()),
    ],
)
def test_words_that_folding_changes_are_known_as_they_are_spelled(typed: str, accented: tuple[str, ...]) -> None:
    assert accented_words(parse_query(typed)) == accented


def test_accents_that_a_name_lacks_are_counted() -> None:
    words = accented_words(parse_query("Ágætis Björk"))
    assert [missing_accents(words, name) for name in ("BJÖRK ágætis", "Björk agaetis", "bjork agaetis")] == [0, 1, 2]
    assert missing_accents((), "Björk") == 0


def test_one_word_at_a_time_is_another_one() -> None:
    terms = parse_query("motorhaed life").terms
    asked = one_instead(terms, {"motorhaed": ["motorhead"], "life": ["live", "lifa"]})
    one, other = "((('motorhaed' | 'motorhead')) & ('life'))", "(('motorhaed') & (('life' | 'live' | 'lifa')))"
    assert asked == f"{one} | {other}"
