"""What a dump holds is printed as it is: neither brackets nor control characters mean anything to the terminal."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from rich.console import Console
from rich.table import Table

from functions.access.keys import Key
from functions.extract.records.quarantine import Piece
from functions.history.patch import Difference
from functions.history.read_changes import Change
from functions.operations.dead_letter_list import LetterView
from functions.operations.event_list import EventView
from functions.operations.schedule_list import ScheduleStatus
from functions.runtime.errors import SourceError
from infra.cli import changes, dead_letters, events, keys, output, quarantine, schedules, verify
from infra.verify.report import Difference as Differing
from infra.verify.report import Report


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


def report_of(difference: str) -> Report:
    differences = {"value": Differing(1, [difference])}
    return Report(dump="20260901", equal=False, differences=differences, checked={}, quirks={})


#: What rich would take for markup, or end at, and what would steer a terminal or cannot be printed.
ODD = "[b]x[/url] [/] :smile: \x1b[31m \udcff"
SHOWN = "[b]x[/url] [/] :smile: \\x1b[31m \\udcff"
NOW = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
PRINTED = {
    "quarantine": lambda: quarantine._print_list([Piece(1, NOW.date(), "releases", 315, "no-id", ODD, 90, 1, NOW)]),
    "dead letters": lambda: dead_letters._print_list(
        [(LetterView("1", None, "split", None, None, None, None, ODD, NOW, held=True), None)]
    ),
    "keys": lambda: output.console.print(keys._table([Key(1, ODD, "read", NOW, "cli:anna", None, None, None)])),
    "schedules": lambda: schedules._print_list([ScheduleStatus("check", ODD, "hourly", True)]),
    "changes": lambda: changes._print_change(
        Change("20260901", "artists", 1, "changed", [Difference(path=ODD, before=1, after=2)])
    ),
    "events": lambda: events._print([EventView(1, NOW, 1, "run-done", "info", ODD, ODD, {})], as_json=False),
    "verify": lambda: verify._print(report_of(ODD)),
}


@pytest.mark.parametrize("what", PRINTED)
def test_a_list_shows_texts_as_they_are(what, capsys, monkeypatch):
    monkeypatch.setattr(output.console, "_width", 200)
    PRINTED[what]()
    assert SHOWN in capsys.readouterr().out


def test_what_moves_on_a_terminal_shows_texts_as_they_are(monkeypatch):
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=200, markup=False, emoji=False)
    monkeypatch.setattr(output, "errors", terminal)
    with output.Bars(output.text_column("{task.description}"), transient=False) as bars:
        bars.add_task(ODD)
    with output.Spinner(ODD) as spinner:
        spinner.show(f"now {ODD}")
    assert screen.getvalue().count("[b]x[/url] [/] :smile:") >= 2
    assert f"now {SHOWN}" in screen.getvalue()


def test_bars_that_go_leave_nothing_where_there_is_no_terminal(capsys):
    with output.Bars(output.text_column("{task.description}")) as bars:
        bars.add_task("records")
    assert capsys.readouterr().err == ""


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


def test_what_reads_no_terminal_gets_a_line_for_each_row_and_each_difference(capsys):
    table = output.TextTable("who", "roles")
    table.add_texts("Björk", "Vocals (as Guðmundsdóttir)\nProducer")
    output.print_table(table)
    assert capsys.readouterr().out.splitlines()[1].split("  ")[1].strip() == "Vocals (as Guðmundsdóttir) / Producer"
    verify._print(report_of("artists 1: " + "long " * 100))
    assert [line.count("long") for line in capsys.readouterr().out.splitlines() if "long" in line] == [100]
