"""What cannot be made again is on the disk, and its name too, before anything says that it is there."""

from __future__ import annotations

import datetime as dt
import errno
import os
import stat
from pathlib import Path

import pytest

from functions.extract.download.dump_folder import write_checksum
from functions.runtime.stores.fsync import sync, sync_tree
from infra.backup.manifest import Manifest, seal
from infra.stack.home import make_folder, write_private


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Renames and fsyncs, in their order; each names the file or folder, a file by what it was called then."""
    done: list[str] = []
    fsync, replace = os.fsync, os.replace

    def note_fsync(descriptor: int) -> None:
        fsync(descriptor)
        done.append(f"sync {Path(f'/proc/self/fd/{descriptor}').readlink().name}")

    def note_replace(source: str, target: str) -> None:
        replace(source, target)
        done.append(f"rename {Path(target).name}")

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(os, "replace", note_replace)
    return done


def test_a_private_file_is_synced_before_it_has_its_name_and_its_folder_after(tmp_path: Path, disk: list[str]) -> None:
    folder = make_folder(tmp_path / "home")
    write_private(folder / "passwords.json", b"{}")
    assert disk == [f"sync {tmp_path.name}", "sync passwords.json.new", "rename passwords.json", "sync home"]


def test_a_checksum_of_a_fetched_file_is_synced_with_its_folder(tmp_path: Path, disk: list[str]) -> None:
    path = tmp_path / "discogs_20260401_artists.xml.gz"
    path.touch()
    write_checksum(path, "0" * 64, synthetic=True)
    assert disk == ["sync discogs_20260401_CHECKSUM.txt", f"sync {tmp_path.name}"]


def test_a_backup_is_synced_before_it_has_its_name(tmp_path: Path, disk: list[str]) -> None:
    manifest = Manifest(
        made_at=dt.datetime.now(dt.UTC), dump=None, synthetic=None, migrations=[], postgres=18, rows={}, indexes=0,
        database_bytes=0,
    )  # fmt: skip
    (tmp_path / "toc.dat").write_bytes(b"x")
    seal(tmp_path, manifest, lambda *_: None)
    assert disk == ["sync linernotes.json", f"sync {tmp_path.name}"]
    assert stat.S_IMODE((tmp_path / "linernotes.json").stat().st_mode) == 0o600


def test_a_whole_folder_is_synced_and_links_are_not_followed(tmp_path: Path, disk: list[str]) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "file").touch()
    (tmp_path / "a" / "link").symlink_to("nowhere")
    sync_tree(tmp_path / "a")
    assert sorted(disk) == ["sync a", "sync b", "sync file"]


def test_a_file_system_may_refuse_to_sync_folders_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    (tmp_path / "file").touch()
    monkeypatch.setattr(os, "fsync", refuse)
    sync(tmp_path)
    with pytest.raises(OSError, match="Invalid argument"):
        sync(tmp_path / "file")
