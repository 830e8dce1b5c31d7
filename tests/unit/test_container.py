"""The container image, as far as it can be judged without building it: what its file says, step by step."""

from __future__ import annotations

import importlib
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
from itertools import groupby
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from functions.runtime.settings import read_settings, variables
from infra.setup.build_native import CRATE

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "infra" / "deploy" / "container" / "Containerfile"
Step = tuple[str, str]

#: Of this environment, or of the machine.
HADOLINT = shutil.which("hadolint", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))


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


def bases() -> dict[str, str]:
    """The images that it starts from, by the argument that names another."""
    return dict(re.findall(r"^ARG (\w*BASE)=(\S+)$", FILE.read_text(), re.MULTILINE))


def environment(steps: list[Step]) -> dict[str, str]:
    return dict(entry.split("=", 1) for value in values(steps, "ENV") for entry in shlex.split(value))


def test_every_image_it_starts_from_is_of_an_exact_version_and_can_be_another(stages):
    assert {values(steps, "FROM")[0].split(" AS ")[0] for steps in stages.values()} == {
        f"${{{name}}}" for name in bases()
    }
    for image in bases().values():
        assert re.fullmatch(r"\w+:\d+\.\d+\.\d+-[a-z-]*bookworm", image), image
    assert bases()["BASE"].split("-")[0] == bases()["BUILD_BASE"].split("-")[0]


def test_the_rust_it_takes_is_new_enough_for_the_crate():
    wanted = re.search(r'rust-version = "([\d.]+)"', (CRATE / "Cargo.toml").read_text())
    taken = re.search(r":([\d.]+)-", bases()["RUST_BASE"])
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
    assert "-slim-" in bases()["BASE"]
    assert values(runtime, "USER") == ["1000:1000"]
    assert values(runtime, "COPY")[0] == "--from=build /opt/linernotes /opt/linernotes"
    assert len(values(runtime, "COPY")) == 2
    assert "pip uninstall --yes --quiet maturin hatchling editables pip" in values(stages["build"], "RUN")[-1]


def test_it_starts_linernotes_and_is_asked_for_its_health(stages):
    assert list(stages)[-1] == "runtime"
    assert values(stages["runtime"], "ENTRYPOINT") == ['["linernotes"]']
    copied = values(stages["runtime"], "COPY")[-1].split()
    assert values(stages["runtime"], "HEALTHCHECK")[0].endswith(f'"-I", "-S", "{copied[1]}"]')
    assert (ROOT / copied[0]).exists()


def test_its_settings_are_settings_and_fetch_no_model(stages):
    given = environment(stages["runtime"])
    known = {str((meta.extra or {})["env"]) for meta in variables().values()}
    of_others = {"PATH", "HOME", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PYTHONSAFEPATH"}
    assert set(given) - known - of_others == {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}
    assert (given["HF_HUB_OFFLINE"], given["TRANSFORMERS_OFFLINE"]) == ("1", "1")
    settings = read_settings(given)
    assert settings.profile == "cluster"
    assert settings.health_port == 8080


@pytest.mark.skipif(HADOLINT is None and os.environ.get("CI") != "true", reason="hadolint is not installed")
def test_a_linter_of_container_files_has_nothing_to_say():
    assert HADOLINT, "CI has to install hadolint: see .ci/run"
    done = subprocess.run([HADOLINT, "--no-color", FILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("status", "code"), [("200 OK", 0), ("503 Service Unavailable", 1), ("", 1)])
def test_the_health_check_asks_whether_the_process_is_ready(status, code):
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked: list[bytes] = []

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                asked.append(connection.recv(1000))
                connection.sendall(f"HTTP/1.0 {status}\r\n\r\n".encode() if status else b"")

        thread = threading.Thread(target=answer)
        thread.start()
        assert health_check(server.getsockname()[1]) == code
        thread.join()
    assert asked[0].startswith(b"GET /health/ready HTTP/1.")


def test_the_health_check_fails_where_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert health_check(port) == 1


def health_check(port: int) -> int:
    command = [sys.executable, "-I", "-S", str(FILE.with_name("healthcheck.py"))]
    environment = {"LINERNOTES_HEALTH_PORT": str(port)}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def test_all_that_is_copied_is_there_and_nothing_else_is_sent_to_the_build(stages):
    copies = [shlex.split(value) for value in values(stages["build"], "COPY") if "--from" not in value]
    copies += [shlex.split(value) for value in values(stages["runtime"], "COPY") if "--from" not in value]
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
