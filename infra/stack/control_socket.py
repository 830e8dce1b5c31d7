"""The supervisor's control socket, for the owner of the home only: a line of JSON is asked, a line answered."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from functions.runtime.errors import LinernotesError, RefusedError, StoreUnavailable
from infra.stack.home import Home

_LONGEST = 103  # bytes of a socket's path that every system takes
Answer = Callable[[Mapping[str, Any]], Awaitable[Any]]


@asynccontextmanager
async def control_server(home: Home, answer: Answer) -> Any:
    """Answer requests as long as the context is open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(await _reply(await reader.readline(), answer))
            await writer.drain()
        except ConnectionError:
            pass  # the asker did not wait
        finally:
            writer.close()

    home.control.unlink(missing_ok=True)
    with _reachable(home.control) as path:
        server = await asyncio.start_unix_server(serve, path)
        home.control.chmod(0o600)
        try:
            yield
        finally:
            server.close()
            home.control.unlink(missing_ok=True)


def ask(home: Home, request: Mapping[str, Any], timeout: float = 10.0) -> Any:
    """Ask the supervisor of this home, and return its answer.

    Raises:
        StoreUnavailable: there is none, or it does not answer.
        RefusedError: it refuses, and says why.
    """
    answer = msgspec.json.decode(_exchange(home, msgspec.json.encode(request), timeout))
    if "error" in answer:
        raise RefusedError(answer["error"])
    return answer["answer"]


def _exchange(home: Home, request: bytes, timeout: float) -> bytes:
    try:
        with _reachable(home.control) as path, socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(path)
            connection.sendall(request + b"\n")
            with connection.makefile("rb") as file:
                return file.readline() or b'{"error":"The stack is just ending."}'
    except OSError as error:
        raise StoreUnavailable(f"The stack in {home.path} does not answer: {error}.") from error


async def _reply(line: bytes, answer: Answer) -> bytes:
    try:
        reply = {"answer": await answer(msgspec.json.decode(line, type=dict[str, Any]))}
    except (LinernotesError, msgspec.DecodeError) as error:
        reply = {"error": str(error)}
    return msgspec.json.encode(reply) + b"\n"


@contextmanager
def _reachable(path: Path) -> Iterator[str]:
    """A name for the socket that is short enough: through its folder's descriptor where its path is too long."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{path.name}"
    finally:
        os.close(descriptor)
