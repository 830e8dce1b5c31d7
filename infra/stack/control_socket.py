"""The supervisor's end of its control socket, for the owner of the home only; `ask` of the runtime is the other one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from functions.runtime.control_socket import reachable
from functions.runtime.errors import LinernotesError
from infra.stack.home import Home

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
    with reachable(home.control) as path:
        server = await asyncio.start_unix_server(serve, path)
        home.control.chmod(0o600)
        try:
            yield
        finally:
            server.close()
            home.control.unlink(missing_ok=True)


async def _reply(line: bytes, answer: Answer) -> bytes:
    try:
        reply = {"answer": await answer(msgspec.json.decode(line, type=dict[str, Any]))}
    except (LinernotesError, msgspec.DecodeError) as error:
        reply = {"error": str(error)}
    return msgspec.json.encode(reply) + b"\n"
