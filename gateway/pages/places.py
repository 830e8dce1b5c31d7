"""Where whoever asks is: an address of ours that a link, or a sign-in, leads back to."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote, urlsplit

from litestar import Request

AnyRequest = Request[Any, Any, Any]

SIGN_IN: Final = "/enter"
#: Characters of the longest address that a sign-in leads to.
LONGEST_THEN: Final = 2_000

#: Nobody is led back there: what it does is over.
_NO_PLACES: Final = (SIGN_IN, "/leave", "/operations/do/")
#: Signs of an address that stay as they are; what is encoded already has a percent sign.
_OF_PATHS: Final = "/!$&'()*+,:;=@"
_OF_QUERIES: Final = f"{_OF_PATHS}?%"


def place_of(request: AnyRequest) -> str:
    """What was asked for, with its query; of what was sent, the page of ours that its form was on."""
    if request.method == "GET":
        return _address(request.url.path, request.scope["query_string"])
    try:
        came = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # its host cannot be read
        return "/"
    return _address(came.path, came.query.encode(), _OF_QUERIES)


def sign_in_from(place: str, most: int = LONGEST_THEN) -> str:
    """Where to sign in, so that it leads back to a place; to its path alone where all of it is too long.

    Args:
        most: characters that the query of an address may have.
    """
    path = place.partition("?")[0]
    if path == "/" == place or path.startswith(_NO_PLACES):
        return SIGN_IN
    queries = (f"then={quote(then)}" for then in (place, path) if len(then) <= LONGEST_THEN)
    return next((f"{SIGN_IN}?{query}" for query in queries if len(query) <= most), SIGN_IN)


def _address(path: str, query: bytes, signs: str = _OF_PATHS) -> str:
    """The address of a path here: two slashes at its begin would name a host."""
    here = "/" + quote(path, safe=signs).lstrip("/")
    return f"{here}?{quote(query, safe=_OF_QUERIES)}" if query else here
