"""Links back to where somebody was: path and query as they were, and never another host."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from litestar import Request
from litestar.testing import RequestFactory

from gateway.pages.places import LONGEST_THEN, SIGN_IN, place_of, sign_in_from
from gateway.pages.sign_in import _path


def asked(path: str, query: bytes = b"", method: str = "GET", referer: str = "") -> Request[Any, Any, Any]:
    request = RequestFactory().get("/", headers={"referer": referer} if referer else {})
    scope: dict[str, Any] = request.scope  # type: ignore[assignment]
    scope.update(path=path, query_string=query, method=method)
    return request


def then_of(address: str) -> str:
    return parse_qs(urlsplit(address).query).get("then", ["/"])[0]


@pytest.mark.parametrize(
    ("path", "query", "place"),
    [
        ("/search", b"q=a%26b+c&type=artist&type=label", "/search?q=a%26b+c&type=artist&type=label"),
        ("/artist/45/坂本?", b"", "/artist/45/%E5%9D%82%E6%9C%AC%3F"),
        ("/style/50%", b"x=%zz", "/style/50%25?x=%zz"),
        ("/search", 'q="ö" <b>'.encode(), "/search?q=%22%C3%B6%22%20%3Cb%3E"),
        ("//evil.example/", b"", "/evil.example/"),
        ("/\\evil.example", b"", "/%5Cevil.example"),
    ],
)
def test_a_sign_in_leads_back_to_what_was_asked_for(path: str, query: bytes, place: str) -> None:
    assert place_of(asked(path, query)) == place
    assert then_of(sign_in_from(place)) == place == _path(place)


@pytest.mark.parametrize(
    ("referer", "place"),
    [
        ("http://here/operations/runs?a=1%202&b=%C3%B6", "/operations/runs?a=1%202&b=%C3%B6"),
        ("http://here", "/"),
        ("http://here//evil.example", "/evil.example"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_who_has_sent_something_is_led_back_to_its_form(referer: str, place: str) -> None:
    assert place_of(asked("/operations/do/pause", method="POST", referer=referer)) == place


def test_a_sign_in_leads_no_further_than_an_address_may_be_long() -> None:
    long = f"/search?q={'x' * LONGEST_THEN}"
    assert then_of(sign_in_from(long)) == "/search"
    assert then_of(sign_in_from("/search?q=%20%20%20%20", most=25)) == "/search"
    assert sign_in_from(f"/{'x' * LONGEST_THEN}") == SIGN_IN
    for place in ("/", "/enter?token=lntoken_1_2", "/leave", "/operations/do/pause"):
        assert sign_in_from(place) == SIGN_IN
