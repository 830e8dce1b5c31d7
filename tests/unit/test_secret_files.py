"""Settings whose value stands in a file."""

from __future__ import annotations

import pytest

from functions.runtime.errors import SettingError
from functions.runtime.settings import read_settings, variables, variables_of_files, with_absolute_folders
from functions.runtime.telemetry.logs import secrets_of


def test_whatever_may_hold_a_secret_may_stand_in_a_file(tmp_path):
    home = {"LINERNOTES_HOME": str(tmp_path)}
    schemes = {"AMQP_CONNECTION": "redis", "REDIS_URL": "redis"}
    given = {env: f"{schemes.get(env, 'http')}://secret-{n}" for n, env in enumerate(variables_of_files())}
    for env, value in given.items():
        (tmp_path / env).write_text(f"{value}\n")
    settings = read_settings(home | {f"{env}_FILE": str(tmp_path / env) for env in variables_of_files()})
    values = {str((meta.extra or {})["env"]): getattr(settings, name) for name, meta in variables().items()}
    assert {env: values[env] for env in variables_of_files()} == given


def test_every_password_key_and_address_with_a_password_may_stand_in_a_file():
    names = {str((meta.extra or {})["env"]) for meta in variables().values()}
    wanted = {env for env in names if env.endswith(("PASSWORD", "KEY", "TOKEN", "KEY_ID"))}
    assert wanted | {"AMQP_CONNECTION", "REDIS_URL"} <= set(variables_of_files())


def test_a_value_given_both_ways_is_refused(tmp_path):
    (tmp_path / "password").write_text("one")
    both = {"POSTGRES_PASSWORD": "other", "POSTGRES_PASSWORD_FILE": str(tmp_path / "password")}
    with pytest.raises(SettingError, match="POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set"):
        read_settings(both)


@pytest.mark.parametrize("content", [None, b"", b"\n", b"one\ntwo\n", b"\xff\xfe", b"x" * 70_000])
def test_a_file_that_holds_no_single_line_is_refused_and_named(tmp_path, content):
    path = tmp_path / "password"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingError, match=f"NEO4J_PASSWORD_FILE names {path}"):
        read_settings({"NEO4J_PASSWORD_FILE": str(path)})


def test_a_process_in_another_folder_finds_the_same_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = with_absolute_folders({"REDIS_URL_FILE": "url", "OTHER_FILE": "url"})
    assert given == {"REDIS_URL_FILE": str(tmp_path / "url"), "OTHER_FILE": "url"}


def test_keys_of_s3_are_kept_out_of_logs(tmp_path):
    settings = read_settings({"LINERNOTES_HOME": str(tmp_path), "AWS_SECRET_ACCESS_KEY": "abcdefghijkl"})
    assert "abcdefghijkl" in secrets_of(settings)
