"""The home of an embedded stack: its folders and files, readable by their owner only."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from functions.runtime.control_socket import control_path
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.named_places import refuse_dangling
from functions.runtime.settings import CONNECTIONS_FILE
from functions.runtime.stores.fsync import rename_durably, sync, sync_open

_ODD: Final = re.compile(r'["\\\x00-\x1f\x7f]')

FOLDERS = ("pg", "graph", "broker", "cache", "bucket", "dumps", "logs", "run")


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one stack lies."""

    path: Path

    @property
    def connections(self) -> Path:
        """What every process of the stack reads as its settings: addresses and passwords."""
        return self.path / CONNECTIONS_FILE

    @property
    def passwords(self) -> Path:
        """The passwords of the servers, made once."""
        return self.path / "passwords.json"

    @property
    def ports(self) -> Path:
        """The ports of the servers, chosen once."""
        return self.path / "ports.json"

    @property
    def logs(self) -> Path:
        """One log for each process, rotated by size."""
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """What belongs to the running stack: lock, control socket, started processes."""
        return self.path / "run"

    @property
    def lock(self) -> Path:
        """Locked by the supervisor as long as it lives; holds its process id."""
        return self.run / "lock"

    @property
    def control(self) -> Path:
        """The supervisor's control socket."""
        return control_path(self.path)

    @property
    def processes(self) -> Path:
        """The processes that the supervisor has started."""
        return self.run / "processes.json"

    @property
    def neo4j(self) -> Path:
        """The folder of a Neo4j server, where that is the graph."""
        return self.path / "neo4j"

    @property
    def digest(self) -> str:
        """A short name of this home, for what must lie outside it."""
        return hashlib.sha256(os.fsencode(self.path.resolve())).hexdigest()[:12]

    def secret_files(self) -> list[Path]:
        """The files that hold passwords, as far as they are there."""
        servers = [self.path / "broker" / "valkey.conf", self.path / "cache" / "valkey.conf"]
        graph = [self.path / "graph" / "root.password", self.neo4j / "password"]
        return [path for path in (self.connections, self.passwords, *servers, *graph) if path.exists()]


def identity(home: Home) -> tuple[int, int] | None:
    """Which folder a home is, whatever its name; None where there is none any more."""
    try:
        found = home.run.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make_home(path: Path) -> Home:
    """The home at this path, its folders made; each is for its owner only.

    Raises:
        SettingError: its path has a character that the servers' configurations cannot hold.
        RefusedError: it belongs to another user, or this is root and others may write in it.
    """
    home = Home(path.absolute())
    _refuse_odd_name(home.path)
    make_folder(home.path)
    check_owner(home)
    for name in FOLDERS:
        make_folder(home.path / name)
    return home


def _refuse_odd_name(path: Path) -> None:
    if odd := _ODD.search(str(path)):
        raise SettingError(
            f"{path} cannot be the home: PostgreSQL's configuration cannot hold the character {odd[0]!r} of its path. "
            "Set LINERNOTES_HOME to another."
        )


def check_owner(home: Home) -> None:
    """Make sure that nobody else decides what lies in a home.

    Raises:
        RefusedError: it, or the link that leads to it, belongs to another user, or this is root and others may write
            in it.
    """
    place, name = home.path.stat(), home.path.lstat()
    if place.st_uid != os.geteuid() or name.st_uid not in (os.geteuid(), 0):
        owner = place.st_uid if place.st_uid != os.geteuid() else name.st_uid
        raise RefusedError(
            f"{home.path} belongs to another user (number {owner}): start as that one, or set LINERNOTES_HOME."
        )
    if os.geteuid() == 0 and place.st_mode & 0o022:
        raise RefusedError(f"Other users may write in {home.path}: `chmod go-w` it, or set LINERNOTES_HOME.")


def make_folder(path: Path) -> Path:
    """A folder for its owner only; one that is there already is not touched.

    Raises:
        SettingError: a link is there that leads nowhere.
    """
    if not path.exists():
        refuse_dangling(path)
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync(path.parent)
    return path


def write_private(path: Path, content: bytes, group: int | None = None) -> None:
    """Replace a file's content in one step; only its owner may read it, and a group if one is given."""
    beside = path.with_name(path.name + ".new")
    beside.unlink(missing_ok=True)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if group is not None:
            os.fchown(descriptor, -1, group)
            os.fchmod(descriptor, 0o640)
        file.write(content)
        sync_open(file)
    rename_durably(beside, path)


def append_private(path: Path) -> IO[bytes]:
    """Open a file to append to it; a new one may be read by its owner only."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON that only its owner may read."""
    write_private(path, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def read_json(path: Path) -> dict[str, Any]:
    """The object that `write_json` wrote; empty where there is none or it is broken."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold the home for this process; the lock ends with the process, however that ends.

    Raises:
        RefusedError: another process holds it.
    """
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _lock_soon(descriptor):
            raise RefusedError(f"The stack in {home.path} is already up (process {holder(home) or 'starting'}).")
        _note_holder(descriptor)
        yield
    finally:
        os.close(descriptor)


def holder(home: Home) -> int | None:
    """The process that holds the home; None when nobody does."""
    try:
        descriptor = os.open(home.lock, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        if _try_lock(descriptor, fcntl.LOCK_SH):  # which two who look at once do not take for each other
            return None
        text = os.pread(descriptor, 20, 0).decode()
        return int(text) if text.isdigit() else 0
    finally:
        os.close(descriptor)


def _note_holder(descriptor: int) -> None:
    """Write the process id over the one before, which takes no room; without any, nobody knows it."""
    with suppress(OSError):
        os.ftruncate(descriptor, os.pwrite(descriptor, str(os.getpid()).encode(), 0))


def _lock_soon(descriptor: int) -> bool:
    """Lock; tried for a moment, because `holder` holds the lock while it looks."""
    for _ in range(10):
        if _try_lock(descriptor):
            return True
        time.sleep(0.02)
    return False


def _try_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
