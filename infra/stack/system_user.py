"""A system user for PostgreSQL, which refuses to run as root."""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from functions.runtime.errors import RefusedError
from infra.stack.programs import on_search_path

NAME = "linernotes"


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user and its group."""

    uid: int
    gid: int

    def may_enter(self, folder: Path) -> bool:
        """Whether this user can reach what lies in the folder."""
        return self._can("-x", folder)

    def may_run(self, program: Path) -> bool:
        """Whether this user can read and execute the program."""
        return self._can("-x", program) and self._can("-r", program)

    def _can(self, question: str, path: Path) -> bool:
        test = on_search_path("test", os.defpath) or "/usr/bin/test"
        run = subprocess.run([test, question, path], user=self.uid, group=self.gid, extra_groups=[], cwd="/")
        return run.returncode == 0


def system_user() -> SystemUser | None:
    """The user PostgreSQL is to run as, made where it is missing; None: the user of this process.

    Raises:
        RefusedError: this is root, and there is no such user and none can be made.
    """
    if os.geteuid() != 0:
        return None
    return _known() or _made()


def _known() -> SystemUser | None:
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError:
        return None
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _made() -> SystemUser:
    useradd = on_search_path("useradd", os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false"]
    reason = "there is no useradd"
    if useradd:
        run = subprocess.run([useradd, *options, NAME], capture_output=True, text=True, cwd="/")
        reason = run.stderr.strip()
    user = _known()  # another start may have made it meanwhile
    if user is None:
        raise RefusedError(
            f"PostgreSQL refuses to run as root, and the user {NAME!r} for it cannot be made ({reason}): "
            "make it, or start as an ordinary user."
        )
    return user
