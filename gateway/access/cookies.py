"""The cookie of a session: the number of its row and when it ends, signed so that nobody can make one up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

from litestar.datastructures import Cookie
from msgspec import Struct

from functions.runtime.errors import SettingError

#: Characters of the shortest secret that signs.
LEAST_SECRET: Final = 32

_FORM: Final = re.compile(r"([1-9][0-9]{0,17})\.([1-9][0-9]{0,11})\.([A-Za-z0-9_-]{43})")


class Named(Struct, frozen=True):
    """The session that a cookie names, and the second since 1970 at which it ends."""

    session: int
    ends: int


class Cookies:
    """Signs cookies, and reads those that it or another gateway with the same secret has signed.

    Args:
        secret: of all gateways; empty: one is drawn, which nobody else has.

    Raises:
        SettingError: the secret is too short to be one.
    """

    def __init__(self, secret: str) -> None:
        if secret and len(secret) < LEAST_SECRET:
            raise SettingError(
                f"LINERNOTES_SESSION_SECRET is too short: draw one of {LEAST_SECRET} characters at least."
            )
        self._key = hashlib.sha256(f"linernotes session {secret or secrets.token_urlsafe(32)}".encode()).digest()
        #: A browser has one jar for all ports of a host: installations side by side have names of their own.
        self.name: Final = f"linernotes_{self._signature('name')[:8]}"

    def sign(self, named: Named) -> str:
        """The value of the cookie."""
        text = f"{named.session}.{named.ends}"
        return f"{text}.{self._signature(text)}"

    def read(self, value: str, now: float) -> Named | None:
        """The session that a value names; None where it was not signed with our secret, or is over."""
        found = _FORM.fullmatch(value)
        if found is None or not hmac.compare_digest(found[3], self._signature(f"{found[1]}.{found[2]}")):
            return None
        named = Named(int(found[1]), int(found[2]))
        return named if named.ends > now else None

    def given(self, named: Named, now: float, *, secure: bool) -> Cookie:
        """The cookie that a browser is given."""
        return self._cookie(self.sign(named), max(0, int(named.ends - now)), secure=secure)

    def taken(self, *, secure: bool) -> Cookie:
        """What has a browser throw its cookie away."""
        return self._cookie("", 0, secure=secure)

    def seal(self, content: bytes) -> str:
        """Content as the value of another cookie: whoever sets cookies of this host beside us cannot make one up."""
        text = _text(content)
        return f"{text}.{self._signature(f'sealed {text}')}"

    def unseal(self, value: str) -> bytes | None:
        """The content of a value; None where it was not sealed with our secret."""
        text, _, signature = value.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(f"sealed {text}").encode()):
            return None
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    def _cookie(self, value: str, max_age: int, *, secure: bool) -> Cookie:
        return Cookie(
            self.name, value=value, max_age=max_age, path="/", httponly=True, samesite="strict", secure=secure
        )

    def _signature(self, text: str) -> str:
        return _text(hmac.digest(self._key, text.encode(), hashlib.sha256))


def _text(content: bytes) -> str:
    """Content in characters that may stand in a cookie."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
