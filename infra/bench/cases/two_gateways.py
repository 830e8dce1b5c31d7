"""How soon an action at one gateway of an installation is seen at another; part of `linernotes bench gateway`."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from functions.access.keys import make_key
from functions.registry import FUNCTIONS
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from infra.bench.harness.result import Result, note
from infra.stack.gateway_answer import until_gateway_answers
from infra.stack.ports import free_port
from infra.stack.programs import python_module, safe_environment
from infra.stack.stack_client import stack_status

_ACTIONS: Final = 20
_SEEN_S: Final = 60.0
#: What is scaled: nothing waits in its queue, so that neither of the two numbers starts a process.
_FUNCTION: Final = "download"


def seen_at_the_other(settings: Settings) -> Iterator[Result]:
    """Act at the stack's gateway, again and again, while a socket of the operations page is open at another.

    Args:
        settings: those of a stack that is up and has nothing to do.

    Raises:
        TimeoutError: the other gateway shows nothing.
        StoreUnavailable: it does not answer.
    """
    from websockets.sync.client import connect

    here = f"http://127.0.0.1:{stack_status(Path(settings.home)).gateway_port}"
    key = _key(settings)
    note(f"acting at a gateway {_ACTIONS} times, and looking at another")
    with _another(settings) as there, connect(f"{there}/ws/operations", proxy=None) as socket:
        last = latest_action(socket.recv(timeout=_SEEN_S))
        waits = []
        for number in range(_ACTIONS):
            answered = _act(here, key, None if number % 2 else 0)
            while (seen := latest_action(socket.recv(timeout=_SEEN_S))) <= last:
                if time.perf_counter() - answered > _SEEN_S:
                    raise TimeoutError(f"The other gateway did not show an action within {_SEEN_S:g} s.")
            waits.append(time.perf_counter() - answered)
            last = seen
    yield Result("an action at one gateway, seen at another, median", statistics.median(waits), "s")
    yield Result(f"an action at one gateway, seen at another, slowest of {_ACTIONS}", max(waits), "s")


def _act(here: str, key: str, workers: int | None) -> float:
    """Scale a function; returns when the gateway had answered, by `time.perf_counter`."""
    body = msgspec.json.encode({"workers": workers})
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{here}/api/functions/{_FUNCTION}/scale", body, headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=_SEEN_S):  # noqa: S310  of our own stack
        return time.perf_counter()


def latest_action(frame: str | bytes) -> int:
    """The number of the latest action that a frame of a socket has; 0 where it has none."""
    said = msgspec.json.decode(frame)
    events = (said.get("set") or said.get("snapshot") or {}).get("events") or ()
    return max((event["id"] for event in events if event["kind"] == "scale-asked"), default=0)


@contextmanager
def _another(settings: Settings) -> Iterator[str]:
    """The address of the sockets of another gateway of the same stack."""
    port = free_port(())
    given = {"LINERNOTES_HOME": settings.home, "LINERNOTES_PORT": str(port)}
    environment = safe_environment({**os.environ, **given})
    process = subprocess.Popen(python_module("infra.cli.main", "run", "gateway"), env=environment, stdout=sys.stderr)
    try:
        until_gateway_answers(replace(settings, gateway_port=port))
        yield f"ws://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _key(settings: Settings) -> str:
    with open_context(settings, FUNCTIONS) as context, context.connection() as connection:
        return make_key(connection, "bench", "operate", by="cli:bench", days=1)[1]
