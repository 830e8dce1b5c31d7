"""Files in the folder somebody stands in are not run, whatever their names and whoever this is."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from infra.synth import write_dump
from tests.faults.loading import ROUNDS
from tests.integration.test_stack_life import python_for, run_python
from tests.product import Product

PROGRAMS = ("cargo", "java", "mvn", "pg_dump", "pg_restore", "python", "python3", "sh", "test", "useradd")
#: A command as its console script runs it: its own folder is on the search path, the current one is not.
COMMAND = "import sys; sys.path.pop(0); from infra.cli.main import main; main()"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, full of modules and programs that leave a mark when they are run."""
    path = Path(tempfile.mkdtemp(prefix="linernotes-traps-"))
    path.chmod(0o777)
    module = f"open({str(path / 'marks')!r}, 'a').write(__file__ + chr(10))\n"
    names = {*sys.stdlib_module_names, *packages_distributions(), "sitecustomize", "usercustomize", "infra", "gateway"}
    for name in names:
        (path / f"{name}.py").write_text(module)
    for name in PROGRAMS:
        (path / name).write_text(f"#!/bin/sh\necho $0 >> {path}/marks\n")
        (path / name).chmod(0o755)
    (path / "marks").touch()
    (path / "marks").chmod(0o666)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def test_no_command_runs_what_lies_in_the_current_folder(folder: Path, tmp_path: Path) -> None:
    write_dump(tmp_path, releases=60, seed=31)
    product = Product(folder / "home", {"PATH": f".:{os.environ['PATH']}", "LD_LIBRARY_PATH": ":"}, as_program=True)
    try:
        product.linernotes("up", "--detach", LINERNOTES_PORT="0")
        product.linernotes("load", tmp_path)
        product.linernotes("status")
        product.linernotes("verify", tmp_path)
        product.linernotes("backup", "saved", LINERNOTES_HOME="home")
        assert product.processes()["gateway"]
    finally:
        product.linernotes("down")
    assert (folder / "saved").is_dir()
    assert (folder / "marks").read_text() == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="nobody has to have it: the other test is of an ordinary user already")
@pytest.mark.skipif(ROUNDS == 1, reason="in the long sweeps only: the other test finds it, too")
def test_an_ordinary_user_does_not_run_it_either(folder: Path) -> None:
    python = python_for(65534)
    said = ""
    for words in (["up", "--detach"], ["status"], ["down"]):
        environment = {"LINERNOTES_HOME": str(folder / "home"), "LINERNOTES_PORT": "0", "PATH": f".:{os.defpath}"}
        done = run_python(python, COMMAND, *words, cwd=folder, environment=environment)
        said += done.stdout + done.stderr
        assert done.returncode == 0, said
    assert "The stack is down." in said
    assert (folder / "marks").read_text() == ""
