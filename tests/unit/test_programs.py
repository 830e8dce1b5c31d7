"""What programs are started with: nothing of it leads into the folder somebody stands in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from functions.runtime.settings import read_settings
from infra.stack.programs import on_search_path, python_module, safe_environment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a module that must not be found, and a program."""
    (tmp_path / "msgspec.py").write_text("raise SystemExit('run from the current folder')")
    (tmp_path / "java").write_text("#!/bin/sh\n")
    (tmp_path / "java").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_search_paths_lose_the_current_folder(folder: Path) -> None:
    given = {"PATH": ":/bin:.:bin:", "LD_LIBRARY_PATH": ":/lib", "PYTHONPATH": f":/one:two:{folder}"}
    safe = safe_environment(given)
    assert (safe["PATH"], safe["LD_LIBRARY_PATH"]) == ("/bin", "/lib")
    assert safe["PYTHONPATH"] == f"/one:{folder / 'two'}:{folder}"


def test_a_program_is_not_found_in_the_current_folder(folder: Path) -> None:
    for path in ("", ":", ".", f"{os.curdir}:{os.curdir}", "nowhere:"):
        assert on_search_path("java", path) is None
    assert on_search_path("java", f".:{folder}") == str(folder / "java")


def test_a_module_is_not_run_from_the_current_folder(folder: Path) -> None:
    environment = safe_environment({**os.environ, "PYTHONPATH": f":{Path(__file__).parents[2]}"})
    run = [python_module("infra.cli.main", "--help"), [sys.executable, "-c", "import msgspec"]]
    for argv in run:
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_folders_mean_the_same_in_another_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "LINERNOTES_HOME": "home",
        "LINERNOTES_BUCKET": "work",
        "DISCOGS_ROOT": "dumps",
        "LINERNOTES_CHECK_SOURCE": "months",
        "LINERNOTES_NEO4J_JARS": "~/jars",
        "JAVA_HOME": "jdk",
    }
    safe = safe_environment(given)
    here = read_settings(given)
    monkeypatch.chdir("/")
    assert read_settings(safe) == here
    assert here.bucket_url == str(folder / "work")
    assert here.dumps_folder == folder / "dumps"
    assert here.check_source == str(folder / "months")
    assert here.neo4j_jars == str(Path("~/jars").expanduser())
    assert safe["JAVA_HOME"] == str(folder / "jdk")


@pytest.mark.parametrize("address", ["s3://work/prefix", "https://example.org/dumps/", "discogs", ""])
def test_an_address_is_no_folder(address: str) -> None:
    given = {"LINERNOTES_BUCKET": address, "LINERNOTES_CHECK_SOURCE": address}
    assert given.items() <= safe_environment(given).items()
