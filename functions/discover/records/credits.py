"""Credits of a release or a track by what was done: `Producer [Additional], Mixed By` are two roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from functions.discover.records.names import Named, named
from functions.discover.release_links.role_categories import CATEGORIES, Category, category_of
from functions.extract.records.record import Credit


class CreditedName(Struct, frozen=True, omit_defaults=True):
    """Whom a role names; `tracks` are those that it is for, as the record says it."""

    who: Named
    tracks: str | None = None


class RoleCredits(Struct, frozen=True):
    """A role with its note, as `Producer [Additional]`, and whom it names."""

    role: str
    names: list[CreditedName]


class CreditGroup(Struct, frozen=True):
    """The roles of a category, as `mastering`, in the order of the record."""

    category: Category
    roles: list[RoleCredits]


def by_category(written: Iterable[Credit] | None) -> list[CreditGroup]:
    """Credits by the categories of their roles, in the order of the categories."""
    found: dict[Category, list[RoleCredits]] = {}
    for one in by_role(written):
        found.setdefault(category_of(one.role), []).append(one)
    return [CreditGroup(category, found[category]) for category in CATEGORIES if category in found]


def by_role(written: Iterable[Credit] | None) -> list[RoleCredits]:
    """Credits by their roles, in the order of the record; one without a role is of the role `Credited`."""
    found: dict[str, list[CreditedName]] = {}
    for credit in written or ():
        who = CreditedName(named("artist", credit.id, credit.name, credit.anv), credit.tracks)
        for role in dict.fromkeys(roles_with_notes(credit.role)):
            found.setdefault(role, []).append(who)
    return [RoleCredits(role, names) for role, names in found.items()]


def roles_with_notes(text: str | None) -> list[str]:
    """The roles of a credit with their notes, cut at commas outside of brackets."""
    return [role for piece in _pieces(text or "") if (role := piece.strip())] or ["Credited"]


def _pieces(text: str) -> Iterator[str]:
    depth, begin = 0, 0
    for place, character in enumerate(text):
        if character == "[":
            depth += 1
        elif character == "]":
            depth = max(0, depth - 1)
        elif character == "," and not depth:
            yield text[begin:place]
            begin = place + 1
    yield text[begin:]
