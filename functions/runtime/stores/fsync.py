"""What must survive a loss of power: a file's bytes are on the disk once it is synced, its name once its folder is."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO, Any


def sync_open(file: IO[Any]) -> None:
    """Wait until what was written to an open file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync(path: Path) -> None:
    """Wait until a file's bytes, or the names in a folder, are on the disk; some file systems refuse it for folders."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL or not path.is_dir():
            raise
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Wait until all that lies below a folder is on the disk; links lead nowhere."""
    for path, _, names in os.walk(folder):
        for name in names:
            if not (Path(path) / name).is_symlink():
                sync(Path(path) / name)
        sync(Path(path))


def rename_durably(beside: Path, target: Path) -> None:
    """Let a file or folder that is on the disk take its place, and wait until that is on the disk, too."""
    beside.replace(target)
    sync(target.parent)
