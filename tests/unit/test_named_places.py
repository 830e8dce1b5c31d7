"""A file, folder or address that was named and cannot be used is one sentence with its name, and exit code 2."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from functions.extract.download.dump import DumpFile
from functions.runtime.addresses import host_and_port
from functions.runtime.errors import SettingError
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.bucket import open_bucket
from infra.cli import main as commands
from infra.cli.source_options import local_file
from infra.stack.home import make_home

#: What makes a place that cannot be used below a folder, and the place.
FAULTS: dict[str, Callable[[Path], Path]] = {
    "a link that leads nowhere": lambda folder: linked(folder, "missing"),
    "links in a circle": lambda folder: linked(folder, "link"),
    "a name that is too long": lambda folder: folder / ("n" * 300),
    "a folder that is a file": lambda folder: below_a_file(folder),
    "an unknown user": lambda _: Path("~no_such_user_of_ours/place"),
    "a folder without rights": lambda folder: closed(folder) / "inside",
}

#: Commands as they are given a place; a word with `=` is a variable.
COMMANDS = {
    "load": ["load", "{}"],
    "load file://": ["load", "file://{}"],
    "verify": ["verify", "{}"],
    "synth": ["synth", "{}", "--releases", "1"],
    "synth from": ["synth", "{home}/next", "--mutate-from", "{}"],
    "backup": ["backup", "{}/new.backup"],
    "restore": ["restore", "{}"],
    "secrets init": ["secrets", "init", "{}"],
    "bench": ["bench", "all", "--quick", "--markdown", "{}"],
    "home of up": ["LINERNOTES_HOME={}", "up", "--detach"],
    "home of down": ["LINERNOTES_HOME={}", "down"],
    "home of status": ["LINERNOTES_HOME={}", "status"],
    "bucket": ["LINERNOTES_BUCKET={}", "deploy", "bucket"],
    "secret": ["POSTGRES_PASSWORD_FILE={}", "deploy", "bucket"],
    "authorities": ["LINERNOTES_TLS_CA={}", "POSTGRES_ADDRESS=localhost:1", "NEO4J_ADDRESS=bolt://localhost", "status"],
}

#: No fault there: what is not there yet is made, or the stack is simply not up.
HARMLESS = {
    ("home of down", "a link that leads nowhere"),
    ("home of status", "a link that leads nowhere"),
    ("home of down", "links in a circle"),
    ("bench", "a link that leads nowhere"),
}


def linked(folder: Path, target: str) -> Path:
    (folder / "link").symlink_to(folder / target)
    return folder / "link"


def below_a_file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file" / "place"


def closed(folder: Path) -> Path:
    (folder / "closed").mkdir(mode=0)
    return folder / "closed"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may work in: those of pytest are for their owner."""
    with tempfile.TemporaryDirectory(prefix="linernotes-places-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Root may look into every folder: for a while this is nobody."""
    before = os.geteuid()
    os.seteuid(before or 65_534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture(scope="module")
def all_commands() -> None:
    """Every command, added once: each call would add them again."""
    commands.add_commands()


@pytest.fixture
def run(folder: Path, all_commands: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int | str | None]]:
    """Runs a command in this process and returns its exit code."""
    monkeypatch.setattr(commands, "add_commands", lambda *_: None)
    for module in ("backup", "deploy", "verify", "stack", "command_context"):
        monkeypatch.setattr(f"infra.cli.{module}.configure_logs", lambda *_: None)

    def command(*words: str) -> int | str | None:
        monkeypatch.setattr(sys, "excepthook", sys.excepthook)
        os.environ["LINERNOTES_HOME"] = str(folder / "home")
        variables = [word for word in words if word.partition("=")[0].isupper()]
        os.environ.update(dict(word.split("=", 1) for word in variables))
        monkeypatch.setattr(sys, "argv", ["linernotes", *(word for word in words if word not in variables)])
        with ordinary_user(), pytest.raises(SystemExit) as ended:
            commands.main()
        return ended.value.code

    before = dict(os.environ)
    yield command
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.parametrize(
    ("command", "fault"), [(name, fault) for name in COMMANDS for fault in FAULTS if (name, fault) not in HARMLESS]
)
def test_a_place_that_cannot_be_used_is_one_sentence(command, fault, folder, run, capsys):
    place = FAULTS[fault](folder)
    code = run(*(word.format(place, home=folder / "home") for word in COMMANDS[command]))
    said = capsys.readouterr().err
    assert code == 2, said
    assert said.startswith("error: ")
    assert said.count("\n") == 1, said
    assert str(place) in said or str(place.name) in said


@pytest.mark.parametrize("fault", set(FAULTS) - {"an unknown user"})
def test_the_folder_of_fetched_dumps_is_named(fault, folder):
    place = FAULTS[fault](folder)
    settings = Settings(home=str(folder), dump_root=str(place))
    file = DumpFile("labels", "labels.xml.gz", "http://127.0.0.1:1/labels.xml.gz", "0" * 64, 1)
    with ordinary_user(), pytest.raises(SettingError, match=r"cannot be used: .+\.$"):
        local_file(settings, file, lambda *_: None)


def test_a_place_may_hold_brackets_and_quotes(folder):
    home = make_home(folder / """a [b], 'c' [/url]""")
    assert home.logs.is_dir()
    assert read_settings({"LINERNOTES_HOME": str(home.path)}).home == str(home.path)
    open_bucket(Settings(home=str(home.path))).put("a", b"1")


def test_bytes_that_are_no_text_name_no_place():
    with pytest.raises(SettingError, match="no UTF-8"):
        read_settings({"LINERNOTES_HOME": "/tmp/\udcff"})  # noqa: S108


ADDRESSES = {
    "AMQP_CONNECTION": [
        "http://localhost",
        "localhost:5672",
        "amqp://user:p/word@host:1",
        "amqp://[::1",
        "redis://h:0",
    ],
    "LINERNOTES_AMQP_MANAGEMENT": ["localhost", "http://", "http://h:port"],
    "REDIS_URL": ["localhost:6379", "http://localhost", "redis://h:99999", "redis://[h"],
    "NEO4J_ADDRESS": ["localhost:7687", "http://localhost", "bolt://", "bolt://h:seven", "bolt://[::1"],
    "LINERNOTES_GRAPH_HTTP": ["ftp://h", "http://h:-1"],
    "POSTGRES_ADDRESS": [
        "localhost",
        "localhost:",
        ":5432",
        "localhost:port",
        "localhost:0",
        "h:70000",
        "[]:1",
    ],
    "LINERNOTES_S3_ENDPOINT": ["localhost:9000", "s3://h", "http://h h", "https://[h"],
    "LINERNOTES_BUCKET": ["s3://", "gs://bucket", "s3:///prefix"],
    "LINERNOTES_SITE": ["https://[h", "http://h:x"],
    "LINERNOTES_PUBLIC_URL": ["https://[h", "http://h:x"],
    "LINERNOTES_CHECK_SOURCE": ["ftp://h/x", "http://[h"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in ADDRESSES.items() for value in values])
def test_a_malformed_address_is_named_and_not_quoted(name, value):
    with pytest.raises(SettingError) as refused:
        read_settings({"LINERNOTES_HOME": "/nowhere", name: value})
    assert str(refused.value).startswith(name)
    assert "p/word" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AMQP_CONNECTION", "amqp://user:pass%2Fword@[::1]:5672/%2F"),
        ("AMQP_CONNECTION", "valkey://:word@h:1/0"),
        ("REDIS_URL", "redis:///0"),
        ("NEO4J_ADDRESS", "neo4j+s://[::1]:7687"),
        ("POSTGRES_ADDRESS", "/var/run/postgresql"),
        ("LINERNOTES_BUCKET", "s3://bucket/prefix"),
        ("LINERNOTES_CHECK_SOURCE", "discogs"),
    ],
)
def test_addresses_that_are_right_are_taken(name, value):
    assert read_settings({"LINERNOTES_HOME": "/nowhere", name: value})


def test_the_host_of_postgresql_may_be_in_brackets():
    assert host_and_port("[::1]:5432") == host_and_port("::1:5432") == ("::1", 5432)


@pytest.mark.parametrize(
    "source", ["s3://", "http://", "http://[h/x", "https://h:port/", "http://a b/", "ftp://h/x", "//[x"]
)
@pytest.mark.parametrize("command", ["load", "verify"])
def test_a_malformed_source_is_one_sentence(command, source, run, capsys):
    assert run(command, source) == 2
    assert capsys.readouterr().err.count("\n") == 1
