"""Does every text and attribute of a record's XML occur in its document? Asked of the XML itself, not of the model."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

_REFERENCE_LISTS = frozenset({"aliases", "members", "groups", "sublabels"})


class Lost(tuple[str, str]):
    """Where in the XML a text stands that the document lacks, and the text."""

    __slots__ = ()


def lost_texts(record: Element, document: Any) -> tuple[list[Lost], Counter[str]]:
    """What the document lacks, and what it holds in another form, by the name of that quirk."""
    quirks: Counter[str] = Counter()
    kept = _document_texts(document, [])
    stated = _xml_texts(record)
    if sorted(kept) == sorted(stated):
        return [], quirks
    left = Counter(kept)
    lacking = [where for where in _places(record) if not _take(left, where[2])]
    lost = []
    for parent, place, text in lacking:
        if _take(left, _as_integer(text)):
            quirks["integers rewritten"] += 1
        elif parent in _REFERENCE_LISTS and place.endswith(("/id", "@id")) and _as_integer(text) in kept:
            quirks["ids interleaved with names"] += 1
        else:
            lost.append(Lost((place, text)))
    return lost, quirks


def is_noted(place: str, drift: Iterable[str]) -> bool:
    """Whether a loader's notes of drift tell of a text at this place.

    Args:
        place: as in `/label/sublabels/label@id`.
        drift: each as `parent/element`, `element@attribute` or `element text`, with a word more where it repeats or is
            contradicted; `other names` once there are too many.
    """
    steps = place.replace("@", "/") + "/"
    return any(name == "other names" or f"/{_noted_step(name)}/" in steps for name in drift)


def _noted_step(name: str) -> str:
    """The element or attribute that a note tells of."""
    name = name.removesuffix(" repeated").removesuffix(" contradicted")
    if name.endswith(" text"):
        return name.removesuffix(" text")
    return re.split("[/@]", name, maxsplit=1)[-1]


def _take(left: Counter[str], text: str) -> bool:
    found = left[text] > 0
    left[text] -= found
    return found


def _as_integer(text: str) -> str:
    stripped = text.strip(" \t\r\n")
    digits = stripped.removeprefix("-")
    return str(int(stripped)) if digits.isascii() and digits.isdigit() and len(digits) < 30 else text


def _xml_texts(record: Element) -> list[str]:
    """White space between elements is none of the record's texts; all else is."""
    texts: list[str] = []
    for element in record.iter():
        text, tail = element.text, element.tail
        if text and (len(element) == 0 or text.strip()):
            texts.append(text)
        if tail and tail.strip() and element is not record:
            texts.append(tail)
        if element.attrib:
            texts.extend(value for value in element.attrib.values() if value)
    return texts


def _places(element: Element, parent: str = "", path: str = "") -> Iterator[tuple[str, str, str]]:
    """(parent's tag, path, text) of the same texts."""
    path = f"{path}/{element.tag}"
    if element.text and (len(element) == 0 or element.text.strip()):
        yield parent, path, element.text
    for name, value in element.items():
        if value:
            yield parent, f"{path}@{name}", value
    for child in element:
        yield from _places(child, element.tag, path)
        if child.tail and child.tail.strip():
            yield parent, path, child.tail


def _document_texts(value: Any, texts: list[str]) -> list[str]:
    """`texts`, and after them every value of a document as the XML writes it."""
    if type(value) is str:
        texts.append(value)
    elif type(value) is dict:
        for inner in value.values():
            _document_texts(inner, texts)
    elif type(value) is list:
        for inner in value:
            _document_texts(inner, texts)
    else:
        texts.append(str(value).lower())
    return texts
