"""The supervisor with children only: small Python processes, no server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from functions.runtime.backoff import backoff
from functions.runtime.control_socket import ask
from functions.runtime.errors import LinernotesError, RefusedError, SettingError, StoreUnavailable
from functions.runtime.messaging import depth_watch
from functions.runtime.settings import Settings
from functions.runtime.supervised_process import NOTIFY
from infra.stack import autoscaler, start_turns
from infra.stack.child import Child
from infra.stack.control_socket import control_server
from infra.stack.home import Home, make_home
from infra.stack.logs import Event, append_event
from infra.stack.managed_process import FIRST_BACKOFF, LONG_LIFE, LONGEST_BACKOFF, next_ends
from infra.stack.orphan_processes import recorded
from infra.stack.scaling import Decision
from infra.stack.server import Command
from infra.stack.start_turns import StartTurns
from infra.stack.supervisor import Supervisor

SLEEPS = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('here', flush=True); time.sleep(60)",
]


def ends_with(code: int) -> list[str]:
    return [sys.executable, "-c", f"import sys; sys.exit({code})"]


@asynccontextmanager
async def supervisor(
    path: Path, *children: Child, notify: Callable[[Event], None] = print
) -> AsyncIterator[Supervisor]:
    one = Supervisor(make_home(path), notify, dict(os.environ), Settings(home=str(path)))
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


@contextmanager
def suppress_scaling(one: Supervisor) -> Iterator[None]:
    """Its children have queues, but no broker."""
    one._begin_scaling = _no_scaling  # type: ignore[method-assign]
    yield


def _no_scaling(children: Mapping[str, Child]) -> None:
    """Nothing is scaled."""


def pids(one: Supervisor) -> list[int]:
    return [process.pid for process in one.status().processes if process.pid and process.state == "ready"]


def logged(home: Home, name: str) -> str:
    path = home.logs / f"{name}.out.log"
    return path.read_text() if path.exists() else ""


def test_backoff_doubles_up_to_a_limit_and_starts_anew_after_a_long_life() -> None:
    assert [backoff(ends, FIRST_BACKOFF, LONGEST_BACKOFF) for ends in (1, 2, 3, 10, 10_000)] == [0.2, 0.4, 0.8, 10, 10]
    assert [next_ends(before, lived=0.1) for before in (0, 1, 7)] == [1, 2, 8]
    assert next_ends(7, lived=LONG_LIFE) == 1


@pytest.mark.parametrize("code", [0, 1, 3])
def test_a_child_that_ends_with_any_code_starts_again(tmp_path: Path, code: int) -> None:
    async def work() -> None:
        events: list[Event] = []
        async with supervisor(tmp_path, Child(name="brief", argv=ends_with(code)), notify=events.append) as one:
            await until(lambda: one.status().processes[0].restarts >= 2)
        assert any(f"exit code {code}" in event.text for event in events)

    run(work())


class FullHeap:
    """A server whose heap is full as soon as it runs."""

    name, stop_signal, grace, start_grace = "graph", signal.SIGTERM, 1.0, 1.0

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Nothing to prepare."""

    def command(self) -> Command:
        program = "import sys; print('OutOfMemoryError: Java heap space', flush=True); sys.exit(3)"
        return Command((sys.executable, "-c", program), self._folder)

    async def ready(self) -> bool:
        return False

    def give_back_memory(self, _pid: int) -> None:
        """It has none."""


class LockedUp(FullHeap):
    """A server that neither answers nor heeds a signal."""

    grace, start_grace = 60.0, 0.3

    def command(self) -> Command:
        return Command(tuple(STUBBORN), self._folder)


class Resting(FullHeap):
    """A server that notes when it is asked to give memory back."""

    name, grace = "graph", 5.0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.asked: list[int] = []

    def command(self) -> Command:
        return Command(tuple(SLEEPS), self._folder)

    async def ready(self) -> bool:
        return True

    def give_back_memory(self, pid: int) -> None:
        self.asked.append(pid)

    def was_asked(self, times: int) -> bool:
        return len(self.asked) == times


class Depths:
    """The depth of one queue, as a test sets it."""

    depth = 1
    looks = 0

    def depths(self) -> dict[str, int]:
        self.looks += 1
        return {"work": self.depth}

    def was_seen(self) -> Callable[[], bool]:
        """Whether it was looked at since now; one look may be under way."""
        wanted = self.looks + 2
        return lambda: self.looks >= wanted

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        """It has no connection."""


def test_servers_give_memory_back_after_work_whatever_workers_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue, server = Depths(), Resting(tmp_path)
    monkeypatch.setattr(depth_watch, "open_depth_watch", lambda *_: queue)
    monkeypatch.setattr(autoscaler, "BUSY_INTERVAL_S", 0.02)
    kept = Child(name="works", argv=SLEEPS, count=1, fixed=True, queues=("work",))

    async def work() -> None:
        async with supervisor(tmp_path) as one:
            one.settings = Settings(home=str(tmp_path), cancel_delay=0.3)
            await one.start_servers([server])
            await one.start_children([kept])
            await until(queue.was_seen())
            await asyncio.sleep(0.6)
            assert server.asked == []
            for times in (1, 2):
                queue.depth = 0
                await until(partial(server.was_asked, times))
                await asyncio.sleep(0.6)
                assert len(server.asked) == times
                queue.depth = 1
                await until(queue.was_seen())
            assert one.status().targets == {"works": 1}

    run(work())


def test_nothing_starts_while_a_stack_is_stopped(tmp_path: Path) -> None:
    async def work() -> None:
        stays = Child(name="stays", argv=STUBBORN, count=1, grace=0.5)
        async with supervisor(tmp_path, stays) as one:
            await until(lambda: len(pids(one)) == 1)
            stopping = asyncio.create_task(one.stop())
            await asyncio.sleep(0)
            one._decided({"stays": Decision(5, "much to do")})
            with pytest.raises(RefusedError, match="is being stopped"):
                one.scale("stays", 5)
            await stopping
            assert one.status().targets == {"stays": 1}
            assert pids(one) == []

    run(work())


def test_what_a_server_said_last_stands_in_the_event_of_its_end(tmp_path: Path) -> None:
    async def work() -> None:
        events: list[Event] = []
        async with supervisor(tmp_path, notify=events.append) as one:
            with pytest.raises(LinernotesError, match=r"exit code 3: OutOfMemoryError: Java heap space \(see "):
                await one.start_servers([FullHeap(tmp_path)])
        ends = [event.text for event in events if event.event == "ended"]
        assert all(text.startswith("ended with exit code 3: OutOfMemoryError: Java heap space; ") for text in ends)
        assert ends

    run(work())


def test_a_child_that_is_killed_starts_again(tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, Child(name="sleeper", argv=SLEEPS)) as one:
            await until(lambda: pids(one))
            first = pids(one)
            os.kill(first[0], signal.SIGKILL)
            await until(lambda: pids(one) and pids(one) != first)
            status = one.status().processes[0]
            assert status.name == "sleeper"
            assert status.restarts == 1
            assert status.memory > 0

    run(work())


def test_a_program_that_does_not_exist_is_tried_again_and_said(tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, Child(name="absent", argv=["/nowhere/absent"])) as one:
            await until(lambda: one.status().processes[0].restarts >= 1)
            assert "/nowhere/absent cannot be started" in logged(one.home, "absent")

    run(work())


def test_children_are_scaled_up_and_down(tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, Child(name="sleeper", argv=SLEEPS)) as one:
            assert one.scale("sleeper", 3) == 1
            await until(lambda: len(pids(one)) == 3)
            everyone = pids(one)
            assert one.scale("sleeper", 1) == 3
            await until(lambda: len(one.status().processes) == 1)
            assert [pid for pid in everyone if psutil.pid_exists(pid)] == pids(one)
            assert one.scale("sleeper", 0) == 1
            await until(lambda: not one.status().processes)
            assert one.status().targets == {"sleeper": 0}

    run(work())


def test_no_more_processes_start_at_once_than_there_are_turns(tmp_path: Path) -> None:
    says = f"import os, time; time.sleep(0.3); print('here', flush=True); os.write(int(os.environ['{NOTIFY}']), b'.')"
    argv = [sys.executable, "-c", f"{says}; time.sleep(60)"]
    kinds = [Child(name=name, argv=argv, queues=(name,), fixed=True) for name in ("first", "second", "third")]

    async def work() -> None:
        one = Supervisor(make_home(tmp_path), print, dict(os.environ), Settings(home=str(tmp_path)))
        one._turns = StartTurns(1)
        most = 0
        with suppress_scaling(one):
            await one.start_children(kinds)
            try:
                async with asyncio.timeout(60):
                    while len(pids(one)) < len(kinds):
                        said = sum("here" in logged(one.home, kind.name) for kind in kinds)
                        most = max(most, len(pids(one)) - said)
                        await asyncio.sleep(0.02)
            finally:
                await one.stop()
        assert most <= 1

    run(work())


def test_a_turn_goes_on_when_its_process_ends_or_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        monkeypatch.setattr(start_turns, "LIMIT_S", 600.0)
        turns = StartTurns(1)
        turn = await turns.take()
        turn.started()  # the only end that could speak is closed
        async with asyncio.timeout(60):
            second = await turns.take()
        monkeypatch.setattr(start_turns, "LIMIT_S", 0.05)
        second.failed()
        late = await turns.take()
        async with asyncio.timeout(60):
            (await turns.take()).failed()
        late.failed()

    run(work())


@pytest.mark.parametrize(("name", "count"), [("nobody", 1), ("sleeper", -1), ("sleeper", 1_000)])
def test_what_cannot_be_scaled_is_refused(tmp_path: Path, name: str, count: int) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, Child(name="sleeper", argv=SLEEPS, count=0)) as one:
            with pytest.raises(SettingError, match=name):
                one.scale(name, count)

    run(work())


def test_a_child_learns_its_supervisor_and_which_of_its_kind_it_is(tmp_path: Path) -> None:
    tells = "import os, time; print(os.environ['LINERNOTES_CHILD_INDEX'], os.environ['LINERNOTES_SUPERVISOR_PID'])"
    argv = [sys.executable, "-uc", f"{tells}; time.sleep(60)"]

    async def work() -> None:
        async with supervisor(tmp_path, Child(name="teller", argv=argv, count=2)) as one:
            await until(lambda: logged(one.home, "teller") and logged(one.home, "teller-1"))
            assert logged(one.home, "teller") == f"0 {os.getpid()}\n"
            assert logged(one.home, "teller-1") == f"1 {os.getpid()}\n"

    run(work())


def test_a_child_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    async def work() -> None:
        events: list[Event] = []
        stubborn = Child(name="stubborn", argv=STUBBORN, grace=0.3)
        async with supervisor(tmp_path, stubborn, notify=events.append) as one:
            await until(lambda: "here" in logged(one.home, "stubborn"))
            left = pids(one)
        assert not any(psutil.pid_exists(pid) for pid in left)
        assert "killed" in [event.event for event in events]

    run(work())


def test_a_server_that_locks_up_at_its_start_is_killed_soon(tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path) as one:
            starting = asyncio.create_task(one.start_servers([LockedUp(tmp_path)]))
            log = one.home.logs / "graph.log"
            await until(lambda: log.exists() and "here" in log.read_text())
            [left] = [process.pid for process in one.status().processes]
            async with asyncio.timeout(LockedUp.grace / 2):
                await one.stop()
            starting.cancel()
            assert left is not None
            assert not psutil.pid_exists(left)

    run(work())


def test_the_started_processes_are_on_record_until_they_have_ended(tmp_path: Path) -> None:
    async def work() -> None:
        async with supervisor(tmp_path, Child(name="sleeper", argv=SLEEPS, count=2)) as one:
            await until(lambda: len(pids(one)) == 2)
            assert sorted(entry.pid for entry in recorded(one.home)) == sorted(pids(one))
        assert recorded(one.home) == []

    run(work())


@pytest.mark.parametrize("folder", ["short", "long-" + "x" * 120])
def test_the_control_socket_answers_whatever_the_length_of_its_path(tmp_path: Path, folder: str) -> None:
    async def work() -> None:
        async with supervisor(tmp_path / folder) as one, control_server(one.home, one.answer):
            status = await asyncio.to_thread(ask, one.home.path, {"command": "status"})
            assert status["up"]
            with pytest.raises(RefusedError, match="does not know"):
                await asyncio.to_thread(ask, one.home.path, {"command": "dance"})
            assert (one.home.control.stat().st_mode & 0o777) == 0o600
        with pytest.raises(StoreUnavailable, match="does not answer"):
            ask(one.home.path, {"command": "status"})

    run(work())


def test_a_nonsense_request_is_refused_and_the_socket_goes_on(tmp_path: Path) -> None:
    async def reply(line: bytes, one: Supervisor) -> bytes:
        reader, writer = await asyncio.open_unix_connection(one.home.control)
        writer.write(line)
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return answer

    async def work() -> None:
        async with supervisor(tmp_path) as one, control_server(one.home, one.answer):
            assert b'"error"' in await reply(b"not json\n", one)
            assert b'"error"' in await reply(b'{"command":"scale","name":5}\n', one)
            assert b'"answer"' in await reply(b'{"command":"status"}\n', one)

    run(work())


def test_nothing_is_started_on_a_full_disk_and_all_of_it_once_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = ["64 MB of disk are needed"]
    monkeypatch.setattr("infra.stack.supervisor.shortage", lambda _: "".join(missing))

    async def work() -> None:
        events: list[Event] = []
        async with supervisor(tmp_path, Child(name="sleeper", argv=SLEEPS), notify=events.append) as one:
            await until(lambda: one.status().processes[0].restarts >= 2)
            assert not pids(one)
            missing.clear()
            await until(lambda: pids(one))
        assert any("64 MB of disk are needed" in event.text for event in events)

    run(work())


def test_files_that_cannot_be_written_end_no_supervisor(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    (home.run / "processes.json.new").mkdir()
    (home.logs / "supervisor.log").mkdir()

    async def work() -> None:
        notify = partial(append_event, home)
        async with supervisor(tmp_path, Child(name="brief", argv=ends_with(1)), notify=notify) as one:
            await until(lambda: one.status().processes[0].restarts >= 2)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(one.until_stopped(), 0.1)

    run(work())


def test_a_keeper_that_breaks_leaves_no_process_and_can_be_stopped(tmp_path: Path) -> None:
    def notify(event: Event) -> None:
        if event.event == "started":
            raise ValueError(event.text)

    async def work() -> None:
        async with supervisor(tmp_path, Child(name="sleeper", argv=SLEEPS), notify=notify) as one:
            with pytest.raises(ValueError, match="process"):
                await one.until_stopped()
            [broken] = one.status().processes
            assert broken.state == "stopped"
            assert broken.pid
            await until(lambda: psutil.Process(broken.pid).status() == psutil.STATUS_ZOMBIE)

    run(work())
