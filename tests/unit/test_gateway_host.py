"""Where the gateway listens is named for one start: what the home keeps of it is for the commands meanwhile."""

from __future__ import annotations

import pytest

from functions.runtime.settings import Settings
from infra.stack.up import as_named_now

LAST = {"gateway_host": "::1", "public_url": "https://music.example"}


def test_what_the_last_start_was_told_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINERNOTES_HOST", raising=False)
    monkeypatch.setenv("LINERNOTES_PUBLIC_URL", LAST["public_url"])
    named = as_named_now(Settings(home="/", gateway_host="::1", public_url=LAST["public_url"]), LAST)
    assert (named.gateway_host, named.public_url) == (Settings(home="/").gateway_host, LAST["public_url"])


def test_what_is_named_for_this_start_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINERNOTES_HOST", raising=False)
    assert as_named_now(Settings(home="/", gateway_host="127.0.0.2"), LAST).gateway_host == "127.0.0.2"
