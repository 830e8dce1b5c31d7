"""The container image, as far as it can be judged without building it: what its file says, step by step."""

from __future__ import annotations

import importlib
import re
import shlex
from itertools import groupby
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from infra.setup.build_native import CRATE

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "infra" / "container" / "Containerfile"
Step = tuple[str, str]


@pytest.fixture(scope="module")
def stages() -> dict[str, list[Step]]:
    """The instructions of each stage, by the stage's name; the first is its FROM."""
    with FILE.open("rb") as file:
        steps = [(step["instruction"], step["value"]) for step in DockerfileParser(fileobj=file).structure]
    found: dict[str, list[Step]] = {}
    for kind, value in steps:
        if kind == "FROM":
            found[value.split(" AS ")[1]] = []
        if found:
            found[list(found)[-1]].append((kind, value))
    return found


def values(steps: list[Step], kind: str) -> list[str]:
    return [value for name, value in steps if name == kind]


def test_every_image_it_starts_from_is_of_an_exact_version(stages):
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", FILE.read_text(), re.MULTILINE))
    for steps in stages.values():
        image = re.sub(r"\$\{(\w+)\}", lambda name: defaults[name[1]], values(steps, "FROM")[0].split(" AS ")[0])
        assert image in stages or re.fullmatch(r"\w+:\d+\.\d+\.\d+-[a-z-]*bookworm", image), image


def test_the_rust_it_takes_is_new_enough_for_the_crate():
    wanted = re.search(r'rust-version = "([\d.]+)"', (CRATE / "Cargo.toml").read_text())
    taken = re.search(r"^ARG RUST=([\d.]+)$", FILE.read_text(), re.MULTILINE)
    assert wanted
    assert taken
    assert [int(n) for n in taken[1].split(".")] >= [int(n) for n in wanted[1].split(".")]


def test_nothing_is_installed_that_is_not_in_the_lock_with_its_hash(stages):
    installs = [run for steps in stages.values() for run in values(steps, "RUN") if "pip install" in run]
    assert len(installs) == 2
    assert all("--require-hashes --only-binary :all:" in run or "--no-index" in run for run in installs)
    assert not any(word in FILE.read_text() for word in ("apt-get", "curl", "wget", "://sh"))


def test_the_native_engine_is_built_and_a_build_without_it_fails(stages):
    builds, checks = values(stages["build"], "RUN"), values(stages["runtime"], "RUN")
    assert "python infra/setup/build_native.py" in builds
    assert any("engine_of('native')" in run for run in checks)
    kinds = [kind for kind, _ in stages["runtime"]]
    copied = max(at for at, kind in enumerate(kinds) if kind == "COPY")
    assert any("engine_of('native')" in value for kind, value in stages["runtime"][copied:] if kind == "RUN")


def test_what_can_be_started_runs_as_nobody_special_and_holds_no_build_tools(stages):
    runtime = stages["runtime"]
    assert "-slim-" in values(runtime, "FROM")[0]
    [user] = values(runtime, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert values(runtime, "COPY") == ["--from=build /opt/linernotes /opt/linernotes"]
    assert "pip uninstall --yes --quiet maturin hatchling editables pip" in values(stages["build"], "RUN")[-1]
    for name in ("gateway", "worker"):
        assert values(stages[name], "FROM")[0].startswith("runtime ")
        assert values(stages[name], "USER") == []


def test_it_starts_linernotes_and_a_worker_unless_told_otherwise(stages):
    assert list(stages)[-1] == "worker"
    assert values(stages["runtime"], "ENTRYPOINT") == ['["linernotes"]']
    assert values(stages["worker"], "CMD") == ['["run", "worker"]']
    assert values(stages["gateway"], "CMD") == ['["run", "gateway"]']
    assert "/health" in values(stages["gateway"], "HEALTHCHECK")[0]


def test_all_that_is_copied_is_there_and_nothing_else_is_sent_to_the_build(stages):
    copies = [shlex.split(value) for value in values(stages["build"], "COPY") if "--from" not in value]
    sources = {source for *found, _ in copies for source in found}
    assert all((ROOT / source).exists() for source in sources)
    ignore = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    allowed = {kind: [line.lstrip("!") for line in lines] for kind, lines in groupby(ignore, lambda line: line[0])}
    assert ignore[0] == "*"
    assert {source.split("/")[0] for source in sources} == set(allowed["!"])


def test_python_that_the_build_runs_finds_what_it_imports(stages):
    run = "\n".join(value for steps in stages.values() for value in values(steps, "RUN"))
    imports = re.findall(r"from ([\w.]+) import (\w+)", run)
    assert imports
    for module, name in imports:
        assert hasattr(importlib.import_module(module), name), f"{module} has no {name}"
