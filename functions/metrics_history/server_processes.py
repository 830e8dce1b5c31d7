"""CPU and memory of the servers of an embedded stack, and of its supervisor, from Linux' `/proc`.

Our own processes say of themselves what they take, on all hosts; servers do not. Their process ids stand in a file that
the supervisor writes. One pass over `/proc` finds what each of them has started.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from functions.runtime.settings import Settings
from functions.runtime.supervised_process import SUPERVISOR

_PROC: Final = Path("/proc")
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Usage(Struct, frozen=True):
    """CPU seconds since the beginning, of processes that have ended too, and bytes of memory now."""

    cpu: float
    memory: int


class _Started(Struct, frozen=True):
    name: str
    pid: int


class _Processes(Struct, frozen=True):
    processes: list[_Started] = []


class _Times(NamedTuple):
    parent: int
    own: float
    ended: float


def server_usage(settings: Settings, ours: Iterable[str]) -> dict[str, Usage]:
    """Usage of each server, and of the supervisor; nothing where no supervisor or no `/proc` is.

    Args:
        settings: whose home it is.
        ours: the names of our own kinds of processes, which are left out.
    """
    supervisor = int(os.environ.get(SUPERVISOR, "0"))
    if not supervisor or not (_PROC / "self" / "stat").exists():
        return {}
    own_kinds = re.compile(rf"({'|'.join(map(re.escape, ours))})(-\d+)?")
    servers = {each.name: each.pid for each in _recorded(settings) if not own_kinds.fullmatch(each.name)}
    times = _all_times()
    families = {name: _family(pid, times) for name, pid in servers.items()}
    found = {name: _usage(family, times) for name, family in families.items() if family}
    if supervisor in times:  # what it has started and reaped is not its own
        found["supervisor"] = Usage(times[supervisor].own, _memory([supervisor]))
    return found


def _recorded(settings: Settings) -> list[_Started]:
    try:
        text = (Path(settings.home) / "run" / "processes.json").read_bytes()
        return msgspec.json.decode(text, type=_Processes).processes
    except (OSError, msgspec.DecodeError):
        return []


def _all_times() -> dict[int, _Times]:
    found = {}
    for entry in os.scandir(_PROC):
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = _times(_read(entry.name, "stat"))
            except (OSError, ValueError, IndexError):
                continue  # it has ended meanwhile
    return found


def _read(process: str, name: str) -> bytes:
    """A small file of a process, by the shortest way: there are hundreds."""
    descriptor = os.open(f"{_PROC}/{process}/{name}", os.O_RDONLY)
    try:
        return os.read(descriptor, 4_096)
    finally:
        os.close(descriptor)


def _times(stat: bytes) -> _Times:
    """Of the line of `stat`: a name in it may hold anything, so that what follows is counted from its last bracket."""
    fields = stat[stat.rindex(b")") + 2 :].split()
    user, system, ended_user, ended_system = (int(each) for each in fields[11:15])
    return _Times(int(fields[1]), (user + system) * _TICK_S, (ended_user + ended_system) * _TICK_S)


def _family(pid: int, times: Mapping[int, _Times]) -> set[int]:
    """A process and all that it has started, directly or not."""
    children = defaultdict(set)
    for other, each in times.items():
        children[each.parent].add(other)
    family: set[int] = set()
    more = {pid} & times.keys()
    while more:
        family |= more
        more = {child for parent in more for child in children[parent]} - family
    return family


def _usage(family: set[int], times: Mapping[int, _Times]) -> Usage:
    return Usage(sum(times[pid].own + times[pid].ended for pid in family), _memory(family))


def _memory(pids: Iterable[int]) -> int:
    """What they hold; pages that they share (PostgreSQL's buffers) are counted once."""
    total, shared = 0, 0
    for pid in pids:
        try:
            _, resident, common, *_ = (int(each) for each in _read(str(pid), "statm").split())
        except (OSError, ValueError):
            continue
        total, shared = total + max(0, resident - common), max(shared, common)
    return (total + shared) * _PAGE
