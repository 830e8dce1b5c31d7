"""Small changes to a record's XML text, for quirks and for edits. What does not fit changes nothing."""

from __future__ import annotations

import re
from typing import Final

_RELEASE_TITLE: Final = re.compile(r"(?<=</artists>)<title>.*?</title>", re.S)
_MASTER_TITLE: Final = re.compile(r"(?<=</year>)<title>.*?</title>", re.S)
_NOTES: Final = re.compile(r"(<notes>.*?</notes>)?(?=<data_quality>)", re.S)
_RELEASED: Final = re.compile(r"(?<=</country>)(<released>[^<]*</released>)?")
_MASTER_ID: Final = re.compile(r"(?<=</data_quality>)(<master_id [^>]*>\d+</master_id>)?(?=<tracklist>)")
_PROFILE: Final = re.compile(r"(<profile>.*?</profile>)?(?=<data_quality>)", re.S)
_BONDS: Final = ("aliases", "members", "groups")


def put(pattern: re.Pattern[str], xml: str, new: str) -> str:
    """`xml` with the first match of `pattern` replaced by `new`, taken literally."""
    return pattern.sub(lambda _: new, xml, count=1)


def set_title(xml: str, title: str) -> str:
    """Sets the title of a release or master; '' leaves the element out."""
    element = f"<title>{title}</title>" if title else ""
    return put(_MASTER_TITLE if xml.startswith("<master") else _RELEASE_TITLE, xml, element)


def title_of(xml: str) -> str:
    """The title of a release or master, '' if it has none."""
    found = (_MASTER_TITLE if xml.startswith("<master") else _RELEASE_TITLE).search(xml)
    return found[0][7:-8] if found else ""


def set_notes(xml: str, notes: str) -> str:
    return put(_NOTES, xml, f"<notes>{notes}</notes>")


def set_profile(xml: str, profile: str) -> str:
    return put(_PROFILE, xml, f"<profile>{profile}</profile>")


def set_released(xml: str, released: str) -> str:
    """Sets the date of a release; '' leaves the element out."""
    return put(_RELEASED, xml, f"<released>{released}</released>" if released else "")


def set_master(xml: str, element: str) -> str:
    """Sets the `<master_id>` element of a release."""
    return put(_MASTER_ID, xml, element)


def add_credit(xml: str, artist: str) -> str:
    """Adds an `<artist>` to the credits of a release."""
    head, formats, tail = xml.partition("<formats>")
    if head.endswith("</extraartists>"):
        head = head.removesuffix("</extraartists>")
    else:
        head += "<extraartists>"
    return f"{head}{artist}</extraartists>{formats}{tail}"


def drop_credit(xml: str) -> str:
    """Removes the last credit of a release, and the element if that was the only one."""
    head, formats, tail = xml.partition("<formats>")
    if not head.endswith("</extraartists>"):
        return xml
    head = head.removesuffix("</extraartists>")
    head = head[: head.rindex("<artist>")]
    head = head.removesuffix("<extraartists>") if head.endswith("<extraartists>") else f"{head}</extraartists>"
    return f"{head}{formats}{tail}"


def add_company(xml: str, company: str) -> str:
    if "</companies>" in xml:
        return xml.replace("</companies>", f"{company}</companies>")
    return xml.replace("</release>", f"<companies>{company}</companies></release>")


def add_identifier(xml: str, identifier: str) -> str:
    if "</identifiers>" in xml:
        return xml.replace("</identifiers>", f"{identifier}</identifiers>")
    return xml.replace("</tracklist>", f"</tracklist><identifiers>{identifier}</identifiers>")


def add_track(xml: str, track: str) -> str:
    """Adds a track at the end of the tracklist."""
    return xml.replace("</tracklist>", f"{track}</tracklist>")


def add_video(xml: str, video: str) -> str:
    if "</videos>" in xml:
        return xml.replace("</videos>", f"{video}</videos>")
    if xml.endswith("</master>"):
        return xml.replace("</master>", f"<videos>{video}</videos></master>")
    if "<companies>" in xml:
        return xml.replace("<companies>", f"<videos>{video}</videos><companies>")
    return xml.replace("</release>", f"<videos>{video}</videos></release>")


def add_bond(xml: str, tag: str, name: str) -> str:
    """Adds a `<name>` to aliases, members or groups of an artist, making the element in its place."""
    if f"</{tag}>" in xml:
        return xml.replace(f"</{tag}>", f"{name}</{tag}>")
    element = f"<{tag}>{name}</{tag}>"
    for later in _BONDS[_BONDS.index(tag) + 1 :]:
        if f"<{later}>" in xml:
            return xml.replace(f"<{later}>", f"{element}<{later}>")
    return xml.replace("</artist>", f"{element}</artist>")
