"""Builds the native engine into this environment and says in one line what came of it.

python infra/setup/build_native.py      exit 0: it is there; 1: it is not, and the lxml engine does its work

Needs cargo and, the first time, its registry. What cargo says is kept in `native-build.log` of the environment.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

CRATE = Path(__file__).resolve().parents[2] / "functions" / "extract" / "native"
ENVIRONMENT = Path(sys.prefix)
#: Names the sources that the installed module was built from.
STAMP = ENVIRONMENT / ".native-engine"
LOG = ENVIRONMENT / "native-build.log"
MODULE = "linernotes_native"


def main() -> int:
    """Build and install the module unless the one of these sources is there."""
    if is_current():
        print("native engine: up to date")
        return 0
    cargo = cargo_path()
    if cargo is None:
        print("native engine: not built, cargo is not installed (https://rustup.rs); the lxml engine serves")
        return 1
    print("native engine: building …", flush=True)
    started = time.monotonic()
    if not build(cargo):
        print(f"native engine: not built, the lxml engine serves ({reason()}; all of it in {LOG})")
        return 1
    STAMP.write_text(sources())
    print(f"native engine: built in {time.monotonic() - started:.0f} s")
    return 0


def is_current() -> bool:
    """Whether the installed module was built from the sources that are here."""
    return STAMP.exists() and STAMP.read_text() == sources() and importlib.util.find_spec(MODULE) is not None


def sources() -> str:
    """A digest of everything the module is made of."""
    digest = hashlib.sha256()
    for path in [*sorted(CRATE.glob("*.toml")), CRATE / "pins.txt", *sorted(CRATE.glob("src/**/*.rs"))]:
        digest.update(str(path.relative_to(CRATE)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def cargo_path() -> str | None:
    """Cargo of the search path, or where rustup puts it."""
    return shutil.which("cargo") or shutil.which("cargo", path=str(Path.home() / ".cargo" / "bin"))


def build(cargo: str) -> bool:
    """Make a wheel and install it."""
    path = os.pathsep.join([str(Path(cargo).parent), os.environ.get("PATH", "")])
    target = os.environ.get("CARGO_TARGET_DIR", str(ENVIRONMENT / "native-target"))
    environment = os.environ | {"PATH": path, "CARGO_TARGET_DIR": target}
    manifest = str(CRATE / "Cargo.toml")
    with tempfile.TemporaryDirectory() as folder, LOG.open("wb") as log:
        if not _pinned(cargo, environment, log):
            return False
        maturin = ["maturin", "build", "--release", "--locked", "--manifest-path", manifest, "--out", folder]
        if not _done([*maturin, "--interpreter", sys.executable], environment, log):
            return False
        wheels = [str(wheel) for wheel in Path(folder).glob("*.whl")]
        pip = ["pip", "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall", *wheels]
        return _done(pip, environment, log)


def _pinned(cargo: str, environment: dict[str, str], log: BinaryIO) -> bool:
    """Write `Cargo.lock` with the versions of `pins.txt`; cargo's own lock names addresses, so it is not kept."""
    (CRATE / "Cargo.lock").unlink(missing_ok=True)
    if not _cargo([cargo, "generate-lockfile"], environment, log):
        return False
    for name, version in (line.split() for line in (CRATE / "pins.txt").read_text().splitlines()):
        locked = set(
            re.findall(rf'name = "{re.escape(name)}"\nversion = "([^"]+)"', (CRATE / "Cargo.lock").read_text())
        )
        for other in locked - {version}:
            if not _cargo([cargo, "update", "--package", f"{name}@{other}", "--precise", version], environment, log):
                return False
    return True


def reason() -> str:
    """The line of the log that says why, as far as there is one."""
    lines = [line.strip() for line in LOG.read_text(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "💥"))]
    return (errors or lines or ["no reason given"])[0][:200]


def _cargo(command: list[str], environment: dict[str, str], log: BinaryIO) -> bool:
    done = subprocess.run(command, cwd=CRATE, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0


def _done(command: list[str], environment: dict[str, str], log: BinaryIO) -> bool:
    done = subprocess.run(
        [sys.executable, "-P", "-m", *command],
        cwd=CRATE,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
