"""What proves who somebody is, is not shown."""

from __future__ import annotations

import pytest

from functions.runtime.errors import SettingError, SourceError, StoreUnavailable
from functions.runtime.masking import mask
from functions.runtime.settings import Settings, read_settings
from functions.runtime.telemetry.logs import secrets_of


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:pw@host/dumps/", "https://***@host/dumps/"),
        ("https://me:p@w:1@host:8080/", "https://***@host:8080/"),
        ("https://me:p/w@host/", "https://***@host/"),
        ("redis://:pw@host:1/0 and amqp://me:pw@host", "redis://***@host:1/0 and amqp://***@host"),
        ("https://token@host/x", "https://***@host/x"),
        ('"https://me:pw@host"', '"https://***@host"'),
        (
            "s3://bucket/dumps?X-Amz-Credential=AK%2F1&X-Amz-Signature=abc0",
            "s3://bucket/dumps?X-Amz-Credential=***&X-Amz-Signature=***",
        ),
        (
            "https://host/?sig=a%2Fb&download=data%2F2026&prefix=x is not there (404).",
            "https://host/?sig=***&download=data%2F2026&prefix=x is not there (404).",
        ),
        ("https://host/a@b.xml", "https://host/a@b.xml"),
        ("https://host:80/a", "https://host:80/a"),
        ("me@host, a/b?c, x://y", "me@host, a/b?c, x://y"),
    ],
)
def test_addresses_are_shown_without_what_is_secret_in_them(text: str, shown: str) -> None:
    assert mask(text) == shown
    assert mask(shown) == shown


@pytest.mark.parametrize("kind", [SourceError, StoreUnavailable, SettingError])
def test_no_error_of_ours_holds_a_password(kind: type[Exception]) -> None:
    error = kind("https://me:hush@host/x?sig=hush is not there (404).")
    assert "hush" not in f"{error!s} {error!r} {error.args}"


def test_a_setting_that_cannot_be_used_is_not_repeated_when_it_may_hold_a_password() -> None:
    with pytest.raises(SettingError) as refused:
        read_settings({"LINERNOTES_HOME": "/nowhere", "LINERNOTES_SITE": "ftp://me:hu/sh@host/"})
    assert "LINERNOTES_SITE" in str(refused.value)
    assert "sh" not in str(refused.value).replace("https", "")


def test_passwords_of_addresses_are_known_as_written_and_as_meant() -> None:
    settings = Settings(home="/x", site_url="https://me:hush%2Fhush@host/", check_source="http://[broken@x")
    assert secrets_of(settings) == {"hush%2Fhush", "hush/hush"}
