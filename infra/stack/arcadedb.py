"""The embedded graph: an ArcadeDB server on the Java runtime of its wheel, spoken to over Bolt."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from infra.stack.bolt_ping import answers
from infra.stack.home import make_folder, write_private
from infra.stack.jvm_heap import give_back_memory
from infra.stack.jvm_options import heap, on_few_cores
from infra.stack.ports import LOOPBACK
from infra.stack.server import Command

USERNAME = "root"
DATABASE = "discogs"

_JAVA = (
    "--add-modules=jdk.incubator.vector",
    "--enable-native-access=ALL-UNNAMED",
    "--add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED",
    "--add-opens=java.base/java.nio.channels.spi=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-XX:+UseCompactObjectHeaders",
    "-XX:-UsePerfData",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Djava.net.preferIPv4Stack=true",
    "-Dfile.encoding=UTF8",
)

#: Bytes of a request, which the server reads bit by bit. What a slice of documents makes has no limit of its own.
_LARGEST_BODY = 1_000_000_000

#: Bytes of a page of nodes, edges and lists of edges. A change copies whole pages, and a new record looks through the
#: others of its page: half the usual size takes a sixth less of the server's CPU in a month that adds and removes. In
#: a smaller one, the table of its records, 8 KB in any case, would take too much room. Files keep what they began with.
_PAGE = 32_768

_LOGGING = b"""\
handlers = java.util.logging.ConsoleHandler
.level = INFO
java.util.logging.ConsoleHandler.level = INFO
java.util.logging.ConsoleHandler.formatter = com.arcadedb.utility.AnsiLogFormatter
"""


@dataclass(frozen=True, slots=True)
class Graph:
    """The ArcadeDB server. It stops in 0.5 to 2.2 s on SIGTERM, more when much is to be flushed.

    SIGTERM in its first second can lock up its Java for good: the handler asks for a logger while `main` sets up
    logging, and each waits for the other's class (2 of 500 such stops). A killed one replays its journal.
    """

    folder: Path
    port: int
    http_port: int
    password: str
    memory: str
    durable: bool = True
    name: str = "graph"
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 60.0
    start_grace: float = 10.0

    @property
    def address(self) -> str:
        """Its Bolt address."""
        return f"bolt://{LOOPBACK}:{self.port}"

    @property
    def http(self) -> str:
        """Its HTTP address, for what Bolt cannot do: databases, and batches of elements."""
        return f"http://{LOOPBACK}:{self.http_port}"

    def prepare(self) -> None:
        """Write the password and the logging configuration it reads at its start."""
        make_folder(self.folder / "tmp")
        write_private(self.folder / "root.password", self.password.encode())
        write_private(self.folder / "logging.properties", _LOGGING)

    def command(self) -> Command:
        """The Java of the wheel on the jars of the wheel; its options are in `_java_options`."""
        wheel = _wheel()
        java = str(wheel / "jre" / "bin" / "java")
        jars = ("-cp", str(wheel / "jars" / "*"), "com.arcadedb.server.ArcadeDBServer")
        return Command((java, *self._java(), *self._properties(), *jars), self.folder)

    def _java(self) -> tuple[str, ...]:
        return (*heap(self.memory), *on_few_cores(), *_JAVA)

    def _properties(self) -> list[str]:
        server = {
            "server.rootPath": self.folder,
            "server.httpIncomingHost": LOOPBACK,
            "server.httpIncomingPort": self.http_port,
            "server.httpBodyContentMaxSize": _LARGEST_BODY,
            "server.mode": "production",
            "bucketDefaultPageSize": _PAGE,
            "server.rootPasswordPath": self.folder / "root.password",
            "server.plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "server.defaultDatabases": f"{DATABASE}[{USERNAME}]",
            "bolt.host": LOOPBACK,
            "bolt.port": self.port,
            "bolt.defaultDatabase": DATABASE,
            "txWalFlush": int(self.durable),
        }
        java = {"java.io.tmpdir": self.folder / "tmp", "java.util.logging.config.file": self._logging}
        return [f"-D{name}={value}" for name, value in java.items()] + [
            f"-Darcadedb.{name}={value}" for name, value in server.items()
        ]

    @property
    def _logging(self) -> Path:
        return self.folder / "logging.properties"

    async def ready(self) -> bool:
        """Whether its database answers: on the first start Bolt listens before the database exists."""
        return await answers(self.address, (USERNAME, self.password), DATABASE)

    def give_back_memory(self, pid: int) -> None:
        """Shrink its heap."""
        give_back_memory(pid)


def _wheel() -> Path:
    spec = find_spec("arcadedb_embedded")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("arcadedb_embedded")
    return Path(spec.origin).parent
