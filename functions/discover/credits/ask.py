"""A question about credits, from what is given of role, record, people and years; each answer leads to its records."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Final, Literal
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from functions.discover.artist.discography import Wanted, discography
from functions.discover.credits.credited_as import Printed, printed_names
from functions.discover.credits.people import person_named, record_named
from functions.discover.credits.roles import RoleAsked, role_asked
from functions.discover.records.names import Named, named
from functions.discover.release_links.names import artist_names
from functions.discover.release_links.read import Connection, Place, roles_in, state_of
from functions.discover.release_links.role_categories import category_of
from functions.discover.sound_text import sound
from functions.runtime.errors import RefusedError
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "credits.sql")

Question = Literal["on", "by", "together", "most", "nothing"]

#: Characters of a name or role that is asked for.
LONGEST: Final = 200
#: Seconds that counting within years, or reading names as credited, may take; what is not done by then is left out.
BUDGET_S: Final = 0.06
#: Links of one of two people that are looked through for a page, and people who are counted at once.
_LOOKED_THROUGH, _AT_ONCE = 3_000, 20
#: People within years who are counted whatever page is asked for, so that pages fit together.
_COUNTED: Final = 101
#: Of each role so many people are kept: see functions/release_links/hubs.py.
_KEPT: Final = 1_000
_DEEPEST: Final = 10_000
_ALL_YEARS: Final = (0, 32_767)
_TEXTS: Final = ("role", "on", "by", "together_with")
_WAYS: Final = ("artist", "on a track")


class Asked(Struct, frozen=True):
    """What is given: a role or category, a record, one or two people, years."""

    role: str = ""
    on: str = ""
    by: str = ""
    together_with: str = ""
    years: tuple[int, int] | None = None


class CreditLine(Struct, frozen=True):
    """A line of an answer: who, on which record or on how many, in which roles. `url` leads to the records.

    `credited_as` are the names that `release` prints, where those are not the names of their records: it is the release
    of the line, or the first one where there are more. A line of who has a role most often has none.
    """

    who: Named | None
    record: Named | None
    year: int | None
    roles: list[str]
    others_roles: list[str]
    releases: int
    url: str
    release: int | None = None
    credited_as: list[str] = []
    others_credited_as: list[str] = []


class Credits(Struct, frozen=True):
    """An answer. `question` is how what was given is understood; `missing` names what nothing was found for.

    `unused` names what was given and this question does not look at. `next` is the cursor of the page behind; `partial`
    says that not everything was looked at in the time there is.
    """

    question: Question
    role: RoleAsked | None
    record: Named | None
    person: Named | None
    other: Named | None
    lines: list[CreditLine]
    total: int | None
    next: str | None
    partial: bool
    missing: list[str]
    notice: str | None
    unused: list[str] = []

    @property
    def is_whole(self) -> bool:
        """Whether the answer is the same a moment later."""
        return self.notice is None and not self.partial


def ask(context: Context, asked: Asked, limit: int = 50, cursor: str | None = None) -> Credits:
    """Answer a question about credits.

    A record given: who did it there. Two people: where both are named. One: on which records they did it, in the order
    of years. Only a role: who has it most often.

    Args:
        limit: how many lines at most.
        cursor: `next` of the page before.

    Raises:
        RefusedError: the cursor is none of this question.
    """
    asked = replace(asked, **{name: sound(getattr(asked, name)) for name in _TEXTS})
    # Names are looked for first: a search takes a connection, and who holds one of the pool must not wait for another.
    person = person_named(context, asked.by) if asked.by.strip() else None
    other = person_named(context, asked.together_with) if asked.together_with.strip() else None
    record = record_named(context, asked.on) if asked.on.strip() else None
    with context.statements() as connection:
        state = state_of(connection)
        told = _NOTHING if state.is_there else replace(_NOTHING, notice=_TOO_EARLY)
        role = role_asked(connection, asked.role) if asked.role.strip() else None
        found = replace(
            told, role=role, person=person, other=other, record=record[0] if record else None,
            missing=_missing(asked, role, person, other, record),
        )  # fmt: skip
        if found.missing:
            return found
        if record:
            answer = _on(connection, found, record[1], limit, _offset(cursor))
        elif person and other:
            answer = _together(connection, found, asked.years, limit, _place(cursor))
        elif person:
            answer = _by(connection, found, asked.years, limit, cursor)
        elif role:
            answer = _most(connection, found, role, asked.years, limit, _offset(cursor))
        else:
            answer = found
        return replace(_as_credited(connection, answer), unused=_unused(asked, answer.question))


_TOO_EARLY: Final = "Credits are still being gathered from the documents: not everything is there yet."
_NOTHING: Final = Credits("nothing", None, None, None, None, [], None, None, partial=False, missing=[], notice=None)


#: What else may be given with each question.
_LOOKED_AT: Final[dict[Question, tuple[str, ...]]] = {
    "on": ("role", "by"), "together": ("years",), "by": ("role", "years"), "most": ("years",), "nothing": (),
}  # fmt: skip
_ASKED_FOR: Final[dict[Question, tuple[str, ...]]] = {
    "on": ("on",), "together": ("by", "together_with"), "by": ("by",), "most": ("role",), "nothing": (),
}  # fmt: skip


def _unused(asked: Asked, question: Question) -> list[str]:
    """What was given in vain."""
    known = {*_LOOKED_AT[question], *_ASKED_FOR[question]}
    given = {"role": asked.role.strip(), "by": asked.by.strip(), "together_with": asked.together_with.strip()}
    return [name for name, value in {**given, "years": asked.years}.items() if value and name not in known]


def address(**values: object) -> str:
    """The page of a question."""
    return f"/credits?{urlencode({name: value for name, value in values.items() if value})}"


def _missing(asked: Asked, role: RoleAsked | None, *found: object) -> list[str]:
    texts = (asked.by, asked.together_with, asked.on)
    missing = [text.strip() for text, one in zip(texts, found, strict=True) if text.strip() and one is None]
    return missing + ([role.text] if role and not role.is_known else [])


def _on(connection: Connection, told: Credits, releases: Sequence[int], limit: int, first: int) -> Credits:
    role = told.role
    values = {
        "releases": list(releases),
        "mask": role.mask if role else 0,
        "role": role.role if role else None,
        "by": told.person.id if told.person else None,
        "limit": limit + 1,
        "first": first,
    }
    rows = connection.execute(_sql.on_releases, values).fetchall()
    names = _names(connection, {number: name for number, name, *_ in rows[:limit]})
    lines = [
        CreditLine(
            named("artist", number, names[number]),
            named("release", release, told.record.text if told.record else None),
            None,
            _roles(roles, role),
            [],
            count,
            f"/release/{release}",
            release,
        )
        for number, _, count, roles, release in rows[:limit]
    ]
    return replace(told, question="on", lines=lines, next=_behind(rows, limit, first))


def _by(
    connection: Connection, told: Credits, years: tuple[int, int] | None, limit: int, cursor: str | None
) -> Credits:
    role = told.role
    wanted = Wanted(years, role=(role.category or role.role) if role else None)
    number = told.person.id if told.person and told.person.id else 0
    page = discography(connection, number, "credited", wanted, "year", cursor, limit=limit)
    lines = [
        CreditLine(
            told.person,
            Named(one.kind, one.title, one.id, url=one.url),
            one.year,
            _of_role(one.roles, role),
            [],
            one.releases,
            one.url,
            one.release,
        )
        for one in page.entries
    ]
    return replace(told, question="by", lines=lines, total=page.total, next=page.next)


def _together(
    connection: Connection, told: Credits, years: tuple[int, int] | None, limit: int, after: Place | None
) -> Credits:
    one, other = (who.id or 0 if who else 0 for who in (told.person, told.other))
    first_year, last_year = years or _ALL_YEARS
    begin = after or Place(-1, -1)
    values = {
        "fewer": one, "more": other, "first_year": first_year, "last_year": last_year, "limit": limit + 1,
        "looked": _LOOKED_THROUGH, **begin._asdict(),
    }  # fmt: skip
    counts = _links(connection, one), _links(connection, other)
    turned = counts[1] < counts[0]
    if turned:
        values |= {"fewer": other, "more": one}
    rows = connection.execute(_sql.together, values).fetchall()
    lines = []
    for release, title, year, kinds, roles, other_kinds, other_roles in rows[:limit]:
        pair = _ways(kinds, roles), _ways(other_kinds, other_roles)
        mine, theirs = reversed(pair) if turned else pair
        record = named("release", release, title)
        lines.append(CreditLine(told.person, record, year, mine, theirs, 1, record.url or "", release))
    following = None
    if len(rows) > limit:
        following = f"{rows[limit - 1][2] or 0}.{rows[limit - 1][0]}"
    elif min(counts) >= _LOOKED_THROUGH:
        ((seen, count),) = connection.execute(_sql.seen, values).fetchall()
        if count >= _LOOKED_THROUGH:
            following = f"{seen[0]}.{seen[1]}"
    return replace(
        told, question="together", lines=lines, next=following, partial=following is not None and len(rows) <= limit
    )


def _most(
    connection: Connection, told: Credits, role: RoleAsked, years: tuple[int, int] | None, limit: int, first: int
) -> Credits:
    if years is None:
        asked = {"role": role.key, "kept": _KEPT, "limit": limit + 1, "first": first}
        rows = connection.execute(_sql.most, asked).fetchall()
        names = _names(connection, {number: name for number, name, _ in rows[:limit]})
        lines = [_person(number, names[number], count, role, None) for number, _, count in rows[:limit]]
        return replace(told, question="most", lines=lines, next=_behind(rows, limit, first))
    asked = {"role": role.key, "kept": _KEPT, "limit": _KEPT, "first": 0}
    rows = connection.execute(_sql.most, asked).fetchall()
    counted, is_partial = _within(connection, rows, role, years, max(first + limit + 1, _COUNTED))
    page = counted[first : first + limit]
    own_names = {number: name for number, name, _ in rows}
    names = _names(connection, {number: own_names[number] for number, _ in page})
    lines = [_person(number, names[number], count, role, years) for number, count in page]
    following = str(first + limit) if len(counted) > first + limit else None
    return replace(told, question="most", lines=lines, next=following, partial=is_partial)


def _within(
    connection: Connection,
    rows: Sequence[tuple[int, str | None, int]],
    role: RoleAsked,
    years: tuple[int, int],
    wanted: int,
) -> tuple[list[tuple[int, int]], bool]:
    """Who has a role most often within some years, so many of them, and whether others may be among these.

    Nobody has it within years more often than at all: those who have it less often than the last one are not counted.
    """
    counted: dict[int, int] = {}
    deadline = time.monotonic() + BUDGET_S
    values = {"first_year": years[0], "last_year": years[1], "mask": role.mask, "name": role.role}
    for begin in range(0, len(rows), _AT_ONCE):
        some = rows[begin : begin + _AT_ONCE]
        best = sorted(counted.values(), reverse=True)
        if len(best) >= wanted and best[wanted - 1] >= some[0][2]:
            return _ordered(counted), False
        if time.monotonic() > deadline:
            return _ordered(counted), True
        counted |= dict(connection.execute(_sql.within_years, {**values, "ids": [row[0] for row in some]}).fetchall())
    best = sorted(counted.values(), reverse=True)
    are_all = len(rows) < _KEPT or (len(best) >= wanted and best[wanted - 1] >= rows[-1][2])
    return _ordered(counted), not are_all


def _ordered(counted: dict[int, int]) -> list[tuple[int, int]]:
    return sorted(counted.items(), key=lambda one: (-one[1], one[0]))


def _as_credited(connection: Connection, found: Credits) -> Credits:
    """An answer with the names that the releases of its lines print, or without them where time runs out."""
    releases = {line.release for line in found.lines if line.release}
    if not releases:
        return found
    printed = printed_names(connection, releases, BUDGET_S, as_artists=found.question == "together")
    if printed is None:
        return replace(found, partial=True)
    other = found.other if found.question == "together" else None
    lines = [
        replace(
            line,
            credited_as=_other_names(printed, line.release, line.who),
            others_credited_as=_other_names(printed, line.release, other),
        )
        for line in found.lines
    ]
    return replace(found, lines=lines)


def _other_names(printed: Printed, release: int | None, who: Named | None) -> list[str]:
    if who is None or who.id is None or release is None:
        return []
    return [name for name in printed.get((release, who.id), ()) if name != who.text]


def _names(connection: Connection, own_names: dict[int, str | None]) -> dict[int, str]:
    """The names of people: their own; where they have no document, as a release names them."""
    others = artist_names(connection, [number for number, name in own_names.items() if not name])
    return {number: name or others.get(number) or f"artist {number}" for number, name in own_names.items()}


def _person(number: int, name: str, count: int, role: RoleAsked, years: tuple[int, int] | None) -> CreditLine:
    asked = role.category or role.role or ""
    url = address(by=number, role=asked, years=f"{years[0]}..{years[1]}" if years else "")
    return CreditLine(named("artist", number, name), None, None, [asked], [], count, url)


def _links(connection: Connection, number: int) -> int:
    row = connection.execute(_sql.links, {"id": number, "most": 2 * _LOOKED_THROUGH}).fetchone()
    return row[0] if row else 0


def _ways(kinds: Iterable[int], roles: str | None) -> list[str]:
    """In which ways a release names somebody: its roles, and whether as an artist."""
    return [*(_WAYS[kind] for kind in kinds if kind < len(_WAYS)), *sorted(set(roles_in(roles)))]


def _roles(text: str | None, role: RoleAsked | None) -> list[str]:
    return _of_role(sorted(set(roles_in(text))), role)


def _of_role(roles: Iterable[str], role: RoleAsked | None) -> list[str]:
    """Of somebody's roles those that were asked for, first."""
    if role is None:
        return list(roles)
    asked = [one for one in roles if (category_of(one) == role.category if role.category else one == role.role)]
    return asked + [one for one in roles if one not in asked]


def _behind(rows: Sequence[object], limit: int, first: int) -> str | None:
    return str(first + limit) if len(rows) > limit else None


def _offset(cursor: str | None) -> int:
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 9 and int(cursor) <= _DEEPEST):
        raise _no_cursor(cursor)
    return int(cursor)


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    year, _, release = cursor.partition(".")
    if not all(text.isascii() and text.isdigit() and len(text) < 19 for text in (year, release)):
        raise _no_cursor(cursor)
    return Place(min(int(year), _ALL_YEARS[1]), int(release))


def _no_cursor(cursor: str) -> RefusedError:
    return RefusedError(f"{cursor[:60]!r} is no cursor: give `next` of the page before, or none to begin.")
