"""Processes that the supervisor has forked instead of started: the same, sooner, in less memory."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from functions.runtime.settings import Settings
from infra.stack import forks
from infra.stack.child import Child
from infra.stack.home import make_home
from infra.stack.logs import Event
from infra.stack.programs import python_module
from infra.stack.supervisor import Supervisor
from infra.stack.worker_counts import children

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to another than process 1")

#: Says all that a process finds of itself, then waits.
TELLS = """
import json, os, random, signal, sys, threading, time
print(json.dumps({
    "name": __name__, "words": sys.argv[1:], "module": os.path.basename(sys.argv[0]), "safe": sys.flags.safe_path,
    "folder": os.getcwd(), "parent": os.getppid(), "leads": os.getsid(0) == os.getpid() == os.getpgid(0),
    "environment": dict(os.environ), "threads": threading.active_count(), "mask": os.umask(0o77),
    "blocked": [int(each) for each in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
    "handlers": {int(each): str(signal.getsignal(each)).split(" at ")[0] for each in signal.valid_signals()},
    "files": {each: os.readlink(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")
              if os.path.exists(f"/proc/self/fd/{each}")},
    "command": open("/proc/self/cmdline").read().replace("\\0", " ").strip(), "random": random.random(),
}), flush=True)
import functions.runtime.process.worker
print("imported", flush=True)
if sys.argv[1:2] == ["ends"]:
    sys.exit(3)
if sys.argv[1:2] == ["orphans"]:
    os.system("sleep 0.2 &")
    sys.exit(0)
time.sleep(600)
"""


def tells(name: str, *words: str, preloaded: bool = True, count: int = 1) -> Child:
    return Child(name=name, argv=python_module("tells", *words), preloaded=preloaded, count=count)


def environment(path: Path) -> dict[str, str]:
    (path / "code").mkdir(exist_ok=True)
    (path / "code" / "tells.py").write_text(TELLS)
    own = {"LINERNOTES_HOME": str(path), "PYTHONPATH": f"{ROOT}:{path / 'code'}", "PYTHONSAFEPATH": "1"}
    return {"PATH": os.environ["PATH"], "AMQP_CONNECTION": "redis://127.0.0.1:1", "ODD": "\udcff", **own}


@asynccontextmanager
async def supervisor(
    path: Path, *children: Child, notify: Callable[[Event], None] = print
) -> AsyncIterator[Supervisor]:
    one = Supervisor(make_home(path), notify, environment(path), Settings(home=str(path)))
    await one.start_children(children)
    try:
        yield one
    finally:
        await one.stop()


async def until(condition: Callable[[], Any], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def pid_of(one: Supervisor, name: str) -> int | None:
    return next((each.pid for each in one.status().processes if each.name == name and each.state == "ready"), None)


def said(path: Path, name: str) -> list[str]:
    log = path / "logs" / f"{name}.out.log"
    return log.read_text().splitlines() if log.exists() else []


def is_forked(one: Supervisor, name: str) -> bool:
    """Whether it has no memory of its own for what the fork server has imported."""
    memory = psutil.Process(pid_of(one, name)).memory_full_info()
    return bool(memory.uss < memory.rss / 2)


def test_a_forked_process_is_as_one_that_was_started(tmp_path: Path) -> None:
    async def work() -> None:
        both = tells("forked", "a word", count=2), tells("started", "a word", preloaded=False)
        async with supervisor(tmp_path, *both) as one:
            await until(lambda: all(len(said(tmp_path, name)) == 2 for name in ("forked", "forked-1", "started")))
            assert is_forked(one, "forked")
            assert not is_forked(one, "started")
        forked, second, started = (json.loads(said(tmp_path, name)[0]) for name in ("forked", "forked-1", "started"))
        assert forked.pop("random") != second.pop("random")
        for told in (forked, started):
            told.pop("random", None)
            told["files"] = sorted(path.replace("started", "forked") for path in told["files"].values())
        assert forked == started
        assert forked["parent"] == os.getpid()
        assert forked["command"].endswith(" -P -m tells a word")

    run(work())


def test_a_forked_process_that_ends_or_is_killed_starts_again_and_its_exit_code_is_told(tmp_path: Path) -> None:
    async def work() -> None:
        events: list[Event] = []
        async with supervisor(tmp_path, tells("waits"), tells("ends", "ends"), notify=events.append) as one:
            await until(lambda: pid_of(one, "waits"))
            first = pid_of(one, "waits")
            os.kill(first or 0, signal.SIGKILL)
            await until(lambda: pid_of(one, "waits") not in {None, first} and is_forked(one, "waits"))
            await until(lambda: len(said(tmp_path, "ends")) >= 4)
        texts = {(event.process, event.text.partition(";")[0]) for event in events if event.event == "ended"}
        assert texts == {("waits", "ended with signal SIGKILL"), ("ends", "ended with exit code 3")}

    run(work())


def test_processes_outlive_their_fork_server_and_the_next_one_forks_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, tells("waits")) as one:
            await until(lambda: len(said(tmp_path, "waits")) == 2)
            server, first = pid_of(one, "fork-server"), pid_of(one, "waits")
            assert psutil.Process(server).num_threads() == 1
            os.kill(server or 0, signal.SIGKILL)
            one.scale("waits", 2)  # nobody may have noticed yet
            await until(lambda: len(said(tmp_path, "waits-1")) == 2)
            assert pid_of(one, "waits") == first
            await until(lambda: pid_of(one, "fork-server") not in {None, server})
            one.scale("waits", 3)
            await until(lambda: len(said(tmp_path, "waits-2")) == 2)
            assert is_forked(one, "waits-2")

    run(work())


def test_a_fork_server_that_hangs_is_replaced_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forks, "_LIMIT_S", 0.2)

    async def work() -> None:
        async with supervisor(tmp_path, tells("waits", count=0)) as one:
            server = pid_of(one, "fork-server")
            os.kill(server or 0, signal.SIGSTOP)
            one.scale("waits", 1)
            await until(lambda: len(said(tmp_path, "waits")) == 2)
            await until(lambda: pid_of(one, "fork-server") not in {None, server})

    run(work())


def test_what_forked_processes_leave_behind_is_waited_for(tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, tells("leaves", "orphans")) as one:
            await until(lambda: any(each.name() == "sleep" for each in psutil.Process().children()))
            one.scale("leaves", 0)

            def is_reaped() -> bool:
                one._orphans.reap()
                return not any(each.status() == psutil.STATUS_ZOMBIE for each in psutil.Process().children())

            await until(is_reaped)

    run(work())


SUPERVISES = """
import asyncio, sys
from pathlib import Path
from tests.unit.test_fork_server import supervisor, tells, pid_of, said, until
async def work():
    path = Path(sys.argv[1])
    async with supervisor(path, tells("waits", count=2), notify=lambda event: None) as one:
        await until(lambda: len(said(path, "waits-1")) == 2)
        print(*(each.pid for each in one.status().processes), flush=True)
        await asyncio.sleep(600)
asyncio.run(work())
"""


def test_kill_9_of_the_supervisor_ends_what_was_forked_and_the_fork_server(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SUPERVISES, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        pids = [int(word) for word in process.stdout.readline().split()]
        assert len(pids) == 3
        forked = [psutil.Process(pid) for pid in pids]
        process.kill()
    _, left = psutil.wait_procs(forked, timeout=60)
    assert [each for each in left if each.status() != "zombie"] == []


@pytest.mark.parametrize("preload", [True, False])
def test_a_setting_says_whether_processes_are_forked(tmp_path: Path, *, preload: bool) -> None:
    kept = children(Settings(home=str(tmp_path), preload=preload))
    assert {child.preloaded for child in kept} == {preload}
