"""Profiles and notes: every form of their markup, and that no text makes anything but text and links."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.discover.records.mentions import Paragraph, read_text
from functions.discover.records.profile import Block, Mention, Part, parse_profile
from gateway.pages.render import environment

KNOWN = [("artist", 45, "Aphex Twin"), ("artist", 22, "Nirvana (2)"), ("label", 23, "Warp"), ("master", 7, "Drukqs")]


class Stored:
    """Answers as PostgreSQL would that holds `KNOWN`."""

    def execute(self, _statement: str, values: dict[str, list[Any]]) -> list[tuple[str, int, str]]:
        return [
            (kind, number, name)
            for kind, number, name in KNOWN
            if number in values[kind] or name in values.get(f"{kind}_names", ())
        ]


def read(text: str) -> list[Paragraph]:
    return read_text(Stored(), text)  # type: ignore[arg-type]


def html(text: str) -> str:
    template = environment().from_string('{% import "records/record_macros.html" as m %}{{ m.markup(shown) }}')
    return template.render(shown=read(text))


def parts(text: str) -> list[Part]:
    return [part for block in parse_profile(text) for part in block.parts]


@pytest.mark.parametrize(
    ("text", "mention"),
    [
        ("[a=Aphex Twin]", Mention("artist", name="Aphex Twin")),
        ("[A=Aphex Twin]", Mention("artist", name="Aphex Twin")),
        ("[a=Nirvana (2)]", Mention("artist", name="Nirvana (2)")),
        ("[a=The [Law-Rah] Collective]", Mention("artist", name="The [Law-Rah] Collective")),
        ("[a45]", Mention("artist", 45)),
        ("[a=45]", Mention("artist", 45, "45")),
        ("[l=Warp]", Mention("label", name="Warp")),
        ("[l23]", Mention("label", 23)),
        ("[m=7]", Mention("master", 7)),
        ("[m7]", Mention("master", 7)),
        ("[r=524424]", Mention("release", 524424)),
        ("[R524424]", Mention("release", 524424)),
        ("[url=https://www.discogs.com/artist/45-Aphex-Twin]", None),
    ],
)
def test_records_are_mentioned_by_id_or_name(text: str, mention: Mention | None) -> None:
    assert [part.mention for part in parts(text) if part.mention] == ([mention] if mention else [])


def test_an_address_of_a_record_at_discogs_is_that_record() -> None:
    for path in ("artist/45-Aphex-Twin", "artist/45", "ja/artist/45-Aphex-Twin", "artist/45-Aphex-Twin?limit=5"):
        [part] = parts(f"[url=https://www.discogs.com/{path}]him[/url]")
        assert (part.text, part.mention, part.url) == ("him", Mention("artist", 45), None)
    [part] = parts("http://www.discogs.com/Some-One-Some-Title/release/12")
    assert part.mention == Mention("release", 12)
    assert parts("[url=https://www.discogs.com/user/anna]she[/url]")[0].url == "https://www.discogs.com/user/anna"


def test_styles_hold_until_they_end_and_what_ends_nothing_is_text() -> None:
    assert parts("[b]a[i]b[/b]c[/i]d[/u]") == [
        Part("a", bold=True),
        Part("b", bold=True, italic=True),
        Part("c", italic=True),
        Part("d"),
        Part("[/u]"),
    ]


def test_paragraphs_and_quotations_are_blocks() -> None:
    assert parse_profile("one\r\nline\r\n\r\n\r\n[quote]two[/quote]three\n\n") == [
        Block([Part("one\nline")]),
        Block([Part("two")], quoted=True),
        Block([Part("three")]),
    ]
    assert parse_profile(None) == parse_profile(" \n\n ") == []


@pytest.mark.parametrize(
    "text",
    [
        "[live]",
        "[g=2.9.1]",
        "[u=anna]",
        "[Theme for An Imaginary Western]",
        "[url=javascript:alert(1)]",
        "[url=data:text/html,x]",
        "[url=//example.org]",
        "[img=javascript:alert(1)]",
        "[a=]",
        "[",
        "[[]]",
        "[m=Title]",
        "[/url]",
        "<script>alert(1)</script>",
    ],
)
def test_what_is_no_markup_is_text(text: str) -> None:
    assert "".join(part.text for part in parts(text)) == text
    assert not any(part.url or part.mention for part in parts(text))


def test_addresses_are_links_without_the_signs_of_their_sentence() -> None:
    found = parts(
        "See http://a.org/b_(c). [url=https://c.org/?a=1&b=2]here[/url] [url]http://d.org[/url] [img=http://e/f.png]"
    )
    assert [(part.text, part.url) for part in found if part.url] == [
        ("http://a.org/b_(c", "http://a.org/b_(c"),
        ("here", "https://c.org/?a=1&b=2"),
        ("http://d.org", "http://d.org"),
        ("http://e/f.png", "http://e/f.png"),
    ]


def test_what_is_mentioned_is_shown_by_its_name_and_leads_to_its_page() -> None:
    shown = html(
        "[a=Nirvana (2)] on [l23], [m=7], [a45], [a=Nobody & Co], [r9], [url=https://discogs.com/artist/45]him[/url]"
    )
    links = re.findall('<a href="([^"]*)"[^>]*><bdi dir="auto">([^<]*)', shown)
    assert links == [
        ("/artist/22/nirvana", "Nirvana"),
        ("/label/23/warp", "Warp"),
        ("/master/7/drukqs", "Drukqs"),
        ("/artist/45/aphex-twin", "Aphex Twin"),
        ("/search?q=Nobody+%26+Co&amp;type=artist", "Nobody &amp; Co"),
        ("/artist/45/aphex-twin", "him"),
    ]
    assert "release 9" in shown


class Tags(HTMLParser):
    """The tags and addresses of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[dict[str, str | None]] = []
        self.said = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "a":
            self.links.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        self.said += data


PIECES = st.sampled_from(
    [
        *(
            "[b]",
            "[/b]",
            "[i]",
            "[u]",
            "[/u]",
            "[quote]",
            "[/quote]",
            "[url=",
            "]",
            "[/url]",
            "[url]",
            "[img]",
            "[/img]",
        ),
        *("[a=", "[a45]", "[l=Warp]", "[m7", "http://x.org/", "javascript:", "https://", '"', "'", "<", ">", "&"),
        *("<script>", "</script>", "onload=", "\n\n", "\r\n", "\0", "\u202e", "[a=<img src=x onerror=alert(1)>]"),
        "https://www.discogs.com/artist/",
    ]
)


@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=40).map("".join))
def test_no_text_makes_a_script_or_an_error(text: str) -> None:
    tags = Tags(html(text))
    assert tags.seen <= {"div", "p", "blockquote", "a", "b", "i", "u", "bdi", "br"}
    assert tags.attributes <= {"href", "rel", "dir", "class", "title"}
    for link in tags.links:
        address = link["href"] or ""
        if not address.startswith("/"):
            assert re.match("https?://", address, re.IGNORECASE)
            assert link["rel"] == "nofollow noopener noreferrer"


def test_a_long_text_is_read_in_a_moment() -> None:
    for piece in ("[a=", "[url=http://", "[img]http://", "\n ", "[b]", "http://a.", "[quote]", "["):
        assert parse_profile(piece * 40_000) is not None
