"""Quirks of the real dumps that do no damage: every record here loads, and loads as it is written.

A quirk is a function of a record's XML and a number that counts its occurrences. Records get them by index: one in
twelve at the start of a file, so that small dumps meet most of them, one in sixty-four later.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from functions.runtime.entities import Entity
from infra.synth.words import ROLE_FORMS, TRACKS_FORMS
from infra.synth.xml_edit import (
    add_bond,
    add_company,
    add_credit,
    add_identifier,
    add_track,
    add_video,
    put,
    set_master,
    set_notes,
    set_profile,
    set_released,
    set_title,
    title_of,
)

Quirk = Callable[[str, int], str]

_EARLY, _OFTEN, _SELDOM = 700, 12, 64

#: Every form of `released`; years out of 1860..next year, and free text, are no year.
RELEASED_FORMS: Final = (
    "1969", "1969-00", "1969-00-00", "1999-03-00", "1969-09-26", "0400-01-01", "Summer 1978", "197", "338", "2999",
    "0", "?", "1969-9-26", "1859", " 1984", "١٩٨٤", "1999-03-00 (reissue)", "",
)  # fmt: skip

_LABEL_ROW: Final = re.compile(r"<label [^>]*/>")
_QTY: Final = re.compile(r' qty="[^"]*"')
_GENRES: Final = re.compile(r"<genres>.*?</genres>")
_STYLES: Final = re.compile(r"(<styles>.*?</styles>)?(?=<country>)")
_ARTISTS: Final = re.compile(r"</artist></artists>(?=<title>)")
_NAME: Final = re.compile(r"(?<=</id>)<name>[^<]*</name>")
_YEAR: Final = re.compile(r"<year>\d+</year>")
_MAIN: Final = re.compile(r"<main_release>\d+</main_release>")


def quirky(entity: Entity, index: int, xml: str) -> str:
    """The record with the quirk that its index calls for, most often none."""
    quirk = quirk_at(entity, index)
    if quirk is None:
        return xml
    name, turn = quirk
    return QUIRKS[entity][name](xml, turn)


def quirk_at(entity: Entity, index: int) -> tuple[str, int] | None:
    """The name of the quirk at an index, and how often it occurred before."""
    period = _OFTEN if index < _EARLY else _SELDOM
    if index % period != 5:
        return None
    turn, number = divmod(index // period, len(QUIRKS[entity]))
    return tuple(QUIRKS[entity])[number], turn


def _credit(ref: str, role: str, tracks: str = "") -> Quirk:
    more = f"<tracks>{tracks}</tracks>" if tracks else ""
    return lambda xml, _: add_credit(xml, f"<artist>{ref}<role>{role}</role>{more}</artist>")


def _role_form(xml: str, turn: int) -> str:
    role = ROLE_FORMS[turn % len(ROLE_FORMS)]
    return add_credit(xml, f"<artist><id>355</id><name>Unknown Artist</name><role>{role}</role></artist>")


def _tracks_form(xml: str, turn: int) -> str:
    tracks = TRACKS_FORMS[turn % len(TRACKS_FORMS)]
    credit = f"<name>Hall Choir</name><role>Choir</role><tracks>{tracks}</tracks>"
    return add_credit(xml, f"<artist><id>118760</id>{credit}</artist>")


def _released(form: str, xml: str, _: int) -> str:
    return set_released(xml, form)


def _double_label(xml: str, _: int) -> str:
    return _LABEL_ROW.sub(lambda row: row[0] * 2, xml, count=1)


def _label_row(row: str) -> Quirk:
    return lambda xml, _: xml.replace("</labels>", f"{row}</labels>")


def _without_labels(xml: str, _: int) -> str:
    return re.sub(r"<labels>.*?</labels>", "", xml, count=1)


def _without_tracks(xml: str, _: int) -> str:
    return re.sub(r"<tracklist>.*</tracklist>", "", xml, count=1, flags=re.S)


def _white_space(xml: str, _: int) -> str:
    return set_title(xml, f"  {title_of(xml)} \t twice\u00a0spaced\n and   broken  ")


def _long_title(xml: str, turn: int) -> str:
    phrase = f"{title_of(xml)} — or how one may call a record number {turn} when no one stops the singer; "
    return set_title(xml, phrase * (8192 // len(phrase.encode()) + 1))


def _formats_in_order(xml: str, _: int) -> str:
    more = (
        '<format name="CD" qty="2" text="Digipak, slipcase"><descriptions><description>Album</description>'
        "<description>Reissue</description></descriptions></format>"
        '<format name="All Media" qty="1" text="Numbered &amp; signed"/>'
    )
    return xml.replace("</formats>", f"{more}</formats>")


def _index_track(xml: str, _: int) -> str:
    part = (
        "<track><position>{0}.a</position><title>Allegro</title><duration>3:0{0}</duration><artists><artist>"
        "<id>355</id><name>Unknown Artist</name></artist></artists><extraartists>"
        "<artist><id>4</id><name>Choir Leader</name><role>Choir [Soprano, Alto], Harp</role></artist></extraartists>"
        "</track>"
    )
    subs = f"<sub_tracks>{part.format(1)}{part.format(2)}</sub_tracks>"
    return add_track(xml, f"<track><position>X1</position><title>Suite</title><duration>6:03</duration>{subs}</track>")


def _dirty_genre(xml: str, _: int) -> str:
    return put(_GENRES, xml, "<genres><genre>Electronic</genre><genre>1</genre></genres>")


def _no_genre(xml: str, _: int) -> str:
    return put(_STYLES, put(_GENRES, xml, ""), "")


def _numbered_emoji(xml: str, turn: int) -> str:
    return set_title(xml, f"{title_of(xml)} 🎹 𠮷野 𝄞 &#x1F3B5; №{turn}")


def _no_artist_id(element: str, xml: str, _: int) -> str:
    return put(_ARTISTS, xml, f"</artist>{element}</artists>")


def _video(xml: str, _: int) -> str:
    source = 'src="https://example.org/v" duration="" embed="false"'
    return add_video(xml, f"<video {source}><title>&lt;live&gt;</title></video>")


def _alias_of_itself(xml: str, _: int) -> str:
    return add_bond(xml, "aliases", f'<name id="{xml[12 : xml.index("</id>")]}">Itself</name>')


def _series(xml: str, _: int) -> str:
    if "<series>" in xml:
        return set_notes(xml, "One of a series.")
    return xml.replace("</labels>", '</labels><series><series name="Sound &amp; Story" catno="" id="0"/></series>')


def _add_sublabel(xml: str, _: int) -> str:
    gone = '<label id="999999999">Gone</label>'
    if "</sublabels>" in xml:
        return xml.replace("</sublabels>", f"{gone}</sublabels>")
    return f"{xml.removesuffix('</label>')}<sublabels>{gone}</sublabels></label>"


def _references(xml: str, turn: int) -> str:
    forms = ("A &amp; B &lt;C&gt; &quot;D&quot; &#8211; E", "]]&gt; is no end")
    return set_notes(xml, forms[turn % len(forms)])


_COMPANY: Final = (
    "<name>Nameless Plant</name><entity_type>17</entity_type><entity_type_name>Pressed By</entity_type_name></company>"
)

_RELEASE_QUIRKS: Final[dict[str, Quirk]] = {
    "master_zero": lambda xml, _: set_master(xml, '<master_id is_main_release="false">0</master_id>'),
    "credit_without_id": _credit("<name>Village Choir</name>", "Choir"),
    "credit_id_zero": _credit("<id>0</id><name>Someone</name>", "Whistling"),
    "credit_various": _credit("<id>194</id><name>Various</name>", "Compiled By"),
    "credit_unknown_artist": _credit("<id>355</id><name>Unknown Artist</name>", "Written-By"),
    "credit_dangling": _credit("<id>118760</id><name>No Artist</name>", "Producer [Additional, Vocal], Mixed By"),
    "credit_id_64_bits": _credit("<id>9007199254740993</id><name>Far Away</name>", "Design"),
    "credit_without_role": lambda xml, _: add_credit(xml, "<artist><id>355</id><name>Unknown Artist</name></artist>"),
    "role_forms": _role_form,
    "tracks_forms": _tracks_form,
    "artist_id_zero": partial(_no_artist_id, "<artist><id>0</id><name>Nobody</name></artist>"),
    "artist_without_id": partial(_no_artist_id, "<artist><name>Nobody Else</name></artist>"),
    "company_without_id": lambda xml, _: add_company(xml, f"<company>{_COMPANY}"),
    "company_id_zero": lambda xml, _: add_company(xml, f"<company><id>0</id>{_COMPANY}"),
    # Release 8262262 has this quantity.
    "qty_huge": lambda xml, _: put(_QTY, xml, f' qty="{10**63 + 1}"'),
    "text_crlf": lambda xml, _: set_notes(xml, "First line.&#13;\nSecond line.&#13;\n&#13;\n  Third, indented.&#13;"),
    "text_white_space": _white_space,
    "text_backslash_u0000": lambda xml, _: set_notes(xml, r"A NUL as text: \u0000, and a path: C:\new\table"),
    "text_beyond_bmp": _numbered_emoji,
    "text_references": _references,
    "title_missing": lambda xml, _: set_title(xml, ""),
    "title_blank": lambda xml, _: set_title(xml, " "),
    "title_long": _long_title,
    "label_row_twice": _double_label,
    "label_without_catno": _label_row('<label name="Off The Books" catno="" id="1"/>'),
    "label_without_id": _label_row('<label name="Not On Label" catno="none"/>'),
    "label_id_zero": _label_row('<label name="Not On Label (Self-released)" catno="none" id="0"/>'),
    "label_dangling": _label_row('<label name="Merged Label" catno="ML &amp; 1" id="999999999"/>'),
    "labels_missing": _without_labels,
    "tracklist_missing": _without_tracks,
    "heading": lambda xml, _: add_track(xml, "<track><title>Bonus Disc</title></track>"),
    "sub_tracks": _index_track,
    "genre_dirty": _dirty_genre,
    "genre_missing": _no_genre,
    "formats_in_order": _formats_in_order,
    "identifier_forms": lambda xml, _: add_identifier(
        xml, '<identifier type="Barcode" description="Sticker, &quot;new&quot;" value="0 12345 67890 5 "/>'
    ),
    "series_forms": _series,
    "video_forms": _video,
    **{f"released_{form.strip() or 'missing'}": partial(_released, form) for form in RELEASED_FORMS},
}

_MARKUP: Final = (
    "[a=The The], [a123], [l=Svek Echo], [l123], [r123], [m123], "
    "[url=https://example.org/?a=1&amp;b=2]here[/url], [b]bold[/b]"
)

# The first three leave names alone: they fall on the artists of LANDMARKS.
_ARTIST_QUIRKS: Final[dict[str, Quirk]] = {
    "alias_of_itself": _alias_of_itself,
    "alias_dangling": lambda xml, _: add_bond(xml, "aliases", '<name id="118760">No Artist</name>'),
    "group_id_zero": lambda xml, _: add_bond(xml, "groups", '<name id="0">Nobody</name>'),
    "name_missing": lambda xml, _: put(_NAME, xml, ""),
    "member_without_id": lambda xml, _: add_bond(xml, "members", "<name>A Friend</name>"),
    "name_beyond_bmp": lambda xml, turn: put(_NAME, xml, f"<name>𠮷田 🎷 ({turn + 2})</name>"),
    "name_white_space": lambda xml, _: put(_NAME, xml, "<name> Two  Spaces &amp; a tab\there </name>"),
    "text_backslash_u0000": lambda xml, _: set_profile(xml, r"Known as \u0000; see C:\users.&#13;" + "\n&#13;"),
    "text_markup": lambda xml, _: set_profile(xml, _MARKUP),
}

_LABEL_QUIRKS: Final[dict[str, Quirk]] = {
    "name_missing": lambda xml, _: put(_NAME, xml, ""),
    "text_backslash_u0000": lambda xml, _: set_profile(xml, r"Run from \u0000.&#13;" + "\n  [l=Nowhere] &amp; [a1]"),
    "sublabel_dangling": _add_sublabel,
    "name_beyond_bmp": lambda xml, turn: put(_NAME, xml, f"<name>Ⓥ 𝒱inyl 🐙 ({turn + 2})</name>"),
}

_MASTER_QUIRKS: Final[dict[str, Quirk]] = {
    "year_zero": lambda xml, _: put(_YEAR, xml, "<year>0</year>"),
    "year_197": lambda xml, _: put(_YEAR, xml, "<year>197</year>"),
    "year_338": lambda xml, _: put(_YEAR, xml, "<year>338</year>"),
    "main_release_dangling": lambda xml, _: put(_MAIN, xml, "<main_release>9007199254740993</main_release>"),
    "title_long": _long_title,
    "text_white_space": _white_space,
    "year_missing": lambda xml, _: put(_YEAR, xml, "") if "<notes>" in xml else put(_YEAR, xml, "<year>1859</year>"),
    "genre_dirty": _dirty_genre,
    "video_forms": _video,
}

#: The quirks of each entity by name.
QUIRKS: Final[dict[Entity, dict[str, Quirk]]] = {
    "artists": _ARTIST_QUIRKS,
    "labels": _LABEL_QUIRKS,
    "masters": _MASTER_QUIRKS,
    "releases": _RELEASE_QUIRKS,
}
