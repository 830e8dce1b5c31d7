"""discogskit, the fastest loader in public use, timed on the same files: installed into an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import venv
from pathlib import Path

from functions.runtime.entities import Entity
from functions.runtime.errors import PermanentError
from infra.bench.harness.figures import Work

_VERSION = "0.2.0"
_ENVIRONMENT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / f"linernotes-discogskit-{_VERSION}"

#: Runs in its environment, on one core: the records of an entity's file through its parser, as its workers call it.
_PARSE = """
import gzip, json, os, sys, tempfile, time
from discogskit.entities import ENTITIES
from discogskit.entities._def import ChunkArgs
from discogskit.entities._worker import extract_chunk_to_ipc
path, entity, tag = sys.argv[1:]
os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
xml = gzip.open(path).read()
start = xml.index((f"<{tag}>" if entity in ("artists", "labels") else f"<{tag} ").encode())
end = xml.rindex(b"</" + entity.encode() + b">")
with tempfile.NamedTemporaryFile(suffix=".xml") as file:
    file.write(xml); file.flush()
    args = ChunkArgs(end=end, entity=entity, file_path=file.name, start=start)
    extract_chunk_to_ipc(args)
    rounds, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < 3 or not rounds:
        tables = extract_chunk_to_ipc(args)
        rounds += 1
    print(json.dumps({"rounds": rounds, "seconds": time.perf_counter() - begun}))
"""


def interpreter() -> str:
    """Its Python, the environment made the first time.

    Raises:
        PermanentError: it cannot be installed.
    """
    python = _ENVIRONMENT / "bin" / "python"
    if not (_ENVIRONMENT / "bin" / "discogskit").exists():
        venv.create(_ENVIRONMENT, with_pip=True, clear=True)
        command = [str(python), "-P", "-m", "pip", "install", "--quiet", f"discogskit=={_VERSION}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PermanentError(f"discogskit cannot be installed: {done.stderr.strip()[-300:]}")
    return str(python)


def parse_rate(path: Path, entity: Entity) -> float:
    """Records a second of its parser on one core, to Arrow tables: no JSON and no hash.

    Raises:
        PermanentError: it failed.
    """
    tag = entity[:-1]
    done = subprocess.run(
        [interpreter(), "-P", "-c", _PARSE, str(path), entity, tag], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PermanentError(f"discogskit failed on {path.name}: {done.stderr.strip()[-300:]}")
    timed = json.loads(done.stdout)
    return Work(_records(path, entity) * float(timed["rounds"]), f"{entity} parsed").rate(float(timed["seconds"]))


def _records(path: Path, entity: Entity) -> int:
    from functions.extract.parse.lxml_engine import LxmlEngine

    return sum(len(batch.index.ids) for batch in LxmlEngine().read(path, entity, 64 * 1024 * 1024))
