"""The steps by which the image is built, run as a script in a folder instead of a root of their own."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from infra.setup.build_native import cargo_path

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


def copied(value: str, source: Path) -> None:
    """What COPY does with files of the build's context."""
    *names, target = shlex.split(value)
    for name in names:
        place = source / target if len(names) == 1 and not target.endswith("/") else source / target / Path(name).name
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
            copied(value, tmp_path / "source")
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


@pytest.mark.sweep
@pytest.mark.timeout(1800)
def test_the_build_ends_with_an_environment_that_has_the_native_engine(tmp_path):
    """It fetches what is in the lock, and takes minutes; the stores of others and the user are left out."""
    cargo = cargo_path()
    if cargo is None:
        assert os.environ.get("CI") != "true", "CI has to install cargo"
        pytest.skip("cargo is not installed")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    places = {"/opt/linernotes": f"{tmp_path}/opt/linernotes", "/tmp/native-target": f"{tmp_path}/target"}  # noqa: S108
    programs = f"{tmp_path}/opt/linernotes/bin:{Path(cargo).parent}:{tmp_path}/bin:/usr/bin:/bin"
    kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "CARGO_", "RUSTUP_", "SSL_"))}
    environment = {**kept, "HOME": os.environ["HOME"], "PATH": programs, "CARGO_TARGET_DIR": f"{tmp_path}/target"}
    source = tmp_path / "source"
    source.mkdir()
    for stage, kind, value in steps():
        if stage not in {"build", "runtime"} or "groupadd" in value or "--from" in value:
            continue
        if kind == "COPY" and stage == "build":
            copied(value, source)
        if kind == "RUN":
            for place, here in places.items():
                value = value.replace(place, here)
            folder = source if stage == "build" else tmp_path
            done = subprocess.run(
                ["/bin/sh", "-ec", value], cwd=folder, env=environment, capture_output=True, check=False
            )
            assert done.returncode == 0, f"{value}: {done.stderr.decode()[-2000:]}{done.stdout.decode()[-2000:]}"
    assert not list((tmp_path / "opt" / "linernotes" / "bin").glob("maturin*"))
