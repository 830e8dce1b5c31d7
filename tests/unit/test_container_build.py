"""The steps by which the image is built, run without a container engine: each stage in a clean root of its own."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from infra.setup.build_native import cargo_path
from tests.clean_root import CleanRoot, needs_root, variables

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "infra" / "deploy" / "container" / "Containerfile"

#: What the code reads beside Python.
READ = {".sql", ".cypher", ".html", ".css", ".conf", ".java", ".yml", ".rs", ".toml", ".txt", ".xml"}
LEFT_OUT = shutil.ignore_patterns("__pycache__", "target", "*.so", "Cargo.lock")  # as .dockerignore has it


def steps() -> Iterator[tuple[str, str, str]]:
    """Each step as stage, instruction and value; line ends are joined."""
    stage = ""
    with FILE.open("rb") as file:
        for step in DockerfileParser(fileobj=file).structure:
            kind, value = step["instruction"], step["value"]
            stage = value.split(" AS ")[1] if kind == "FROM" else stage
            yield stage, kind, value


def copied(value: str, place_of: Callable[[str], Path]) -> None:
    """What COPY does with files of the build's context."""
    *names, target = shlex.split(value)
    for name in names:
        place = place_of(target)
        if len(names) > 1 or target.endswith("/"):
            place /= Path(name).name
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place, ignore=LEFT_OUT, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / name, place)


def files_of(folder: Path) -> set[str]:
    """The files below it that code reads."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.suffix in READ and path.is_file()}


def test_what_is_installed_into_the_image_has_every_file_that_the_code_reads(tmp_path):
    for stage, kind, value in steps():
        if stage == "build" and kind == "COPY" and "--from" not in value:
            copied(value, (tmp_path / "source").joinpath)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target"]
    command = [sys.executable, *install, str(tmp_path / "site"), "."]
    done = subprocess.run(command, cwd=tmp_path / "source", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for package in ("functions", "gateway", "infra"):
        assert files_of(tmp_path / "site" / package) >= files_of(tmp_path / "source" / package) - {"native"}
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(tmp_path / "site")}
    command = [sys.executable, "-P", "-c", "import infra.cli.main; print(infra.cli.main.__file__)"]
    where = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert where.startswith(str(tmp_path / "site"))


def taken(root: CleanRoot, kind: str, value: str, stages: dict[str, CleanRoot]) -> None:
    """Do what one step says."""
    if kind == "ENV":
        root.environment |= variables(value)
    elif kind == "WORKDIR":
        root.workdir = Path(value)
    elif kind == "USER":
        root.user = value
    elif kind == "COPY" and value.startswith("--from="):
        origin, source, target = shlex.split(value)
        if (stage := origin.removeprefix("--from=")) in stages:  # Rust is bound into the root instead
            root.at(target).parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(["/bin/cp", "-a", stages[stage].at(source), root.at(target)], check=True)
    elif kind == "COPY":
        copied(value, root.at)
    elif kind == "RUN":
        done = root.run(value)
        assert done.returncode == 0, f"{value}: {done.stderr[-2000:]}{done.stdout[-2000:]}"


@pytest.mark.timeout(3600)
def test_the_build_ends_with_an_environment_that_has_the_native_engine(tmp_path):
    """It fetches what is in the lock, and takes minutes."""
    needs_root()
    if cargo_path() is None:
        pytest.skip("cargo is not installed")
    stages: dict[str, CleanRoot] = {}
    for stage, kind, value in steps():
        if stage in {"build", "runtime"}:
            root = stages.get(stage) or stages.setdefault(stage, CleanRoot(tmp_path / stage))
            taken(root, kind, value, stages)
    root = stages["runtime"]
    assert root.user == "1000:1000"
    assert (root.at("/var/lib/linernotes").stat().st_uid, root.at("/opt/linernotes").stat().st_uid) == (1000, 0)
    assert not list(root.at("/opt/linernotes/bin").glob("maturin*"))
    asked = root.run("id -un && python -c 'import functions; print(functions.__file__)' && python -c 'import pip'")
    assert asked.stdout.splitlines()[0] == "linernotes"
    assert asked.stdout.splitlines()[1].startswith("/opt/linernotes/lib/")
    assert "No module named 'pip'" in asked.stderr
