"""What the supervisor keeps on disk: home, lock, ports, passwords, logs, the record of what it has started."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from functions.runtime.errors import RefusedError, SettingError
from infra.stack.free_disk import refuse_full_disk, shortage
from infra.stack.home import append_private, holder, locked, make_home, read_json, write_json, write_private
from infra.stack.logs import last_line, rotate
from infra.stack.orphan_processes import Started, end_leftovers, record, started
from infra.stack.passwords import settle_passwords
from infra.stack.ports import LOOPBACK, check_named_port, first_free_port, free_port, settle_ports
from infra.stack.postgres import clear_pid_file


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])


def test_a_new_home_is_for_its_owner_only(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    assert {mode(path) for path in [home.path, *home.path.iterdir()]} == {0o700}


def test_a_file_with_secrets_is_for_its_owner_only_also_when_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    write_private(path, b"new")
    assert (mode(path), path.read_bytes()) == (0o600, b"new")
    with append_private(tmp_path / "log") as log:
        log.write(b"line")
    assert mode(tmp_path / "log") == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_home_of_another_user_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    with pytest.raises(RefusedError, match="belongs to another user"):
        make_home(tmp_path)


def test_a_home_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    assert holder(home) is None
    with locked(home):
        assert holder(home) == os.getpid()
        with pytest.raises(RefusedError, match=rf"already up \(process {os.getpid()}\)"), locked(home):
            pass
    assert holder(home) is None


def test_who_looks_for_the_holder_of_a_home_is_not_taken_for_it(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    with locked(home):
        pass
    with home.lock.open("r+") as other:
        fcntl.flock(other, fcntl.LOCK_SH)  # as somebody has it who looks at the same moment
        assert holder(home) is None


def test_a_broken_json_file_counts_as_none(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    write_json(path, {"graph": 5})
    assert read_json(path) == {"graph": 5}
    path.write_text("{")
    assert read_json(path) == {}


def test_ports_are_remembered_and_chosen_anew_where_another_process_listens(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    first = settle_ports(home, ["graph", "broker"])
    assert settle_ports(home, ["graph", "broker"]) == first
    with socket.create_server((LOOPBACK, first["graph"])):
        second = settle_ports(home, ["graph", "broker"])
    assert second["broker"] == first["broker"]
    assert second["graph"] not in first.values()
    assert settle_ports(home, ["graph", "broker"]) == second


def test_a_busy_gateway_port_is_an_error_only_when_the_user_named_it() -> None:
    free = free_port(())
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(SettingError, match=f"LINERNOTES_PORT is {port}"):
            check_named_port(LOOPBACK, port)
        assert first_free_port(LOOPBACK, (port, free)) == free
        assert first_free_port(LOOPBACK, (port, 0)) not in (port, 0)
    assert check_named_port(LOOPBACK, port) == port
    assert check_named_port(LOOPBACK, 0) > 0


def test_passwords_are_made_once(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    first = settle_passwords(home, ["graph"])
    second = settle_passwords(home, ["graph", "broker"])
    assert second["graph"] == first["graph"]
    assert len(set(second.values())) == 2
    assert all(len(password) >= 32 for password in second.values())
    assert mode(home.passwords) == 0o600


def test_a_long_log_is_moved_aside_while_its_process_writes_on(tmp_path: Path) -> None:
    path = tmp_path / "worker.log"
    with append_private(path) as log:
        for number in range(4):
            log.write(f"{number}".encode() * 100)
            log.flush()
            rotate(path, limit=50, keep=2)
        log.write(b"end\n")
    assert path.read_bytes() == b"end\n"
    assert (tmp_path / "worker.log.1").read_bytes() == b"3" * 100
    assert (tmp_path / "worker.log.2").read_bytes() == b"2" * 100
    assert sorted(one.name for one in tmp_path.iterdir()) == ["worker.log", "worker.log.1", "worker.log.2"]
    assert mode(tmp_path / "worker.log.1") == 0o600


def test_a_log_that_cannot_be_copied_stays_with_those_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: Path, target: Path) -> None:
        target.write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    before = {"worker.log": b"long" * 20, "worker.log.1": b"older"}
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr("infra.stack.logs.shutil.copy", full)
    with pytest.raises(OSError, match="No space"):
        rotate(tmp_path / "worker.log", limit=50, keep=2)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_is_refused_with_what_is_free_and_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert shortage([tmp_path / "home"], 1) == ""
    assert "of disk are needed in" in shortage([tmp_path / "home"], free * 2)
    monkeypatch.setattr("infra.stack.free_disk.NEW_STACK", free * 2)
    with pytest.raises(RefusedError, match=r"MB of disk are needed in .*home, and .* MB are free: make room"):
        refuse_full_disk(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_short_log_stays(tmp_path: Path) -> None:
    (tmp_path / "worker.log").write_text("short\n\n")
    rotate(tmp_path / "worker.log", limit=50, keep=2)
    assert last_line(tmp_path / "worker.log") == "short"
    assert len(list(tmp_path.iterdir())) == 1


def test_of_a_java_stack_trace_the_cause_is_the_last_line(tmp_path: Path) -> None:
    trace = "Exception: outer\n\tat A.main(A.java:1)\nCaused by: taken: address\n\tat B.b(B.java:2)\n\t... 3 more\n"
    (tmp_path / "graph.log").write_text(trace)
    assert last_line(tmp_path / "graph.log") == "Caused by: taken: address"


def test_leftovers_of_an_earlier_supervisor_are_ended(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    said: list[str] = []
    with sleeper() as process:
        entry = started("graph", process.pid, signal.SIGTERM, 5.0)
        assert entry is not None
        record(home, [entry])
        end_leftovers(home, said.append)
        assert process.wait(60) == -signal.SIGTERM
    assert said == [f"waiting for graph of an earlier start to end (process {process.pid})"]
    assert not home.processes.exists()


def test_a_process_that_got_the_number_of_a_leftover_is_left_alone(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    with sleeper() as process:
        record(home, [Started("graph", process.pid, 1_000_000.0, signal.SIGTERM, 5.0)])
        end_leftovers(home, print)
        assert process.poll() is None
        process.kill()


def test_a_pid_file_that_names_another_process_is_removed(tmp_path: Path) -> None:
    with sleeper() as process:
        (tmp_path / "postmaster.pid").write_text(f"{process.pid}\n{tmp_path}\n")
        clear_pid_file(tmp_path)
        assert not (tmp_path / "postmaster.pid").exists()
        assert process.poll() is None
        process.kill()
