"""The form of keys and one-time tokens: what it is, its number, and 256 random bits, as in `lnkey_12_…`."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Final, Literal

from msgspec import Struct

Kind = Literal["key", "token"]

_BYTES: Final = 32
_FORM: Final = re.compile(r"ln(key|token)_([1-9][0-9]{0,17})_([A-Za-z0-9_-]{43})")


class Credential(Struct, frozen=True):
    """A key or token that somebody shows: the number of its row, and its secret."""

    kind: Kind
    id: int
    secret: str


def draw_secret() -> str:
    """256 random bits, in 43 characters that need no escape in addresses and headers."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> bytes:
    """What is stored of a secret: its SHA-256."""
    return hashlib.sha256(secret.encode()).digest()


def written(kind: Kind, number: int, secret: str) -> str:
    """How a person is given it."""
    return f"ln{kind}_{number}_{secret}"


def parse(text: str, kind: Kind) -> Credential | None:
    """What a text shows; None where it has not the form of this kind."""
    found = _FORM.fullmatch(text)
    return Credential(kind, int(found[2]), found[3]) if found and found[1] == kind else None


def matches(shown: Credential, stored: bytes | None) -> bool:
    """Whether the secret is the one whose digest is stored, compared in a time that tells nothing of it."""
    return hmac.compare_digest(digest(shown.secret), stored or b"")
