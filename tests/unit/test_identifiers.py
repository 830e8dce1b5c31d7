"""Identifiers in normal form, what a text may be an identifier of, and where to look for it."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.discover.lookup.place import Place, parse_place
from functions.discover.lookup.probes import Probe, probes_of
from functions.discover.lookup.words import WrittenArtist, WrittenFormat, artists_in_words, formats_in_words
from functions.identifiers.normal_form import KINDS, barcode_digits, check_digit, is_barcode, normal
from functions.identifiers.recognise import recognise
from functions.identifiers.release_identifiers import rows_of
from functions.runtime.errors import RefusedError
from infra.verify.identifiers import keys_of

EAN, UPC = "4006381333931", "036000291452"


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        ("barcode", "0 36000-29145.2", "36000291452"),
        ("barcode", "00036000291452", "36000291452"),
        ("barcode", "\uff14\uff10\uff10\uff16\uff13\uff18\uff11\uff13\uff13\uff13\uff19\uff13\uff11", EAN),
        ("barcode", "4 006381 333931 >", EAN),
        ("barcode", f"{EAN} 51995", EAN),
        ("barcode", f"{EAN} 05", EAN),
        ("barcode", f"{UPC} 12", "36000291452"),
        ("barcode", f"EAN: {EAN} (sticker)", EAN),
        ("barcode", "none", ""),
        ("barcode", "0000000000000", ""),
        ("catno", "  Svek-026.1 ", "SVEK0261"),
        ("catno", "\uff33\uff36\uff25\uff2b 0\uff12\uff16", "SVEK026"),
        ("catno", "Ård/øre ½", "ARDORE12"),
        ("catno", "盤-7 ガ", "盤7カ"),
        ("catno", "[None]", ""),
        ("catno", "n/a", ""),
        ("catno", "– — -", ""),
        ("catno", "∞", "∞"),
        ("label-code", "LC 00309", "309"),
        ("label-code", "0309", "309"),
        ("label-code", "LC", "LC"),
        ("sid", "ifpi L327", "L327"),
        ("isrc", "ISRC DE-QY4-17-00004", "DEQY41700004"),
        ("asin", "JP: B00003IQO8", "B00003IQO8"),
        ("matrix", "B782011-01 B1 // MX", "B78201101B1MX"),
    ],
)
def test_an_identifier_has_a_normal_form(kind, text, form):
    assert normal(kind, text) == form
    assert normal(kind, form) == form


def test_an_add_on_of_two_digits_stands_apart():
    whole = "1003600029145" + check_digit("1003600029145")
    assert is_barcode(whole)
    assert barcode_digits(whole) == whole
    assert barcode_digits(f"{UPC} 99") == UPC


@pytest.mark.parametrize("body", ["400638133393", "03600029145", "9638507", "1234567890123"])
def test_a_barcode_is_known_by_its_check_digit(body):
    digit = check_digit(body)
    assert is_barcode(body + digit)
    assert not is_barcode(body + str((int(digit) + 1) % 10))
    assert check_digit(f"00{body}") == digit


@pytest.mark.parametrize(
    ("text", "kind", "sureness"),
    [
        ("4 006381 333931", "barcode", "sure"),
        ("400638133393", "barcode", "likely"),
        ("SVEK 026", "catno", "likely"),
        ("LC 0309", "label-code", "sure"),
        ("IFPI L327", "sid", "sure"),
        ("DE-QY4-17-00004", "isrc", "sure"),
        ("Björk", "catno", "possible"),
    ],
)
def test_a_text_is_read_as_what_it_looks_like(text, kind, sureness):
    first = recognise(text)[0]
    assert (first.kind, first.sureness) == (kind, sureness)


@pytest.mark.parametrize("text", ["", " ", "none", "N/A", "----", "%_%", "\0", "\ud800", "'; --"])
def test_a_text_that_names_nothing_is_read_as_nothing(text):
    assert recognise(text) == []
    assert probes_of(recognise(text)) == []


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_any_text_can_be_read_and_looked_for(text):
    for probe in probes_of(recognise(text)):
        probe.low.encode()
        assert probe.low <= probe.high
        assert "\0" not in probe.low


def test_each_form_of_a_barcode_leads_to_the_others():
    forms = {text: {probe.low for probe in probes_of(recognise(text)) if probe.how != "prefix"} for text in
             (UPC, f"0{UPC}", UPC[:-1], UPC[1:], "0 36000-29145")}  # fmt: skip
    for asked in forms.values():
        for written in forms:
            assert f"b{normal('barcode', written)}" in asked


def test_a_barcode_is_looked_for_first_as_it_is():
    hows = [probe.how for probe in probes_of(recognise(EAN)) if probe.low.startswith("b")]
    assert hows == ["exact", "check-digit", "check-digit", *["other-check-digit"] * 9, "prefix"]


def test_the_kinds_that_name_no_release_have_no_row():
    document = {
        "identifiers": [
            {"type": "Barcode", "value": f"{EAN} 51995"},
            {"type": "Barcode", "value": EAN},
            {"type": "Rights Society", "value": "GEMA"},
            {"type": "Matrix / Runout", "value": "x" * 50},
            {"type": "Something New", "value": "AB 1"},
            {"type": "Barcode"},
            {"value": "none"},
        ],
        "labels": [{"catno": "none"}, {"catno": "SK 1"}, {"name": "Svek"}],
    }
    rows = rows_of("releases", 7, json.dumps(document), None)["identifiers"]
    assert rows == [(7, f"b{EAN}"), (7, "cSK1"), (7, "m" + "X" * 32), (7, "oAB1")]
    assert keys_of(document) == [key for _, key in rows]


TYPES = ["Barcode", "Matrix / Runout", "Label Code", "Mould SID Code", "ISRC", "ASIN", "Other", "Rights Society", ""]
#: Digits and what stands between them, so that barcodes and add-ons come up; and any text.
WRITTEN = st.one_of(
    st.text(max_size=30),
    st.text("0123456789 -.０９X(", max_size=30),
    st.sampled_from([EAN, UPC, "LC0", "none", "n / a", "ß Ⅷ ①", "IFPI", "ISRC", "JP B00003IQO8 B"]),
    st.builds(lambda code, more: code + more, st.sampled_from([EAN, UPC]), st.text("0123456789 -", max_size=6)),
)


@given(st.lists(st.tuples(st.sampled_from(TYPES), WRITTEN), max_size=4), st.lists(WRITTEN, max_size=2))
@settings(max_examples=500)
def test_verify_makes_the_same_keys_by_rules_of_its_own(identifiers, catnos):
    document = {
        "identifiers": [{"type": kind, "value": text} for kind, text in identifiers],
        "labels": [{"catno": catno} for catno in catnos],
    }
    data = json.dumps(document).encode("utf-8", "surrogatepass")
    rows = rows_of("releases", 1, data.decode(), None)["identifiers"]
    assert [key for _, key in rows] == keys_of(document)
    assert all(unicodedata.is_normalized("NFC", key) or not key.isascii() for _, key in rows)


def test_a_cursor_holds_for_the_ranges_that_it_was_given_for():
    probes = [Probe("exact", "b1", "b1"), Probe("prefix", "b1\x01", "b1\U0010ffff")]
    for place in (Place(1, "b1", 5), Place(2, "b12", 0)):
        assert parse_place(str(place), probes) == place
    odd = [Place(3, "b1", 5), Place(0, "b1", 5), Place(1, "c1", 5), Place(2, "b1\0", 5), Place(1, "b1", -1)]
    for cursor in [*map(str, odd), "", "x", "é", "!!!!", "bnVsbA", "A" * 300]:
        with pytest.raises(RefusedError, match="is no cursor"):
            parse_place(cursor, probes)


def test_artists_and_formats_are_said_in_words():
    artists = [
        WrittenArtist(name="Nico (3)", join="&"),
        WrittenArtist(anv="A", name="B", join=","),
        WrittenArtist(name="C"),
    ]
    assert artists_in_words(artists) == "Nico & A, C"
    formats = [WrittenFormat(["LP", "Album"], "Vinyl", "2", "red"), WrittenFormat(None, "CD", "1")]
    assert formats_in_words(formats) == "2 × Vinyl, LP, Album (red) + CD"
    assert all(kind for kind in KINDS)
