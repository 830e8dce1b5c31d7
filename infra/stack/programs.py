"""How programs are started so that none of them runs code that merely lies in the folder somebody stands in.

Python adds the current folder to its search path with `-m` and `-c`, an empty entry of a search path means the current
folder, and a relative one lies below it. Whoever may write there could otherwise run code as the user of the stack.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from functions.runtime.settings import with_absolute_folders

#: Lists of folders in which programs and libraries are looked for.
_SEARCH_PATHS = ("PATH", "LD_LIBRARY_PATH")
#: The same for modules of Python: whoever sets it to a relative folder means that one.
_MODULES = "PYTHONPATH"
#: Variables of others that name a file or folder; a process in another folder has to find it, too.
_PLACES = (
    "JAVA_HOME",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
)


def python_module(module: str, *words: str) -> list[str]:
    """How a module of ours is run as a program: without the current folder on its search path."""
    return [sys.executable, "-P", "-m", module, *words]


def safe_environment(environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment, by default that of this process, for programs that run in another folder.

    Search paths for programs lose their entries that are empty or relative, that for modules its empty ones; folders
    that variables name are made absolute. Python leaves out the current folder in whatever is started with it, helpers
    of `multiprocessing` as well.
    """
    given = dict(os.environ if environment is None else environment)
    for name in _SEARCH_PATHS:
        if name in given:
            given[name] = os.pathsep.join(_absolute_entries(given[name]))
    if _MODULES in given:
        entries = (Path(entry).absolute() for entry in given[_MODULES].split(os.pathsep) if entry)
        given[_MODULES] = os.pathsep.join(map(str, entries))
    for name in _PLACES:
        if given.get(name):
            given[name] = str(Path(given[name]).absolute())
    return {**with_absolute_folders(given), "PYTHONSAFEPATH": "1"}


def use_safe_environment() -> None:
    """Let this process, and all that it starts, have the safe environment."""
    os.environ.update(safe_environment())


def on_search_path(name: str, path: str | None = None) -> str | None:
    """The absolute path of a program, looked for in the absolute folders of a search path, by default of PATH."""
    given = os.environ.get("PATH", os.defpath) if path is None else path
    folders = _absolute_entries(given)
    return shutil.which(name, path=os.pathsep.join(folders)) if folders else None


def _absolute_entries(path: str) -> list[str]:
    return [entry for entry in path.split(os.pathsep) if Path(entry).is_absolute()]
