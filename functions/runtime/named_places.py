"""Files and folders that a person has named, in a command or a setting: what is wrong with one is one sentence."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from functions.runtime.errors import SettingError

#: What is wrong with the name, not with the disk: the system's error numbers, and what they mean to who has named it.
_REASONS: Final[Mapping[int, str]] = {
    errno.ENOENT: "it is not there",
    errno.ENOTDIR: "it, or a part of it, is no folder",
    errno.EISDIR: "it is a folder",
    errno.EEXIST: "something else is there",
    errno.EACCES: "this user has no right to it",
    errno.EPERM: "this user has no right to it",
    errno.EROFS: "its disk is read-only",
    errno.ELOOP: "its links lead in a circle",
    errno.ENAMETOOLONG: "its name is too long",
}


def named_path(text: str, name: str = "") -> Path:
    """A path as a person gives it, with `~` and `~user` followed.

    Args:
        text: the path.
        name: what it was given as, as `LINERNOTES_HOME`; none on the command line.

    Raises:
        SettingError: it is empty, names an unknown user, or is no UTF-8.
    """
    subject = f"{name} is {text}, which" if name else text
    if not text.strip():
        raise SettingError("An empty text names no place: give a file or a folder, `.` for the current one.")
    try:
        text.encode()
        return Path(text).expanduser()
    except UnicodeEncodeError as error:
        raise SettingError(f"{subject} has bytes that are no UTF-8: give another name.") from error
    except RuntimeError as error:
        user = text.split("/", 1)[0]
        raise SettingError(f"{subject} cannot be used: there is no user {user[1:] or 'with a home here'}.") from error


def absolute_path(text: str, name: str = "") -> Path:
    """The same as an absolute path.

    Raises:
        SettingError: as for `named_path`, or the current folder is gone.
    """
    path = named_path(text, name)
    try:
        return path.absolute()
    except FileNotFoundError as error:
        raise SettingError(f"The current folder, in which {text} would be, is gone: change to another.") from error


def resolved_path(text: str, name: str = "") -> Path:
    """The same with all links followed.

    Raises:
        SettingError: as for `absolute_path`, or the links lead in a circle or to where this user may not go.
    """
    path = absolute_path(text, name)
    with place_errors(path):
        try:
            return path.resolve()
        except RuntimeError as error:  # Python 3.13 has an OSError there
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


@contextmanager
def place_errors(place: Path | None = None) -> Iterator[None]:
    """Turn the system's errors that speak of a name into a sentence; a full or broken disk stays what it is.

    Args:
        place: what was named; else what the system calls it.

    Raises:
        SettingError: the place cannot be used.
    """
    try:
        yield
    except OSError as error:
        if found := place_error(error, place):
            raise found from error
        raise


def place_error(error: OSError, place: Path | None = None) -> SettingError | None:
    """The sentence for a place that cannot be used; None where the place is not what is wrong."""
    named = str(place or error.filename or "")
    reason = _REASONS.get(error.errno or 0, "")
    if not named or not reason:
        return None
    if error.errno in {errno.ENOENT, errno.EEXIST} and is_dangling(Path(named)):
        reason = "it is a link that leads nowhere"
    return SettingError(f"{named} cannot be used: {reason}.")


def is_dangling(path: Path) -> bool:
    """Whether there is a link that nothing is found behind."""
    return os.path.islink(path) and not os.path.exists(path)  # noqa: PTH110, PTH114 - these raise nothing


def refuse_dangling(path: Path) -> None:
    """Refuse to write where a link leads nowhere, or in a circle: who put it there meant another place.

    Raises:
        SettingError: it is so.
    """
    if is_dangling(path):
        raise SettingError(f"{path} cannot be used: it is a link that leads nowhere.")
