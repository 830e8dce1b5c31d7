"""Words of names in any script, searches as they are typed, and words that differ by a typo."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.discover.search.query import parse_query, years_of
from functions.discover.search.tsquery import tsquery
from functions.registry import FUNCTIONS
from functions.search_entries import entry
from functions.search_entries.facets import KINDS, facet, family_of, kind_of, value_of
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
    assert query.facets == (facet("genre", "Rock"), facet("family", "Vinyl"), facet("decade", 1970))
    assert query.excluded_facets == (facet("style", "Trip Hop"),)
    assert query.years == (1977, 1983)
    assert query.numbers == (("barcode", "123"),)
    assert [piece.field for piece in query.understood] == ["genre", "style", "format", "year", "barcode", "decade"]


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


def test_an_entry_has_the_words_of_its_record_by_weight_and_its_facets() -> None:
    data = (
        '{"artists":[{"anv":"Nirvana","id":125246,"name":"Nirvana (2)"}],"country":"US","formats":[{"name":"LP"}],'
        '"genres":["Rock"],"id":7,"labels":[{"catno":"X","id":5,"name":"DGC"}],"master_id":9,"styles":["Grunge"],'
        '"title":"Never Mind"}'
    )
    [(code, number, name, by, plain, words, facets, links)] = entry.rows_of("releases", 7, data, 1991)["search_staged"]
    assert (code, number, name, by, plain, links) == (4, 7, "Never Mind", "Nirvana", "never mind", 3)
    assert words == "never:1A mind:2A nirvana:13B dgc:24C"
    wanted = [
        facet("type", "release"),
        facet("genre", "Rock"),
        facet("style", "Grunge"),
        facet("decade", 1990),
        facet("country", "US"),
        facet("format", "LP"),
        facet("family", "Other"),
        facet("label", 5),
    ]
    assert facets == wanted


def test_an_artist_is_found_by_every_name_in_any_order() -> None:
    data = '{"id":1,"name":"Ryuichi Sakamoto","namevariations":["坂本 龍一"],"realname":"Sakamoto Ryūichi"}'
    [row] = entry.rows_of("artists", 1, data, None)["search_staged"]
    assert name_key("ryuichi sakamoto") in row[5]
    assert name_key("坂本 龙一") in row[5]


def test_the_table_reads_what_entries_look_at() -> None:
    [spec] = [spec for spec in FUNCTIONS.derivations if spec.name == "search"]
    kinds = (entry._Artist, entry._Label, entry._Master, entry._Release)
    assert set(spec.fields or ()) == {field for kind in kinds for field in kind.__struct_fields__}
