"""A Neo4j server of our own, on jars that the user has: a process beside ours, reached over Bolt alone.

What it runs is `Neo4jServer.java`, which also fills its database from files; `functions.load_graph.bulk.neo4j` writes
them.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from functions.runtime.errors import SettingError
from infra.stack.bolt_ping import answers
from infra.stack.home import make_folder, write_private
from infra.stack.jvm_heap import give_back_memory
from infra.stack.jvm_options import heap, on_few_cores
from infra.stack.ports import LOOPBACK
from infra.stack.programs import on_search_path
from infra.stack.server import Command

USERNAME = "neo4j"
DATABASE = "neo4j"

#: Java that this Neo4j is made for.
_VERSIONS = ("17", "21")
_SOURCE = Path(__file__).with_name("Neo4jServer.java")

_JAVA = (
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dfile.encoding=UTF8",
)


@dataclass(frozen=True, slots=True)
class Neo4j:
    """The Neo4j server. While it is filled from files it does not answer."""

    folder: Path
    port: int
    password: str
    jars: Path
    memory: str
    page_cache: str
    options: tuple[str, ...] = ()
    name: str = "graph"
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 60.0
    start_grace: float = 60.0

    @property
    def address(self) -> str:
        """Its Bolt address."""
        return f"bolt://{LOOPBACK}:{self.port}"

    @property
    def imports(self) -> Path:
        """Where the files lie that it is filled from."""
        return imports_folder(self.folder)

    def prepare(self) -> None:
        """Write the password that its first start sets, and its configuration.

        Raises:
            SettingError: the jars or a Java for them are not there.
        """
        check_parts(self.jars)
        for name in ("conf", "tmp", "import"):
            make_folder(self.folder / name)
        write_private(self.folder / "password", self.password.encode())
        lines = (f"{name}={value}\n" for name, value in self._configuration().items())
        write_private(self.folder / "conf" / "neo4j.conf", "".join(lines).encode())

    def command(self) -> Command:
        """Java on the jars; it compiles the one source file at its start."""
        options = (*heap(self.memory), *on_few_cores(), *_JAVA, f"-Djava.io.tmpdir={self.folder / 'tmp'}")
        argv = (java_program(), *options, *self.options, "-cp", str(self.jars / "*"), str(_SOURCE))
        return Command(argv, self.folder, {"LC_ALL": "C.UTF-8"})

    def _configuration(self) -> dict[str, str]:
        address = f"{LOOPBACK}:{self.port}"
        return {
            "dbms.security.auth_enabled": "true",
            "dbms.usage_report.enabled": "false",
            "server.bolt.enabled": "true",
            "server.bolt.listen_address": address,
            "server.bolt.advertised_address": address,
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "server.memory.pagecache.size": self.page_cache,
            "db.tx_log.rotation.retention_policy": "1 files",
            "db.tx_log.rotation.size": "64m",
            # Twice 5 s in which a server that stops waits for nothing; it stops for each import.
            "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
        }

    async def ready(self) -> bool:
        """Whether its database answers, or is being filled: that was begun before it was started again."""
        filling = any(self.imports.glob("*.ready"))
        return filling or await answers(self.address, (USERNAME, self.password), DATABASE)

    def give_back_memory(self, pid: int) -> None:
        """Shrink its heap."""
        give_back_memory(pid)


def imports_folder(folder: Path) -> Path:
    """Where in a server's folder the files lie that it is filled from."""
    return folder / "import"


def discard_imports(folder: Path) -> None:
    """Forget what an earlier stack was about to fill the graph with: nobody is left who waits for it."""
    shutil.rmtree(imports_folder(folder), ignore_errors=True)


def check_parts(jars: Path) -> None:
    """Make sure that Neo4j can be run here.

    Raises:
        SettingError: its jars or a Java for them are not there.
    """
    if os.pathsep in str(jars):
        raise SettingError(f"LINERNOTES_NEO4J_JARS is {str(jars)!r}: Java cannot find jars where a path holds a colon.")
    if not any(jars.glob("neo4j-5*.jar")):
        raise SettingError(f"LINERNOTES_NEO4J_JARS is {str(jars)!r}, where no Neo4j 5 is: `make neo4j` fetches it.")
    java_program()


def java_program() -> str:
    """A Java that can run this Neo4j: that of JAVA_HOME, or the one on the search path.

    Raises:
        SettingError: there is none, or it is of another version, or it cannot compile.
    """
    home = os.environ.get("JAVA_HOME")
    found = on_search_path("java", str(Path(home, "bin").absolute()) if home else None)
    version = _version(found) if found else ""
    if not found or version not in _VERSIONS or not (Path(found).resolve().parent / "javac").exists():
        there = f"{found} is {version or 'none'}" if found else "there is no java"
        raise SettingError(f"Neo4j needs a JDK 17 or 21, and {there}: set JAVA_HOME to one.")
    return found


def _version(java: str) -> str:
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, cwd="/").stderr
    match = re.search(r'version "(\d+)', said)
    return match[1] if match else ""
