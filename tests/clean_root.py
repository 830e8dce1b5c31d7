"""A file system root of its own for the steps of an image: what the base image brings, and nothing else.

Programs and libraries of this machine stand for the base image's, Python and Rust where the image has them. Every
command gets its mounts in a namespace of its own: they end with it, and nobody outside sees them.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.setup.build_native import cargo_path

#: What of /etc a base image has and these steps use; users and groups are written anew.
_ETC = (
    "alternatives",
    "default",
    "hosts",
    "ld.so.conf.d",
    "login.defs",
    "nsswitch.conf",
    "pip.conf",
    "resolv.conf",
    "ssl",
)
_USERS = {"passwd": "root:x:0:0:root:/root:/bin/sh\n", "group": "root:x:0:\n", "shadow": "root:*:19000:0:99999:7:::\n"}
#: How the build is led to the registries of this machine.
_KEPT = ("PIP_", "CARGO_", "RUSTUP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def needs_root() -> None:
    """Skip the test where nobody may mount and change the root."""
    mounts = ["unshare", "--mount", "mount", "--bind", "/usr", "/mnt"]
    if os.geteuid() != 0 or subprocess.run(mounts, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may give a build a root of its own")


class CleanRoot:
    """A folder that is the root of the commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workdir, self.user = Path("/"), "0:0"
        self.environment = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        self._mounts: list[tuple[Path, str, str]] = []
        for name in ("etc", "root", "tmp", "usr/local", "var/lib"):
            (folder / name).mkdir(parents=True)
        (folder / "tmp").chmod(0o1777)
        self._bind_system()
        self._bind_tools()
        self._write_etc()

    def at(self, place: str | Path) -> Path:
        """Where a place of this root is on this machine; one that is relative is below the working folder."""
        return self.folder / str(self.workdir / place).lstrip("/")

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """What `RUN` does. The caller looks at its exit code."""
        kept = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
        kept.pop("CARGO_TARGET_DIR", None)
        self.at(".").mkdir(parents=True, exist_ok=True)
        words = [f"{name}={value}" for name, value in (kept | self.environment).items()]
        inside = f"cd {shlex.quote(str(self.workdir))} && {command}"
        changed = ["chroot", f"--userspec={self.user}", str(self.folder), "/usr/bin/env", "-i", *words]
        script = [*self._mounted(), f"exec {shlex.join([*changed, '/bin/sh', '-c', inside])}"]
        outside = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", "\n".join(script)]
        return subprocess.run(outside, capture_output=True, text=True, check=False)

    def _mounted(self) -> list[str]:
        return [
            f"mount --{how} {shlex.quote(str(source))} {shlex.quote(f'{self.folder}/{target}')}"
            for source, target, how in self._mounts
        ]

    def _bind(self, source: Path, target: str, how: str = "bind") -> None:
        place = self.folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            place.mkdir(exist_ok=True)
        else:
            place.touch()
        self._mounts.append((source, target, how))

    def _bind_system(self) -> None:
        for name in ("bin", "lib", "lib64", "sbin"):
            top = Path("/") / name
            if top.is_symlink():
                (self.folder / name).symlink_to(top.readlink())
            elif top.exists():
                self._bind(top, name)
        for folder in sorted(Path("/usr").iterdir()):
            if folder.name != "local" and not folder.is_symlink():
                self._bind(folder, f"usr/{folder.name}")
        for name in ("dev", "proc"):
            self._bind(Path("/") / name, name, "rbind")

    def _bind_tools(self) -> None:
        """Python and Rust, at the places that the images of both have."""
        base, name = Path(sys.base_prefix), f"python3.{sys.version_info.minor}"
        (self.folder / "usr" / "local" / "bin").mkdir()
        program = base / "bin" / name
        if base != Path("/usr"):
            self._bind(base / "lib", "usr/local/lib")
            self._bind(base / "include", "usr/local/include")
            self._bind(program, f"usr/local/bin/{name}")
            program = Path("/usr/local/bin") / name
        (self.folder / "usr" / "local" / "bin" / "python").symlink_to(program)
        rust = Path(cargo_path() or "/usr/bin/cargo").parents[1]
        if rust != Path("/usr"):
            self._bind(rust, "usr/local/cargo")
            rustup = Path(os.environ.get("RUSTUP_HOME", Path.home() / ".rustup"))
            if rustup.is_dir():
                self._bind(rustup, "usr/local/rustup")

    def _write_etc(self) -> None:
        for name in _ETC:
            source = Path("/etc") / name
            if source.is_dir():
                shutil.copytree(source, self.folder / "etc" / name, symlinks=True)
            elif source.exists():
                shutil.copy(source, self.folder / "etc" / name)
        for name, text in _USERS.items():
            (self.folder / "etc" / name).write_text(text)
        (self.folder / "etc" / "ld.so.conf").write_text("/usr/local/lib\ninclude /etc/ld.so.conf.d/*.conf\n")
        assert self.run("/sbin/ldconfig").returncode == 0


def variables(value: str) -> Mapping[str, str]:
    """What `ENV` sets."""
    return dict(word.split("=", 1) for word in shlex.split(value))
