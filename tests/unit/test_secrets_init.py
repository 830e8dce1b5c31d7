"""`linernotes secrets init`: what it draws, for whom, and that it overwrites nothing."""

from __future__ import annotations

import os
import re
import stat
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from functions.runtime.errors import LinernotesError, RefusedError
from functions.runtime.settings import read_settings
from infra.backup.backup import _refuse_target
from infra.cli.secrets import secrets
from infra.deploy.secrets import CONTAINER_USER, NAMES, make_secrets
from infra.stack.home import make_home
from infra.stack.passwords import settle_passwords


def values(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text().rstrip("\n") for path in folder.iterdir()}


def test_every_secret_is_made_of_letters_and_digits_for_its_owner_only(tmp_path):
    made = make_secrets(tmp_path / "secrets")
    found = values(tmp_path / "secrets")
    assert set(found) == set(NAMES) == set(made.made)
    drawn = {name: value for name, value in found.items() if name.endswith(("_password", "_id", "_key"))}
    assert len(drawn) == 8
    assert len(set(drawn.values())) == 8
    assert all(re.fullmatch(r"[A-Za-z0-9]{20,40}", value) for value in drawn.values())
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700


def test_what_servers_and_processes_read_holds_the_same_password(tmp_path):
    make_secrets(tmp_path / "secrets")
    found = values(tmp_path / "secrets")
    assert urlsplit(found["amqp_connection"]).password == found["rabbitmq_password"]
    assert urlsplit(found["redis_url"]).password == found["valkey_password"]
    assert found["rabbitmq.conf"].endswith(f"default_pass = {found['rabbitmq_password']}")
    assert found["valkey.conf"] == f"requirepass {found['valkey_password']}"
    assert found["neo4j_auth"] == f"neo4j/{found['neo4j_password']}"


def test_a_second_time_changes_nothing_and_makes_what_is_missing_of_what_is_there(tmp_path):
    make_secrets(tmp_path)
    before = values(tmp_path)
    (tmp_path / "amqp_connection").unlink()
    again = make_secrets(tmp_path)
    assert again.made == ["amqp_connection"]
    assert len(again.kept) == len(NAMES) - 1
    assert values(tmp_path) == before


def test_root_gives_them_to_the_user_of_the_containers(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give files to others")
    made = make_secrets(tmp_path / "secrets")
    assert (made.user, made.group) == (CONTAINER_USER, CONTAINER_USER)
    owners = {path.stat().st_uid for path in [tmp_path / "secrets", *(tmp_path / "secrets").iterdir()]}
    assert owners == {CONTAINER_USER}


def test_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 12_345)
    with pytest.raises(RefusedError, match="belongs to another user"):
        make_secrets(tmp_path)


def test_nobody_is_told_to_remove_a_file_that_holds_a_secret(tmp_path):
    folder, home = tmp_path / "secrets", make_home(tmp_path / "home")
    make_secrets(folder)
    (folder / "session_secret").write_bytes(b"\xff")
    (home.path / "passwords.json").write_bytes(b"{")
    (home.path / "connections.json").write_bytes(b"{")
    backup = tmp_path / "kept.backup"
    backup.touch()
    for told in (
        partial(make_secrets, folder),
        partial(settle_passwords, home, ["graph"]),
        partial(read_settings, {"LINERNOTES_HOME": str(home.path)}),
        partial(_refuse_target, backup),
    ):
        with pytest.raises(LinernotesError, match=r"mend it|another name") as refused:
            told()
        assert not re.search(r"\b(remove|delete)\b", str(refused.value))
    assert (home.path / "passwords.json").read_bytes() == b"{"


def test_without_a_folder_they_lie_beside_whoever_asks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(secrets, ["init"])
    assert done.exit_code == 0, done.exception
    assert (tmp_path / "secrets" / "postgres_password").exists()
