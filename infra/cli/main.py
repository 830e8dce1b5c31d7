"""`linernotes`: the commands, and how their errors end."""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from collections.abc import Mapping
from importlib.metadata import version
from types import FrameType, TracebackType
from typing import Annotated

import typer

from functions.runtime.errors import LinernotesError, SettingError
from functions.runtime.masking import mask
from functions.runtime.named_places import place_error
from infra.cli.output import print_error
from infra.stack.programs import use_safe_environment

#: Where each command is, in the order of the help.
_COMMANDS: Mapping[str, str] = {
    **dict.fromkeys(("up", "down", "logs", "scale"), "stack"),
    "load": "load",
    "verify": "verify",
    **dict.fromkeys(("status", "pause", "unpause", "cancel", "resume", "rebuild", "reset"), "run_commands"),
    "quarantine": "quarantine",
    "dead-letters": "dead_letters",
    "events": "events",
    "schedules": "schedules",
    "deploy": "deploy",
    "show": "show",
    "lookup": "lookup",
    "credits": "credits",
    "search": "search",
    "changes": "changes",
    **dict.fromkeys(("backup", "restore"), "backup"),
    "secrets": "secrets",
    "keys": "keys",
    "suppress": "suppress",
    "open": "open_page",
    "synth": "synth",
    "run": "run_process",
    "bench": "bench",
}

app = typer.Typer(
    name="linernotes",
    help="The monthly Discogs dumps as a music graph and a document store, kept true every month.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


#: Words that ask for no command.
_VERSION_OPTIONS = ("--version", "-V")


def _print_version(wanted: bool) -> None:  # noqa: FBT001  typer calls it with the option's value
    if wanted:
        typer.echo(f"linernotes {version('linernotes')}")
        raise typer.Exit


@app.callback()
def _commands(
    _: Annotated[
        bool,
        typer.Option(*_VERSION_OPTIONS, is_eager=True, callback=_print_version, help="Say which version this is."),
    ] = False,
) -> None:
    """Without it, a module's only command would be taken for the program itself."""


def add_commands(name: str = "") -> None:
    """Add the commands of the module that has this one; all of them if there is none of that name.

    A command starts in half the time, and a worker in half the memory, without the code of all others.
    """
    if name in _VERSION_OPTIONS:
        return
    for module in dict.fromkeys([_COMMANDS[name]] if name in _COMMANDS else _COMMANDS.values()):
        importlib.import_module(f"infra.cli.{module}").register(app)


def main() -> None:
    """Run a command: exit code 0 when it did what was asked, 1 when not, 2 for a wrong option, setting or place.

    Ended by a signal it is 128 and the signal's number, and what it has started is ended with it.
    """
    sys.excepthook = _print_unexpected
    end_on_signals()
    try:
        use_safe_environment()
        add_commands(*sys.argv[1:2])
        app()
    except SettingError as error:
        _end(error, 2)
    except LinernotesError as error:
        _end(error, 1)
    except OSError as error:
        if (found := place_error(error)) is None:
            raise
        _end(found, 2)
    except UnicodeEncodeError:
        if (odd := next((word for word in sys.argv[1:] if not is_text(word)), None)) is None:
            raise
        _end(SettingError(f"{odd!r} is no text: it has bytes that are no UTF-8."), 2)
    except KeyboardInterrupt:
        sys.exit(130)


def is_text(word: str) -> bool:
    """Whether a word of the command line is one of UTF-8; the name of a file need not be."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def end_on_signals() -> None:
    """Have SIGTERM and SIGHUP end this process as Ctrl-C does: whatever has to be put away is. A long process that has
    handlers of its own sets them later. One that is started with `nohup` goes on.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)


def _leave(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # it was heard: a second one would interrupt the putting away
    sys.exit(128 + number)


def _print_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python would print of an error that nobody expected, without passwords of addresses."""
    sys.stderr.write(mask("".join(traceback.format_exception(kind, error, trace))))


def _end(error: LinernotesError, code: int) -> None:
    print_error(error)
    sys.exit(code)


if __name__ == "__main__":
    main()
