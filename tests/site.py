"""A local server that behaves like the public site, and can be told to fail as it does.

    with running_site(root) as site:
        site.fail("discogs_20260401_artists.xml.gz", Reset(after=1_000), Status(503))

`root` is a folder of dumps in any layout. Faults of a file are used up in the order of its requests; `None` lets a
request through. A listing is asked for under the name of its year. What was asked for is in `site.requests`.
"""

from __future__ import annotations

import html
import re
import socket
import struct
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

_PIECE = 64 * 1024


@dataclass(frozen=True)
class Status:
    """Another status, with headers and a page, as of the shield before the site."""

    code: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"<html><title>Just a moment...</title></html>"


@dataclass(frozen=True)
class Reset:
    """The connection is reset after so many bytes of the file."""

    after: int


@dataclass(frozen=True)
class Ended:
    """The file ends early, as if it were whole: without a length before it."""

    after: int


@dataclass(frozen=True)
class NoRange:
    """A range is ignored: the file comes from its start. After so many bytes the connection may be reset."""

    reset_after: int | None = None


@dataclass(frozen=True)
class Elsewhere:
    """A range is answered from another byte on."""

    start: int


@dataclass(frozen=True)
class Unsatisfiable:
    """A range is answered with 416."""


@dataclass(frozen=True)
class Wrong:
    """The right number of bytes, and not the right ones."""


@dataclass(frozen=True)
class Drip:
    """Pieces of so many bytes with a pause between."""

    piece: int
    pause: float


@dataclass(frozen=True)
class NoLength:
    """The file comes without its length."""


@dataclass(frozen=True)
class Page:
    """A page of the shield, with the status 200."""


Fault = Status | Reset | Ended | NoRange | Elsewhere | Unsatisfiable | Wrong | Drip | NoLength | Page


@dataclass(frozen=True)
class Request:
    """One request: its method, the file or year asked for, and its headers."""

    method: str
    name: str
    headers: dict[str, str]

    @property
    def offset(self) -> int | None:
        """The first byte of the range that it asks for."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("range", ""))
        return int(match[1]) if match else None


class Site:
    """What the server serves, and how it fails."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.url = ""
        self.requests: list[Request] = []
        self.honours_ranges = True
        #: Bytes of each file that were sent.
        self.sent: Counter[str] = Counter()
        self._faults: defaultdict[str, deque[Fault | None]] = defaultdict(deque)

    def fail(self, name: str, *faults: Fault | None) -> None:
        """Fail the next requests of a file (or of a year's listing) in this way."""
        self._faults[name].extend(faults)

    def address(self, name: str) -> str:
        """The address of a file."""
        return f"{self.url}?download={quote(self._key(name), safe='')}"

    def asked(self, name: str) -> list[int | None]:
        """The first bytes of the ranges asked for of a file, request by request."""
        return [request.offset for request in self.requests if request.name == name]

    def next_fault(self, request: Request) -> Fault | None:
        """Note a request, and how it is to fail."""
        self.requests.append(request)
        faults = self._faults[request.name]
        return faults.popleft() if faults else None

    def file(self, name: str) -> Path | None:
        """A file of the dumps."""
        return next((path for path in self.root.rglob("discogs_*") if path.name == name), None)

    def listing(self, prefix: str) -> str:
        """The page of a year, as S3 listings of this kind look; of all years for another prefix."""
        files = sorted(self.root.rglob("discogs_*"))
        year = re.fullmatch(r"data/(\d{4})/", prefix)
        rows = []
        if year:
            rows = [self._row(path) for path in files if path.name.split("_")[1][:4] == year[1]]
        else:
            years = sorted({path.name.split("_")[1][:4] for path in files})
            rows = [f'                     0 B     <a href="?prefix=data%2F{each}%2F">{each}/</a>' for each in years]
        head = '<a href="https://creativecommons.org/about/cc0">CC0</a> <a href="?prefix=data%2F">../</a>'
        return f"<!DOCTYPE html><html><body><p>{head}</p><pre>{chr(10).join(rows)}\n</pre></body></html>"

    def _row(self, path: Path) -> str:
        size = path.stat().st_size / 1024
        link = f"?download={quote(self._key(path.name), safe='')}"
        return f'2026-04-01T11:25:31.000Z   {size:.1f} KB   <a href="{html.escape(link)}">{html.escape(path.name)}</a>'

    def _key(self, name: str) -> str:
        return f"data/{name.split('_')[1][:4]}/{name}"


@contextmanager
def running_site(root: Path) -> Iterator[Site]:
    """The site, on a free port of this machine."""
    site = Site(root)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.site = site
    site.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    server: _Server

    def log_message(self, *args: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        key, prefix = asked.get("download", [""])[0], asked.get("prefix", [""])[0]
        name = key.rpartition("/")[2] or prefix.strip("/").rpartition("/")[2]
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, name, headers)
        fault = self.server.site.next_fault(request)
        if isinstance(fault, Status):
            self._send(fault.code, fault.headers, fault.body)
        elif isinstance(fault, Page):
            self._send(HTTPStatus.OK, {"Content-Type": "text/html"}, b"<html>Checking your browser</html>")
        elif key:
            self._file(request, fault)
        else:
            page = self.server.site.listing(prefix).encode()
            self._send(HTTPStatus.OK, {"Content-Type": "text/html; charset=utf-8"}, page)

    def _file(self, request: Request, fault: Fault | None) -> None:
        path = self.server.site.file(request.name)
        if path is None:
            self._send(HTTPStatus.NOT_FOUND, {}, b"No such key.")
        elif request.method == "HEAD":  # which says nothing of the length
            self._head(HTTPStatus.OK, {"Content-Type": "binary/octet-stream", "Connection": "close"})
        else:
            self._serve(path, request.offset, fault)

    def _serve(self, path: Path, offset: int | None, fault: Fault | None) -> None:
        data = path.read_bytes()
        start = 0 if offset is None or isinstance(fault, NoRange) or not self.server.site.honours_ranges else offset
        if start and (isinstance(fault, Unsatisfiable) or start >= len(data)):
            self._send(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{len(data)}"}, b"")
            return
        start = fault.start if start and isinstance(fault, Elsewhere) else start
        self._head_of(data, start, fault)
        self._body(path.name, bytes(len(data)) if isinstance(fault, Wrong) else data, start, fault)

    def _head_of(self, data: bytes, start: int, fault: Fault | None) -> None:
        headers = {"Content-Type": "binary/octet-stream"}
        if isinstance(fault, Ended | NoLength):
            headers["Connection"] = "close"
        else:
            headers["Content-Length"] = str(len(data) - start)
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self._head(HTTPStatus.PARTIAL_CONTENT if start else HTTPStatus.OK, headers)

    def _body(self, name: str, data: bytes, start: int, fault: Fault | None) -> None:
        end, reset = len(data), False
        if isinstance(fault, Reset):
            end, reset = start + fault.after, True
        elif isinstance(fault, NoRange) and fault.reset_after is not None:
            end, reset = fault.reset_after, True
        elif isinstance(fault, Ended):
            end = start + fault.after
        piece = fault.piece if isinstance(fault, Drip) else _PIECE
        for at in range(start, end, piece):
            self.wfile.write(data[at : min(at + piece, end)])
            self.wfile.flush()
            self.server.site.sent[name] += min(at + piece, end) - at
            if isinstance(fault, Drip):
                time.sleep(fault.pause)
        self.close_connection = isinstance(fault, Ended | NoLength)
        if reset:
            self._reset()

    def _reset(self) -> None:
        """Close with RST, once the other side has had a moment to take what was sent."""
        time.sleep(0.02)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self._head(status, {"Content-Type": "text/html", "Content-Length": str(len(body))} | headers)
        if self.command != "HEAD":
            self.wfile.write(body)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
