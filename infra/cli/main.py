"""`linernotes`: the commands, and how their errors end."""

from __future__ import annotations

import importlib
import sys
import traceback
from types import TracebackType

import typer

from functions.runtime.errors import LinernotesError, SettingError
from functions.runtime.masking import mask
from infra.cli.output import print_error
from infra.stack.programs import use_safe_environment

_COMMANDS = (
    "stack",
    "dump",
    "runs",
    "quarantine",
    "dead_letters",
    "changes",
    "backup",
    "synth",
    "process",
    "bench",
)

app = typer.Typer(
    name="linernotes",
    help="The monthly Discogs dumps as a music graph and a document store, kept true every month.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def add_commands(names: tuple[str, ...]) -> None:
    """Add the commands of these modules."""
    for name in names:
        importlib.import_module(f"infra.cli.{name}").register(app)


def main() -> None:
    """Run a command: exit code 0 when it did what was asked, 1 when not, 2 for a wrong option or setting."""
    use_safe_environment()
    sys.excepthook = _say_unexpected
    try:
        # A worker starts in half the time and memory without the code of all other commands.
        add_commands(("process",) if sys.argv[1:2] == ["run"] else _COMMANDS)
        app()
    except SettingError as error:
        _end(error, 2)
    except LinernotesError as error:
        _end(error, 1)
    except KeyboardInterrupt:
        sys.exit(130)


def _say_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python would print of an error that nobody expected, without passwords of addresses."""
    sys.stderr.write(mask("".join(traceback.format_exception(kind, error, trace))))


def _end(error: LinernotesError, code: int) -> None:
    print_error(error)
    sys.exit(code)


if __name__ == "__main__":
    main()
