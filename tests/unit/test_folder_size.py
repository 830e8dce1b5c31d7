"""What a folder takes, though others write to it while it is counted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from functions.runtime.stores.folder_size import folder_bytes


def test_files_of_all_folders_below_are_counted(tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "one").write_bytes(b"x" * 10)
    (tmp_path / "deep" / "deeper" / "two").write_bytes(b"x" * 5)
    (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
    assert folder_bytes(tmp_path) == 15
    assert folder_bytes(tmp_path / "absent") == 0


def test_a_folder_that_goes_while_it_is_counted_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "goes" / "deeper").mkdir(parents=True)
    (tmp_path / "stays").mkdir()
    (tmp_path / "goes" / "one").write_bytes(b"x" * 10)
    (tmp_path / "stays" / "two").write_bytes(b"x" * 5)
    scandir = os.scandir

    def removes(place: Any) -> Any:
        if not isinstance(place, int) and Path(place).name == "goes":
            shutil.rmtree(place)
        return scandir(place)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", removes)
        assert folder_bytes(tmp_path) == 5
