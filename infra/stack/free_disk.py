"""Room on the disk: without it nothing is started, and what ends is not waited for as long."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from functions.runtime.errors import RefusedError
from infra.stack.home import Home

#: Bytes without which no process is started: a segment of PostgreSQL's log has 16 MB, and its recovery may need three.
LEAST_FREE = 64_000_000
#: Bytes that the servers of a new home take before anything is loaded, and some to work with.
NEW_STACK = 300_000_000


def shortage(folders: Iterable[Path], needed: int = LEAST_FREE) -> str:
    """What is missing on the first disk that has too little room for these folders; empty where all have enough."""
    for folder in folders:
        free = shutil.disk_usage(_existing(folder)).free
        if free < needed:
            return f"{needed / 1e6:,.0f} MB of disk are needed in {folder}, and {free / 1e6:,.0f} MB are free"
    return ""


def refuse_full_disk(path: Path) -> None:
    """Refuse to start the stack of a home that its disk cannot hold.

    Raises:
        RefusedError: there is too little room; the sentence says how much is free and needed.
    """
    home = Home(path.absolute())
    missing = shortage([home.path], LEAST_FREE if home.connections.exists() else NEW_STACK)
    if missing:
        raise RefusedError(f"{missing}: make room, or move LINERNOTES_HOME.")


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())
