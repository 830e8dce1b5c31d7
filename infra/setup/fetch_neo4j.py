"""Fetches the jars of Neo4j's community server with maven and says in one line what came of it.

python infra/setup/fetch_neo4j.py      exit 0: they are there; 1: they are not, and Neo4j cannot be the embedded graph

They are for a process of their own and no part of this project: Neo4j is under the GPL. What maven says is kept beside
them. `LINERNOTES_NEO4J_JARS` names another folder than `.neo4j/jars` of the checkout.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

POM = Path(__file__).with_name("neo4j.xml")
CHECKOUT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Fetch the jars unless those of this version are there."""
    folder = jars_folder()
    stamp = folder / "pom.xml"
    if stamp.exists() and stamp.read_bytes() == POM.read_bytes():
        print(f"neo4j: up to date in {folder}")
        return 0
    maven = shutil.which("mvn")
    if maven is None:
        print("neo4j: not fetched, maven (mvn) is not installed")
        return 1
    if shutil.which("javac") is None and not os.environ.get("JAVA_HOME"):
        print("neo4j: not fetched, a JDK 17 or 21 is not installed")
        return 1
    print("neo4j: fetching …", flush=True)
    started = time.monotonic()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    reason = fetch(maven, folder)
    if reason:
        print(f"neo4j: not fetched ({reason})")
        return 1
    stamp.write_bytes(POM.read_bytes())
    print(f"neo4j: fetched in {time.monotonic() - started:.0f} s; LINERNOTES_NEO4J_JARS={folder} makes it the graph")
    return 0


def jars_folder() -> Path:
    """Where the jars are, or will be."""
    return Path(os.environ.get("LINERNOTES_NEO4J_JARS") or CHECKOUT / ".neo4j" / "jars").expanduser().absolute()


def fetch(maven: str, folder: Path) -> str:
    """Have maven copy the server and all that it needs; returns why it could not, or nothing."""
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    command = [maven, "--batch-mode", "--quiet", "--file", str(POM), *goal]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=POM.parent)
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.startswith("[ERROR]")]
    return (lines or ["no reason given"])[0][:200] if done.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
