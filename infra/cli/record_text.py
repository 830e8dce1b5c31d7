"""A record as lines of text: a heading, and a piece for each field that says something.

What a page shows is told as it is typed: a named record by its name and id, a text by its paragraphs, a list by lines.
So a field that comes to a page is shown here, too; tracks, credits and versions have forms of their own.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import singledispatch
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict

from functions.discover.records.catalogued import Catalogued
from functions.discover.records.credits import CreditGroup, RoleCredits
from functions.discover.records.last_change import LastChange
from functions.discover.records.mentions import Paragraph, plain_text
from functions.discover.records.names import Kind, Named, in_words
from functions.discover.records.release import Companies, OtherVersions, Recording
from functions.discover.records.tracks import TrackLine
from functions.discover.records.versions import Version, Versions
from functions.extract.records.record import Identifier

_INDENT: Final = "  "
#: Lines of a list that are shown.
_MOST: Final = 200
#: Fields of the heading.
_IN_HEADING: Final = ("id", "name", "title", "artists", "changed")


def text_of(kind: Kind, page: Struct) -> Iterator[str]:
    """The lines of a record.

    Args:
        page: what its page shows, as functions/discover/records/ reads it.
    """
    fields = asdict(page)
    by = in_words(fields.get("artists") or ())
    name = fields.get("name") or fields.get("title") or f"without a {'name' if 'name' in fields else 'title'}"
    yield f"{by} – {name}" if by else name
    yield f"{kind} {fields['id']}"
    for field, value in fields.items():
        if field not in _IN_HEADING:
            yield from _piece(field.replace("_", " "), value)
    if isinstance(fields.get("changed"), LastChange):
        yield ""
        yield from _changed(fields["changed"])


def _piece(field: str, value: Any) -> Iterator[str]:
    if value in (None, "", [], {}, 0):
        return
    lines = list(_lines(value))
    if len(lines) == 1 and isinstance(value, str | int | Named):
        yield f"{field}: {lines[0]}"
    elif _is_flat(value):
        yield f"{field}: {', '.join(lines)}"
    elif lines:
        yield ""
        yield f"{field}:"
        yield from (f"{_INDENT}{line}" for line in lines[:_MOST])
        if len(lines) > _MOST:
            yield f"{_INDENT}… and {len(lines) - _MOST:,} more lines: --json has them all"


def _is_flat(value: Any) -> bool:
    """Whether it fits into a line: names or texts, a few of them."""
    return isinstance(value, list) and len(value) <= 12 and all(isinstance(one, str | int | Named) for one in value)


@singledispatch
def _lines(value: Any) -> Iterator[str]:
    """The lines of a value, by its type."""
    yield str(value)


@_lines.register
def _(_value: None) -> Iterator[str]:
    yield from ()


@_lines.register
def _(value: str) -> Iterator[str]:
    yield from value.splitlines()


@_lines.register
def _(value: bool) -> Iterator[str]:  # noqa: FBT001
    yield "yes" if value else "no"


@_lines.register(list)
@_lines.register(tuple)
def _(value: Sequence[Any]) -> Iterator[str]:
    yield from (line for one in value for line in _lines(one))


@_lines.register
def _(value: Struct) -> Iterator[str]:
    yield ", ".join(f"{name.replace('_', ' ')}: {line}" for name, line in _told(asdict(value)))


@_lines.register
def _(value: Named) -> Iterator[str]:
    yield f"{value.text} ({value.kind} {value.id})" if value.id else value.text


@_lines.register
def _(value: Paragraph) -> Iterator[str]:
    yield from _wrapped(plain_text([value]))


@_lines.register
def _(value: TrackLine) -> Iterator[str]:
    if value.kind == "heading":
        yield f"– {value.title}"
        return
    by = f"{in_words(value.artists)} – " if value.artists else ""
    length = f"  {value.duration}" if value.duration else ""
    yield f"{_INDENT * (value.kind == 'sub-track')}{value.position:<5} {by}{value.title or 'without a title'}{length}"
    yield from (f"{_INDENT * 4}{_credit(one)}" for one in value.credits)


@_lines.register
def _(value: RoleCredits) -> Iterator[str]:
    yield _credit(value)


@_lines.register
def _(value: CreditGroup) -> Iterator[str]:
    yield f"{value.category}:"
    yield from (f"{_INDENT}{_credit(one)}" for one in value.roles)


@_lines.register
def _(value: Catalogued) -> Iterator[str]:
    yield _catalogued(value)


@_lines.register
def _(value: Companies) -> Iterator[str]:
    yield f"{value.did}: {', '.join(map(_catalogued, value.companies))}"


@_lines.register
def _(value: Identifier) -> Iterator[str]:
    note = f" ({value.description})" if value.description else ""
    yield f"{value.type or 'Other'}{note}: {value.value}"


@_lines.register
def _(value: Recording) -> Iterator[str]:
    yield " ".join(_filled((value.title, value.length, value.url)))


@_lines.register
def _(value: Version) -> Iterator[str]:
    labels = ", ".join(map(_catalogued, value.labels))
    date = value.released or (str(value.year) if value.year else "")
    yield " · ".join(_filled((f"release {value.id}", value.title, date, value.country, labels, value.format)))


@_lines.register
def _(value: Versions) -> Iterator[str]:
    yield f"{value.total:,} of {value.every:,}" if value.total != value.every else f"{value.every:,}"
    yield from _lines(value.versions)


@_lines.register
def _(value: OtherVersions) -> Iterator[str]:
    what = "the main release" if value.is_main else "a version"
    yield f"{what} of {value.master.text} (master {value.master.id})"
    yield from _lines(value.versions)


def _told(fields: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if value not in (None, "", []):
            yield name, " / ".join(_lines(value))


def _wrapped(text: str) -> list[str]:
    return [line for part in text.strip().splitlines() for line in textwrap.wrap(part, 100) or [""]]


def _credit(one: RoleCredits) -> str:
    names = (f"{who.who.text} ({who.tracks})" if who.tracks else who.who.text for who in one.names)
    return f"{one.role}: {', '.join(names)}"


def _catalogued(one: Catalogued) -> str:
    return f"{one.who.text} {one.catno}" if one.catno else one.who.text


def _filled(texts: Iterable[str | None]) -> Sequence[str]:
    return [text for text in texts if text]


def _changed(changed: LastChange) -> Iterator[str]:
    said = {"changed": "last changed in", "added": "came with", "first": "stands as in"}[changed.kind]
    yield f"{said} the dump {changed.dump}"
    for one in changed.fields:
        yield f"{_INDENT}{one.field}: {one.before or ''} → {one.after or ''}"
    if changed.more:
        yield f"{_INDENT}… and {changed.more:,} more"
