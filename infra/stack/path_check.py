"""Folders and files in places where another user may write: opened without following a link, and refused if not plain.

As root, whoever can put a link where a folder was expected would otherwise be given what it points to.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from functions.runtime.errors import RefusedError


@contextmanager
def plain_folder(path: Path, owners: frozenset[int] | None = None) -> Iterator[int]:
    """A descriptor of a folder, for what is done to the folder itself: its name may mean another one meanwhile.

    Args:
        path: its last part must be no link.
        owners: the users one of whom it must belong to; any by default.

    Raises:
        RefusedError: it is a link or no folder, or it belongs to another user.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (NotADirectoryError, FileExistsError) as error:
        raise _refused(path, "folder") from error
    except OSError as error:
        if path.is_symlink():
            raise _refused(path, "folder") from error
        raise
    try:
        owner = os.fstat(descriptor).st_uid
        if owners is not None and owner not in owners:
            raise RefusedError(f"{path} belongs to another user (number {owner}): move it away, and start again.")
        yield descriptor
    finally:
        os.close(descriptor)


def read_plain(path: Path) -> str | None:
    """The text of a file that is no link, pipe or device; None where there is nothing.

    Raises:
        RefusedError: it is something else.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        if not path.is_file() or path.is_symlink():
            raise _refused(path, "file") from error
        raise
    with os.fdopen(descriptor, errors="replace") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _refused(path, "file")
        return file.read()


def _refused(path: Path, what: str) -> RefusedError:
    there = "a link" if path.is_symlink() else f"no {what}"
    return RefusedError(f"{path} is {there}, and a plain {what} is needed there: move it away, and start again.")
