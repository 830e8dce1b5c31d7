"""Which pieces in quarantine are meant, and how their bytes are shown."""

from __future__ import annotations

import datetime as dt

import pytest

from functions.extract.records.quarantine_filter import PieceFilter, retried, retry_source
from functions.operations.quarantine_list import as_text


@pytest.mark.parametrize(
    "wanted",
    [
        PieceFilter(),
        PieceFilter(number=12),
        PieceFilter(entity="releases", reason="no-id", run=3, record=2**63 - 1, text="a=b&c 坂 %41"),
        PieceFilter(dump=dt.date(2026, 4, 1), since=dt.datetime(2026, 4, 1, 6, tzinfo=dt.UTC)),
    ],
)
def test_the_source_of_a_run_says_which_pieces_it_parses_again(wanted: PieceFilter) -> None:
    assert retried(retry_source(wanted)) == wanted


def test_the_source_of_a_run_of_an_earlier_version_is_understood() -> None:
    assert retried("quarantine 12") == PieceFilter(number=12)
    assert retried("quarantine") == PieceFilter()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        ("坂本龍一".encode(), "坂本龍一"),
        ("坂本".encode()[:-1], "坂"),
        (b"<a>\xff</a>\n", "<a>\\xff</a>\n"),
        (b"\x00\x1b[31m\x9b", "\\x00\\x1b[31m\\x9b"),
        ("\u202eevil".encode(), "\\u202eevil"),
    ],
)
def test_bytes_of_a_piece_are_text_that_does_no_harm(data: bytes, text: str) -> None:
    assert as_text(data) == text
