"""`make test`: lint, types, audit and every tier of tests, each with its time, and one line at the end.

Most tests wait for servers, so three steps run at a time, and the longest tiers are cut, so that what needs a server of
its own is together; what each step says is printed once it has ended, with its slowest tests.

python tests/run.py                 everything
python tests/run.py lint unit       some of it
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # run as a file, it is in no package

from infra.setup.build_native import cargo_path  # noqa: E402
from tests.bundled import newest_wheel, report  # noqa: E402

#: Seconds that each tier is meant to stay under. They are printed, not asserted: a busy machine is no defect.
BUDGETS = {
    "lint": 60,
    "audit": 30,
    "unit 1": 80,
    "unit 2": 80,
    "integration servers": 900,
    "integration 1": 700,
    "integration 2": 700,
    "acceptance": 600,
    "faults crashes": 500,
    "faults product": 900,
    "browser": 180,
    "fuzz": 140,
}

#: Steps at a time. The longest begins first.
LANES = 3
ORDER = (
    "faults product",
    "integration servers",
    "integration 1",
    "integration 2",
    "acceptance",
    "faults crashes",
    "browser",
    "unit 1",
    "unit 2",
    "fuzz",
    "lint",
    "audit",
)

#: What the files of a part of a tier have in their path or their text: RabbitMQ and Neo4j, or a process that "ends".
#: `TIER product`, `TIER 1` and `TIER 2` are the others, and halves of them.
PARTS = {"servers": ("/broker/", "graph_settings"), "crashes": ("tests.faults.crashes",)}

#: `make fuzz` asks for half an hour, and for another seed if it is told one.
FUZZ = tuple(
    f"--{name}={os.environ.get(f'LINERNOTES_FUZZ_{name.upper()}', usual)}"
    for name, usual in {"seconds": "120", "seed": "1"}.items()
)


@dataclass(frozen=True)
class Outcome:
    """What a step came to; `reason` says why it failed, `remark` what the last line has to say of one that did not."""

    name: str
    seconds: float
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    reason: str = ""
    remark: str = ""


def lint(out: IO[str]) -> Outcome:
    """Style, the rules of bandit among them, strict types, and which layer may import which."""
    commands = {
        "ruff check": ["-m", "ruff", "check", "."],
        "ruff format": ["-m", "ruff", "format", "--check", "--quiet", "."],
        "mypy": ["-m", "mypy"],
        "lint-imports": ["-c", "import importlinter.cli; importlinter.cli.lint_imports_command(['--no-logo'])"],
    }
    started = time.monotonic()
    failed = [name for name, command in commands.items() if _run(command, out) != 0]
    return Outcome("lint", time.monotonic() - started, reason=f"{', '.join(failed)} failed" if failed else "")


def audit(out: IO[str]) -> Outcome:
    """Known vulnerabilities of the locked packages, where the data about them can be reached; and what wheels bring."""
    started = time.monotonic()
    command = ["-m", "pip_audit", "--requirement", "requirements.txt", "--disable-pip", "--format", "json"]
    with ThreadPoolExecutor(1) as aside:
        brought = aside.submit(_bundled)
        done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        lines, problem = brought.result()
    found, bad, remark = audited(done.stdout, done.stderr)
    print("\n".join([f"audit: {found}", *lines]), file=out)
    reason = f"known vulnerabilities: {', '.join(bad)}" if bad else problem
    return Outcome("audit", time.monotonic() - started, reason=reason, remark=remark)


def audited(said: str, errors: str) -> tuple[str, list[str], str]:
    """What pip-audit found, in words; the vulnerabilities; and what the last line says where not all was audited."""
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        last = (errors.strip().splitlines() or ["no reason given"])[-1]
        return f"nothing was audited, its data cannot be reached: {last[:160]}", [], "nothing was audited"
    bad = [f"{package['name']} {found['id']}" for package in packages for found in package.get("vulns", ())]
    unknown = sum("skip_reason" in package for package in packages)
    known = len(packages) - unknown
    remark = "nothing was audited" if not known else f"{unknown} packages were not audited" if unknown else ""
    return f"{known} packages audited, of {unknown} no data can be reached", bad, remark


def _bundled() -> tuple[list[str], str]:
    """What wheels bring and how old it is; and what is wrong with the table of their dates."""
    try:
        return report(dt.datetime.now(dt.UTC).date(), newest_wheel, cargo_path()), ""
    except ValueError as error:
        return [], str(error)


def fuzz(out: IO[str]) -> Outcome:
    """Damaged records, of which both engines have to make the same; where there is one engine only, nothing."""
    if importlib.util.find_spec("linernotes_native") is None:
        missing = "the native engine is not built, see `make native`"
        print(f"fuzz: {missing}", file=out)
        return Outcome("fuzz", 0.0, reason=missing if os.environ.get("CI") == "true" else "")
    started = time.monotonic()
    code = _run(["-m", "tests.fuzz_native", *FUZZ], out)
    return Outcome("fuzz", time.monotonic() - started, reason="the engines differ, or one broke" if code else "")


def tier(name: str, out: IO[str]) -> Outcome:
    """One folder of tests, or a part of its files; a tier that ran no test has failed."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        slowest = ["--durations=10", "--durations-min=10"]
        code = _run(["-m", "pytest", *files_of(name), f"--junit-xml={report}", *slowest], out)
        passed, failed, skipped = _counts(report)
    reason = ""
    if code or failed:
        reason = f"{failed} tests failed" if failed else f"pytest ended with {code}"
    elif not passed:
        reason = "no test ran"
    return Outcome(name, time.monotonic() - started, passed, failed, skipped, reason)


def files_of(name: str) -> list[str]:
    """What pytest is given for a tier: its folder, or for a part of one its files."""
    folder, _, part = name.partition(" ")
    if not part:
        return [f"tests/{folder}"]
    files = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests" / folder).rglob("test_*.py"))
    parts = {step.partition(" ")[2] for step in ORDER if step.startswith(folder)}
    words = [word for name in parts & PARTS.keys() for word in PARTS[name]]
    together = [file for file in files if _has_one(file, words)]
    if part in PARTS:
        return together
    others = [file for file in files if file not in together]
    return others[int(part) - 1 :: 2] if part.isdigit() else others


def _has_one(file: str, words: Iterable[str]) -> bool:
    text = f"/{file}\n{(ROOT / file).read_text(encoding='utf-8')}"
    return any(word in text for word in words)


def step(name: str) -> tuple[Outcome, str]:
    """Run a step; what it came to and what it said."""
    print(f"{name} begins", flush=True)
    plain: dict[str, Callable[[IO[str]], Outcome]] = {"lint": lint, "audit": audit, "fuzz": fuzz}
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as out:
        outcome = plain[name](out) if name in plain else tier(name, out)
        out.seek(0)
        return outcome, out.read()


def main(names: list[str]) -> int:
    """Run the steps and print what they came to; 1 if any failed."""
    tiers = {name.partition(" ")[0] for name in ORDER}
    if unknown := set(names) - tiers:
        print(f"There is no {', '.join(sorted(unknown))}: name some of {', '.join(sorted(tiers))}, or nothing for all.")
        return 2
    steps = [name for name in ORDER if not names or name.partition(" ")[0] in names]
    outcomes = []
    with ThreadPoolExecutor(LANES, "lane") as lanes:
        for done in as_completed([lanes.submit(step, name) for name in steps]):
            outcome, said = done.result()
            print(f"── {outcome.name}\n{said}", flush=True)
            outcomes.append(outcome)
    for outcome in outcomes:
        verdict = f"FAILED: {outcome.reason}" if outcome.reason else "ok"
        print(f"{outcome.name:<19} {outcome.seconds:6.1f} s of {BUDGETS[outcome.name]} s  {verdict}")
    failed = sum(outcome.failed or bool(outcome.reason) for outcome in outcomes)
    passed, skipped = (sum(getattr(outcome, kind) for outcome in outcomes) for kind in ("passed", "skipped"))
    print("; ".join([f"{passed} passed, {failed} failed, {skipped} skipped", *remarks(outcomes)]))
    return 1 if failed else 0


def remarks(outcomes: Iterable[Outcome]) -> list[str]:
    """What the last line has to say beside numbers."""
    return [f"{outcome.name}: {outcome.remark}" for outcome in outcomes if outcome.remark]


def _run(arguments: list[str], out: IO[str]) -> int:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # thousands of processes import the same modules
    out.flush()
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, stdout=out, stderr=out, check=False).returncode


def _counts(report: Path) -> tuple[int, int, int]:
    if not report.exists():
        return 0, 0, 0
    suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - pytest wrote it a moment ago
    if suite is None:
        return 0, 0, 0
    total, bad, skipped = (int(suite.get(name, 0)) for name in ("tests", "failures", "skipped"))
    bad += int(suite.get("errors", 0))
    return total - bad - skipped, bad, skipped


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
