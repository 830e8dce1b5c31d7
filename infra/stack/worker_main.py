"""A worker of the embedded stack: `linernotes run worker`, without what only a command line needs."""

from __future__ import annotations

import sys

from functions.registry import FUNCTIONS
from functions.runtime.errors import SettingError
from functions.runtime.ledger.dead_letter_hook import hooks
from functions.runtime.process.worker import run_worker
from functions.runtime.settings import read_settings
from infra.stack.programs import use_safe_environment

_USAGE = 2


def main(name: str) -> int:
    """Work for a function until told to stop; return the exit code."""
    use_safe_environment()
    try:
        return run_worker(name, read_settings(), FUNCTIONS, hooks=hooks())
    except SettingError as error:
        print(error, file=sys.stderr)
        return _USAGE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
