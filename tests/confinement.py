"""A process as a container has it: another user without rights, and nothing to write to but folders of its own."""

from __future__ import annotations

import functools
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from infra.deploy.secrets import CONTAINER_USER

ROOT = Path(__file__).resolve().parents[1]

#: What a process of ours reads, beside what the system has.
_NEEDED = (ROOT, Path(sys.prefix), Path(sys.base_prefix))

_USER = [
    "setpriv",
    f"--reuid={CONTAINER_USER}",
    f"--regid={CONTAINER_USER}",
    "--clear-groups",
    "--no-new-privs",
    "--inh-caps=-all",
    "--bounding-set=-all",
]


@functools.cache
def has_mount_namespaces() -> bool:
    """Whether this user may make one: root, where nothing forbids it."""
    if os.geteuid() != 0 or not Path("/usr/bin/unshare").exists():
        return False
    return subprocess.run(["/usr/bin/unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


def confined(writable: Iterable[Path]) -> list[str]:
    """What starts a program so, as far as this user may: the words that come before it.

    Root becomes the container's user, without capabilities. Where mount namespaces can be made, everything but these
    folders is read-only, and what our processes need is there even if it lies in a folder that only root may enter.
    """
    if os.geteuid() != 0:
        return []
    if not has_mount_namespaces():
        return [] if any(_closed_folder(path) for path in _NEEDED) else _USER
    script = " && ".join([*_mounts(list(writable)), 'exec "$@"'])
    return ["unshare", "--mount", "sh", "-c", script, "sh", *_USER]


def _mounts(writable: Sequence[Path]) -> Iterable[str]:
    yield "mount --make-rprivate /"
    for path in writable:
        yield f"mount --bind {_quoted(path)} {_quoted(path)}"
    closed = {folder: path for path in _NEEDED if (folder := _closed_folder(path))}
    for folder in closed:
        inside = [path for path in _NEEDED if path.is_relative_to(folder)]
        yield "mount -t tmpfs tmpfs /mnt"
        for number, path in enumerate(inside):
            yield f"mkdir /mnt/{number} && mount --bind {_quoted(path)} /mnt/{number}"
        yield f"mount -t tmpfs -o mode=755 tmpfs {_quoted(folder)}"
        for number, path in enumerate(inside):
            yield f"mkdir -p {_quoted(path)} && mount --bind /mnt/{number} {_quoted(path)}"
            yield f"mount -o remount,bind,ro {_quoted(path)}"
        yield f"mount -o remount,ro {_quoted(folder)} && umount -l /mnt"
    yield "mount -o remount,bind,ro /"


def _closed_folder(path: Path) -> Path | None:
    """The topmost folder on the way that not everybody may enter."""
    return next((folder for folder in reversed([path, *path.parents]) if not folder.stat().st_mode & 0o001), None)


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
