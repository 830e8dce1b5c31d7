"""Certificates made for a run of the tests, and TLS in front of servers whose wheels were built without it.

`authority` (one for the run): a certificate authority, another one that signed nothing, and a certificate for
127.0.0.1. `TlsFront(port, authority)` ends TLS at a port of its own and hands on to a plain server's.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

_CA = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
_SERVER = "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\nbasicConstraints=CA:FALSE\n"
_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")

#: What PostgreSQL's client sends before it speaks TLS: the length, and a code. The answer is one letter.
_POSTGRES_ASKS = 8


class Authority:
    """Files of an authority and of the certificate that it signed; `other` is an authority that did not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.certificate, self.other = folder / "ca.pem", folder / "other.pem"
        self.server_certificate, self.server_key = folder / "server.pem", folder / "server.key"
        for path in (self.certificate, self.other):
            more = [word for extension in _CA for word in ("-addext", extension)]
            self._openssl("req", "-x509", *_KEY, *more, *self._out(path), "-subj", f"/CN=authority {path.stem}")
        request, extensions = folder / "server.csr", folder / "extensions"
        extensions.write_text(_SERVER)
        self._openssl("req", *_KEY[:-2], "-keyout", self.server_key, "-out", request, "-subj", "/CN=server")
        signer = ("-CA", self.certificate, "-CAkey", self.certificate.with_suffix(".key"), "-CAcreateserial")
        out = ("-days", "2", "-extfile", extensions, "-out", self.server_certificate)
        self._openssl("x509", "-req", "-in", request, *signer, *out)

    def context(self) -> ssl.SSLContext:
        """What a server shows."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server_certificate, self.server_key)
        return context

    def _out(self, path: Path) -> tuple[str | Path, ...]:
        return "-keyout", path.with_suffix(".key"), "-out", path

    def _openssl(self, *words: str | Path) -> None:
        subprocess.run(
            [str(shutil.which("openssl")), *map(str, words)], cwd=self.folder, capture_output=True, check=True
        )


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The certificates of this run."""
    if not shutil.which("openssl"):
        assert os.environ.get("CI") != "true", "CI has to install openssl"
        pytest.skip("openssl is not installed")
    return Authority(tmp_path_factory.mktemp("tls"))


class TlsFront:
    """Ends TLS and hands on what comes to a plain server on loopback, or at a unix socket."""

    def __init__(self, target: int | Path, authority: Authority, *, postgres: bool = False) -> None:
        self.target, self.context, self.postgres = target, authority.context(), postgres
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="tls", daemon=True)
        self._thread.start()
        assert self._ready.wait(60)

    def stop(self) -> None:
        """End every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    async def _serve(self) -> None:
        tls = None if self.postgres else self.context
        self._server = await asyncio.start_server(self._hand_on, "127.0.0.1", 0, ssl=tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self._ready.set()

    async def _end(self) -> None:
        self._server.close()
        await asyncio.sleep(0.05)

    async def _hand_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            if self.postgres:
                await reader.readexactly(_POSTGRES_ASKS)
                writer.write(b"S")
                await writer.start_tls(self.context)
            behind = await self._connect()
            await asyncio.gather(_copy(reader, behind[1]), _copy(behind[0], writer))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(str(self.target))
        return await asyncio.open_connection("127.0.0.1", self.target)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


@contextlib.contextmanager
def tls_front(target: int | Path, authority: Authority, *, postgres: bool = False) -> Iterator[int]:
    """The port of a TLS front."""
    front = TlsFront(target, authority, postgres=postgres)
    try:
        yield front.port
    finally:
        front.stop()
