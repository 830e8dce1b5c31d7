"""The role that somebody means: a role of the credits, a category of them, or those nearest to what was written."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from msgspec import Struct

from functions.discover.release_links.read import Connection
from functions.discover.release_links.role_categories import CATEGORIES, Category, bit_of, category_of
from functions.release_links.role_categories import KNOWN_ROLES
from functions.runtime.stores.query_files import statements

_sql = statements(__file__, "credits.sql")

#: Roles that are shown instead of one that nobody has.
_NEAREST: Final = 8
_LIKENESS: Final = 0.6

#: What people say for a category, beside its name.
_SAID: Final[dict[str, Category]] = {
    "bass": "bass",
    "singing": "vocals",
    "sang": "vocals",
    "vocal": "vocals",
    "mixing": "engineering",
    "photography": "design",
    "instruments": "other instruments",
    "instrument": "other instruments",
    "keys": "keyboards",
    "wrote": "writing",
    "produced": "production",
    "mastered": "mastering",
    "remixed": "remix",
    "engineered": "engineering",
}


class RoleAsked(Struct, frozen=True):
    """What a text was taken for. `role` is None where it is a category, both are None where nobody has such a role.

    `nearest` are roles that somebody has, for whoever meant another one; of a category those of it.
    """

    text: str
    role: str | None
    category: Category | None
    nearest: list[str]

    @property
    def is_known(self) -> bool:
        """Whether anybody has it."""
        return self.role is not None or self.category is not None

    @property
    def key(self) -> str:
        """As it stands in the table of who has a role most."""
        return f"#{CATEGORIES.index(self.category)}" if self.category else self.role or ""

    @property
    def mask(self) -> int:
        """The bit of its category, 0 for a role."""
        return bit_of(self.category) if self.category else 0


def role_asked(connection: Connection, text: str) -> RoleAsked:
    """What a text is: a role as it is written in credits, a category, else nothing, with the nearest roles.

    `bass` is all that is played on one; `Bass`, with its capital, is the role of that name alone.
    """
    plain = " ".join(text.split())
    category = next((one for one in CATEGORIES if one == plain), _SAID.get(plain))
    if category:
        return RoleAsked(plain, None, category, _of_category(connection, category))
    written = KNOWN_ROLES.get(plain.casefold(), plain)
    for role in dict.fromkeys((plain, written)):
        if _there(connection, [role]):
            return RoleAsked(plain, role, None, [])
    folded = plain.casefold()
    if folded in CATEGORIES or folded in _SAID:
        return RoleAsked(plain, None, next((one for one in CATEGORIES if one == folded), _SAID.get(folded)), [])
    return RoleAsked(plain, None, None, _nearest(connection, plain))


def _of_category(connection: Connection, category: Category) -> list[str]:
    return _there(connection, [role for role in KNOWN_ROLES.values() if category_of(role) == category])[:_NEAREST]


def _nearest(connection: Connection, text: str) -> list[str]:
    folded = text.casefold()
    begin = f"{folded[:1].upper()}{folded[1:]}"
    begun = [role for (role,) in connection.execute(_sql.roles_from, {"text": begin, "most": _NEAREST})]
    like = get_close_matches(folded, KNOWN_ROLES, 3 * _NEAREST, _LIKENESS)
    within = [name for name in KNOWN_ROLES if len(folded) > 2 and folded in name.split()]
    wanted = dict.fromkeys([*begun, *(KNOWN_ROLES[name] for name in [*like, *within])])
    return _there(connection, list(wanted))[:_NEAREST]


def _there(connection: Connection, roles: list[str]) -> list[str]:
    return [role for (role,) in connection.execute(_sql.roles_there, {"roles": roles})]
