"""Random passwords of the servers, and what cookies are signed with: made once, in a file that only its owner reads."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from infra.stack.home import Home, read_json, write_json

#: Servers that have one.
WITH_PASSWORD = ("graph", "broker", "cache", "postgres")


#: What the gateway signs cookies with.
SESSIONS = "sessions"

#: Users of PostgreSQL that the gateway works as, by the names of their passwords.
ROLES = {"postgres_reader": "reader", "postgres_actor": "actor"}


def settle_passwords(home: Home, names: Iterable[str]) -> dict[str, str]:
    """The password of each of these names, made for those that have none yet."""
    known: dict[str, str] = read_json(home.passwords)
    missing = {name: secrets.token_urlsafe(24) for name in names if name not in known}
    if missing:
        write_json(home.passwords, {**known, **missing})
    return {**known, **missing}
