"""What a dump holds is printed as it is: neither brackets nor control characters mean anything to the terminal."""

from __future__ import annotations

import datetime as dt

import pytest

from functions.runtime.errors import SourceError
from infra.cli import output


@pytest.mark.parametrize("text", ["[/b]", "[red]", "[bold]x", "[a=Foo]", "[link=http://x]y[/link]", ":smile:", "a\\"])
def test_brackets_of_a_record_are_no_markup(capsys, text):
    output.notify(f"as in {text}")
    output.note(("problem", "yellow"), f": {text}")
    output.print_error(SourceError(text))
    printed = capsys.readouterr()
    assert printed.out == f"as in {text}\n"
    assert printed.err == f"problem: {text}\nerror: {text}\n"


def test_control_characters_are_written_out():
    assert output.printable("a\x1b[31mb\x9bc\x00\r") == "a\\x1b[31mb\\x9bc\\x00\\r"
    assert output.printable("turned \u202eabc") == "turned \\u202eabc"
    assert output.printable("tab\tand line\n坂本") == "tab\tand line\n坂本"


def test_the_quarantine_is_listed_whatever_its_pieces_say(capsys, monkeypatch):
    from functions.extract.records.quarantine import Piece
    from infra.cli import quarantine

    now = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
    piece = Piece(1, now.date(), "releases", 315, "bad-number", "'[/b]' \x1b is no number", 90, 1, now)
    quarantine._print_list([piece])
    assert "'[/b]' \\x1b is no number" in capsys.readouterr().out
