"""Two functions whose behaviour the tests choose, and the process that runs them.

The context is a folder. `<part>.plan` in it holds the name of what to do with that part; without it the part is noted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from functions.runtime.errors import PermanentError, RunGone, StoreUnavailable, TransientError
from functions.runtime.function_table import FunctionSpec, FunctionTable
from functions.runtime.messages import Finish, LoadTable, Message
from functions.runtime.messaging.retry_policy import Hooks, Retry
from functions.runtime.process.worker import run_worker
from functions.runtime.settings import Settings, read_settings

_RAISED: Final[dict[str, Exception]] = {
    "permanent": PermanentError("This cannot be loaded."),
    "emptied": RunGone("The ledger has no run 1: it was reset since."),
    "transient": TransientError("The store is away."),
    "mistake": ZeroDivisionError("oh"),
}


def load_table(context: Path, message: LoadTable) -> Iterator[Message]:
    """Do what the plan of the part says."""
    plan = context / f"{message.part}.plan"
    note(context, f"begun-{message.part}")
    match plan.read_text() if plan.exists() else "note":
        case error if error in _RAISED:
            raise _RAISED[error]
        case "away until it is back" if not (context / "back").exists():
            raise StoreUnavailable("The store does not answer.")
        case "wait":
            wait_for(context / "go")
        case "hold":
            wait_for(context / "release")
        case "wait, then fail once":
            wait_for(context / "go")
            plan.unlink()
            raise TransientError("The store was away.")
        case "fail once":
            plan.unlink()
            raise TransientError("The store was away.")
        case "then finish":
            yield Finish(run=message.run)
        case _:
            pass
    note(context, f"done-{message.part}")


def finish(context: Path, message: Finish) -> None:
    """Note it, or run over the time limit if the plan says so."""
    note(context, f"begun-{message.run}")
    if (context / "slow.plan").exists():
        (context / "slow.plan").unlink()
        for _ in range(100):
            time.sleep(0.1)
    note(context, f"finished-{message.run}")


def note(folder: Path, line: str) -> None:
    with (folder / "notes").open("a") as notes:
        notes.write(f"{line}\n")


def note_death(folder: Path, message: Message, error: BaseException) -> None:
    note(folder, f"dead-{getattr(message, 'part', '')}")


def note_retry(folder: Path, message: Message, retry: Retry) -> None:
    assert retry.seconds > 0
    note(folder, f"back-later-{getattr(message, 'part', '')}")


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.02)


@contextmanager
def open_folder(settings: Settings, functions: FunctionTable, *, graph: bool) -> Iterator[Path]:
    yield Path(settings.home)


def main() -> int:
    module = "tests.integration.broker.functions"
    table = FunctionTable(
        [
            FunctionSpec(message=LoadTable, module=module, after=None, takes="parsed"),
            FunctionSpec(message=Finish, module=module, after="load-table", time_limit_s=1),
        ]
    )
    hooks = Hooks(on_dead=note_death, on_retry=note_retry)
    return run_worker(
        sys.argv[1], read_settings(), table, hooks=hooks, open_context=open_folder, grace=float(sys.argv[2])
    )


if __name__ == "__main__":
    sys.exit(main())
