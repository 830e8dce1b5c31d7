"""Random passwords of the servers, and what cookies are signed with: made once, in a file that only its owner reads."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

import msgspec

from functions.runtime.errors import RefusedError
from infra.stack.home import Home, write_json

#: Servers that have one.
WITH_PASSWORD = ("graph", "broker", "cache", "postgres")


#: What the gateway signs cookies with.
SESSIONS = "sessions"

#: Users of PostgreSQL that the gateway works as, by the names of their passwords.
ROLES = {"postgres_reader": "reader", "postgres_actor": "actor"}


def settle_passwords(home: Home, names: Iterable[str]) -> dict[str, str]:
    """The password of each of these names, made for those that have none yet.

    Raises:
        RefusedError: the file is there and cannot be read: with new ones, no server would let anybody in.
    """
    known = _known(home)
    missing = {name: secrets.token_urlsafe(24) for name in names if name not in known}
    if missing:
        write_json(home.passwords, {**known, **missing})
    return {**known, **missing}


def _known(home: Home) -> dict[str, str]:
    try:
        return msgspec.json.decode(home.passwords.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise RefusedError(
            f"{home.passwords} cannot be read ({error}): mend it, or bring it back from a copy. The servers of "
            f"{home.path} take no other passwords."
        ) from error
