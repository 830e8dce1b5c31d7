"""The graph server gives memory back when it is asked to, and goes on."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from infra.stack.arcadedb import Graph
from infra.stack.jvm_heap import give_back_memory
from infra.stack.jvm_options import heap
from infra.stack.ports import LOOPBACK, first_free_port


def test_the_heap_has_bounds_that_do_not_depend_on_the_machine() -> None:
    assert heap("1g") == ("-Xmx1g", "-Xms256m")
    assert heap("100m") == ("-Xmx100m", "-Xms100m")


def test_the_graph_server_collects_its_garbage_when_asked(tmp_path: Path) -> None:
    server = Graph(tmp_path / "graph", first_free_port(LOOPBACK, ()), first_free_port(LOOPBACK, ()), "secret45", "300m")
    server.prepare()
    java, *rest = server.command().argv
    log = tmp_path / "gc.log"
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([java, f"-Xlog:gc:file={log}", *rest], cwd=server.folder, stdout=out, stderr=out)
    try:
        asyncio.run(until_ready(server))
        give_back_memory(process.pid)
        assert log.read_text().count("Pause Full (Diagnostic Command)") == 4
        assert "Full thread dump" not in (tmp_path / "out").read_text()
        assert asyncio.run(server.ready())
    finally:
        process.terminate()
        process.wait(60)


def test_a_process_that_is_gone_is_no_error() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    give_back_memory(ended.pid)


async def until_ready(server: Graph) -> None:
    async with asyncio.timeout(240):
        while not await server.ready():  # noqa: ASYNC110  servers are asked, they do not call
            await asyncio.sleep(0.1)
