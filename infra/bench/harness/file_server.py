"""A server of one folder for `linernotes bench download`, in a process of its own: ranges, and cuts when asked for.

python -m infra.bench.harness.file_server FOLDER prints its port; `/name?cut=1000` ends the connection after 1,000 bytes
"""

from __future__ import annotations

import os
import re
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = Path()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """A file, or its bytes from one on."""
        parts = urlsplit(self.path)
        path = self.folder / Path(parts.path).name
        size = path.stat().st_size
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(match[1]) if match else 0
        cut = int(parse_qs(parts.query).get("cut", ["0"])[0])
        self._head(start, size)
        end = min(start + cut, size) if cut else size
        with path.open("rb") as file:
            while start < end:
                start += os.sendfile(self.connection.fileno(), file.fileno(), start, end - start)
        self.close_connection = True

    def _head(self, start: int, size: int) -> None:
        self.send_response(HTTPStatus.PARTIAL_CONTENT if start else HTTPStatus.OK)
        self.send_header("Content-Length", str(size - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        self.wfile.flush()


def main(folder: str) -> None:
    """Serve until this process is ended."""
    _Handler.folder = Path(folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
