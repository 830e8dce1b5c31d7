"""Requests over a few connections at once, as fast as they are answered: by wrk where it is, else by our client."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct

from functions.runtime.errors import StoreFailed
from infra.bench.harness.isolation import apart

_SCRIPT: Final = """
local paths = {%s}
local next_path = 0
request = function()
  next_path = next_path %% #paths + 1
  return wrk.format("GET", paths[next_path])
end
done = function(summary, latency)
  local bad = summary.errors.status + summary.errors.read + summary.errors.timeout
  io.write(string.format("figures %%d %%f %%f %%f %%f %%d\\n", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, bad))
end
"""
_FIGURES: Final = re.compile(r"^figures (\d+) ([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)$", re.MULTILINE)
_LENGTH: Final = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Answered(Struct, frozen=True):
    """What came of it: answers other than 200 are `bad`; latencies in milliseconds."""

    generator: str
    requests: int
    seconds: float
    p50: float
    p95: float
    p99: float
    bad: int

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def request_all(address: str, paths: Sequence[str], connections: int, seconds: float) -> Answered:
    """Ask for these paths in turn, over and over."""
    if shutil.which("wrk"):
        return _by_wrk(address, paths, connections, seconds)
    return apart(_by_ours, address, list(paths), connections, seconds)


def _by_wrk(address: str, paths: Sequence[str], connections: int, seconds: float) -> Answered:
    with tempfile.TemporaryDirectory(prefix="linernotes-bench-") as folder:
        script = Path(folder) / "paths.lua"
        script.write_text(_SCRIPT % ", ".join(f'"{path}"' for path in paths))
        command = [
            shutil.which("wrk") or "wrk",
            "-t1",
            f"-c{connections}",
            f"-d{seconds:g}s",
            "-s",
            str(script),
            address,
        ]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = _FIGURES.search(said)
    if found is None:
        raise StoreFailed(f"wrk did not say what it found: {said!r}.")
    requests, took, p50, p95, p99, bad = found.groups()
    return Answered("wrk", int(requests), float(took), float(p50), float(p95), float(p99), int(bad))


def _by_ours(address: str, paths: Sequence[str], connections: int, seconds: float) -> Answered:
    import uvloop

    return uvloop.run(_requests(address, paths, connections, seconds))


async def _requests(address: str, paths: Sequence[str], connections: int, seconds: float) -> Answered:
    host = urlsplit(address)
    turn: Iterator[str] = itertools.cycle(paths)
    latencies: list[float] = []
    started = time.perf_counter()
    clients = [
        _Client(host.hostname or "", host.port or 80, turn, latencies, started + seconds) for _ in range(connections)
    ]
    bad = sum(await asyncio.gather(*(client.run() for client in clients)))
    took = time.perf_counter() - started
    cuts = statistics.quantiles(latencies, n=100)
    return Answered("asyncio client", len(latencies), took, cuts[49] * 1e3, cuts[94] * 1e3, cuts[98] * 1e3, bad)


class _Client:
    """One connection; HTTP/1.1 as far as our gateway's answers need it."""

    def __init__(self, host: str, port: int, paths: Iterator[str], latencies: list[float], until: float) -> None:
        self._host, self._port, self._paths, self._until = host, port, paths, until
        self._latencies = latencies

    async def run(self) -> int:
        """Ask until the time is over; how many answers were not 200."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        bad = 0
        while (begun := time.perf_counter()) < self._until:
            writer.write(f"GET {next(self._paths)} HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)
            self._latencies.append(time.perf_counter() - begun)
            bad += not head.startswith(b"HTTP/1.1 200")
        writer.close()
        return bad
