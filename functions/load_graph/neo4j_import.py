"""Handing files to a Neo4j of the embedded stack, which fills its database from them: see `Neo4jServer.java`."""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from functions.runtime.errors import PermanentError, StoreUnavailable

#: In the place of arguments: the database shall be empty.
_NOTHING = "nothing"
_POLL_INTERVAL_S = 0.05
_ASK_EVERY_S = 5.0
#: The server touches the marker every second while it works; it may have to be started again first.
TIMEOUT_S = 300.0
#: Characters of what the importer wrote that an error repeats, of its beginning and of its end.
_HEAD, _TAIL = 300, 1_500


def clear(root: Path) -> None:
    """Remove whatever was handed over: a server that is at work on it gives it up, and is empty then."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in [*root.glob("*.ready"), *root.iterdir()]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def hand_over(folder: Path, arguments: list[str], still_wanted: Callable[[], None]) -> None:
    """Have the database filled from the files of a folder, and wait for it. The server is down meanwhile.

    Args:
        folder: it lies where the server looks.
        arguments: for the importer.
        still_wanted: called now and then; what it raises ends the waiting.

    Raises:
        StoreUnavailable: the server does not take it up.
        PermanentError: it cannot be filled from these files.
    """
    (folder / "arguments").write_text("".join(f"{argument}\n" for argument in arguments), encoding="utf-8")
    marker, result = folder.with_name(f"{folder.name}.ready"), folder.with_name(f"{folder.name}.result")
    marker.touch()
    _await(marker, result, still_wanted)
    outcome = result.read_text(encoding="utf-8")
    if outcome != "ok":
        raise PermanentError(
            f"The graph server could not be filled from the files of this run: {_reason(folder, outcome)} "
            "Mend the cause (is the disk full?) and run `linernotes dead-letters requeue`."
        )


def hand_over_nothing(root: Path) -> None:
    """Have the database replaced by an empty one, and wait for it. The server is down meanwhile.

    Raises:
        StoreUnavailable: the server does not take it up.
        PermanentError: its files cannot be removed.
    """
    folder = root / uuid.uuid4().hex
    folder.mkdir(mode=0o700)
    try:
        hand_over(folder, [_NOTHING], _wanted)
    finally:
        clear(root)


def _wanted() -> None:
    """It always is."""


def _await(marker: Path, result: Path, still_wanted: Callable[[], None]) -> None:
    touched, since, asked = 0.0, time.monotonic(), time.monotonic()
    while not result.exists():
        now = time.monotonic()
        if (found := _touched(marker)) != touched:
            touched, since = found, now
        if now - since > TIMEOUT_S:
            raise StoreUnavailable(f"The graph server has done nothing about its import for {TIMEOUT_S:g} s.")
        if now - asked > _ASK_EVERY_S:
            still_wanted()
            asked = now
        time.sleep(_POLL_INTERVAL_S)


def _touched(marker: Path) -> float:
    try:
        return marker.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _reason(folder: Path, outcome: str) -> str:
    """What the server said, and the ends of what its importer wrote."""
    said = [outcome.partition("\n")[2]]
    for name in ("import.log", "import.report"):
        path = folder / name
        if path.exists():
            said += _ends(path.read_text(encoding="utf-8", errors="replace"))
    return " ".join(" ".join(said).split())


def _ends(content: str) -> list[str]:
    return [content] if len(content) <= _HEAD + _TAIL else [content[:_HEAD], "…", content[-_TAIL:]]
