"""What a dump holds is printed as it is: neither brackets nor control characters mean anything to the terminal."""

from __future__ import annotations

import datetime as dt

import pytest
from rich.console import Console
from rich.table import Table

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


@pytest.mark.parametrize("width", [30, 80, 120])
@pytest.mark.parametrize("terminal", [True, False])
def test_no_number_of_a_table_is_cut_however_narrow_the_terminal(capsys, monkeypatch, width, terminal):
    shown = Console(width=width, force_terminal=terminal, no_color=True, highlight=False, markup=False, emoji=False)
    monkeypatch.setattr(output, "console", shown)
    table = Table("run", "state", "bulk", *(f"figure {name}" for name in "abcdef"), box=None)
    figures = [f"{10**9 + number:,}" for number in range(6)]
    table.add_row("7", "done", "", *figures)
    table.add_row("8", "[b]", "table, graph", *figures)
    output.print_table(table)
    printed = capsys.readouterr().out
    assert all(printed.count(figure) == 2 for figure in figures)
    assert "[b]" in printed
    assert "…" not in printed
    if not terminal:
        assert len(printed.splitlines()) == 3


def test_an_empty_table_is_a_sentence(capsys):
    output.print_table("There are no keys.")
    assert capsys.readouterr().out == "There are no keys.\n"
