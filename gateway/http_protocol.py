"""uvicorn's fast parser of HTTP with a bound on the head of a request, which it does not have of its own."""

from __future__ import annotations

from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: Bytes of a request's line and headers.
MAX_HEAD: Final = 16 * 1024


class _HeadTooLong(Exception):
    """Raised within the parser, which gives the request up."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. A head that is too long, or does not end, is answered with 400, and the connection closed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._unfinished = 0
        self._in_head = True

    def data_received(self, data: bytes) -> None:
        """Parse what has come; what belongs to a head that has not ended is counted."""
        super().data_received(data)
        if self._in_head:
            self._unfinished += len(data)
            if self._unfinished > MAX_HEAD and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head, self._in_head = 0, True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head has ended."""
        self._in_head, self._unfinished = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It has ended, and the next may begin."""
        self._in_head = True
        super().on_message_complete()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD:
            raise _HeadTooLong
