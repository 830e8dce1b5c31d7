"""A server whose connections break, for tests of what insists."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Cutter:
    """A proxy that cuts connections after so many bytes of what the server answers; None of `cuts` lets one live."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.cuts: list[int | None] = []
        self.port: int = self._listener.getsockname()[1]

    def run(self) -> None:
        """Accept until the listener is closed."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            limit = self.cuts.pop(0) if self.cuts else None
            for source, target, most in ((client, server, None), (server, client, limit)):
                threading.Thread(target=_pump, args=(source, target, most), daemon=True).start()

    def close(self) -> None:
        """Accept no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _pump(source: socket.socket, target: socket.socket, limit: int | None) -> None:
    passed = 0
    try:
        while (limit is None or passed < limit) and (data := source.recv(65_536)):
            target.sendall(data if limit is None else data[: limit - passed])
            passed += len(data)
    except OSError:
        pass
    for each in (source, target):  # to close it would not wake the thread that reads from it
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
    source.close()


@contextmanager
def cutting(host: str, port: int) -> Iterator[Cutter]:
    """Stand before a server as long as the block lasts."""
    cutter = Cutter((host, port))
    thread = threading.Thread(target=cutter.run)
    thread.start()
    try:
        yield cutter
    finally:
        cutter.close()
        thread.join()
