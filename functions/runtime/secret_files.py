"""Values of settings that stand in files: `POSTGRES_PASSWORD_FILE` names the one with `POSTGRES_PASSWORD`.

A variable of the environment is seen by whoever may look at a container or a process; a file has an owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from functions.runtime.errors import SettingError

#: What the name of such a variable ends in.
FILE_SUFFIX: Final = "_FILE"

#: Characters of the longest value that is read.
_MOST: Final = 65_536


def with_secrets_of_files(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """The same variables, with the value of each of these names that is given as a file.

    Raises:
        SettingError: the file cannot be read, it is not one line, or the variable is given both ways.
    """
    given = dict(environment)
    for name in names:
        if path := given.pop(name + FILE_SUFFIX, ""):
            if given.get(name):
                raise SettingError(f"{name} and {name}{FILE_SUFFIX} are both set: leave one of them out.")
            given[name] = _line_of(name + FILE_SUFFIX, Path(path))
    return given


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return "it is no UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)


def _line_of(variable: str, path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            text = file.read(_MOST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(
            f"{variable} names {path}, which cannot be read ({_reason(error)}): mend it or its rights."
        ) from error
    line = text.rstrip("\r\n")
    if not line or "\n" in line or len(text) > _MOST:
        raise SettingError(f"{variable} names {path}, which has to hold one line, of at most {_MOST:,} characters.")
    return line
