"""Keys for tests that ask the gateway for more than reading.

`headers_of(settings, "operate")` makes a key with that right in the stores of these settings, whose migrations have
been applied, and returns the header that shows it: `client.post("/api/…", headers=headers_of(settings, "operate"))`.
Whoever shows a key needs no `Origin`.
"""

from __future__ import annotations

import uuid

import psycopg

from functions.access.keys import make_key
from functions.access.rights import Right
from functions.access.sessions import make_token
from functions.runtime.settings import Settings
from functions.runtime.stores.context import postgres_conninfo


def key_of(settings: Settings, right: Right, name: str = "", days: int | None = None) -> str:
    """A new key."""
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        _, text = make_key(connection, name or f"test-{uuid.uuid4().hex[:8]}", right, by="cli:test", days=days)
    return text


def headers_of(settings: Settings, right: Right) -> dict[str, str]:
    """The header that shows a new key."""
    return shown(key_of(settings, right))


def shown(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {key}"}


def token_of(settings: Settings, right: Right = "admin") -> str:
    """A new one-time token."""
    with psycopg.connect(postgres_conninfo(settings)) as connection:
        return make_token(connection, right, by="cli:test")
