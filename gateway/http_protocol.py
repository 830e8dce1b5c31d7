"""uvicorn's fast parser of HTTP with bounds that it does not have of its own: on the head of a request, on the time in
which head and body come, on the connections that wait for a request, and on the time in which nobody takes an answer.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar, Final

from litestar.status_codes import HTTP_400_BAD_REQUEST, HTTP_408_REQUEST_TIMEOUT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from functions.runtime.settings import Settings
from gateway.bare_problems import BareProblem

#: Bytes of a request's line and headers.
MAX_HEAD: Final = 16 * 1024

#: Seconds after which an answer of which nothing more was taken is given up.
STALLED_S: Final = 60.0

_LATE: Final = BareProblem(HTTP_408_REQUEST_TIMEOUT, "The request took too long to come.").answer(STATUS_LINE[408])
_UNREADABLE: Final = BareProblem(HTTP_400_BAD_REQUEST, "The request cannot be read: it is no HTTP.").answer(
    STATUS_LINE[400]
)
_TOO_LONG: Final = BareProblem(
    HTTP_400_BAD_REQUEST, f"The head of the request is longer than {MAX_HEAD:,} bytes."
).answer(STATUS_LINE[400])


class _HeadTooLong(Exception):
    """Raised within the parser, which gives the request up."""


class Bounds:
    """What the connections of one gateway share: those that wait for a whole request, the oldest first.

    Args:
        most: of them are kept. The oldest goes for one more: a request that comes at once is let in.
        patience: seconds in which a head has to come, and as many for a body.
    """

    def __init__(self, most: int, patience: float) -> None:
        self.patience: Final = patience
        self._most = most
        self._waiting: dict[BoundedHttpProtocol, None] = {}

    def begin(self, connection: BoundedHttpProtocol) -> None:
        """A connection waits for a request from now on."""
        self.end(connection)
        self._waiting[connection] = None
        while len(self._waiting) > self._most:
            oldest = next(iter(self._waiting))
            self.end(oldest)
            oldest.transport.abort()

    def end(self, connection: BoundedHttpProtocol) -> None:
        """It waits no more."""
        self._waiting.pop(connection, None)


def bounded_protocol(settings: Settings) -> type[BoundedHttpProtocol]:
    """The protocol of one gateway's connections."""
    bounds = Bounds(settings.max_waiting, settings.request_timeout)
    return type("BoundedHttpProtocol", (BoundedHttpProtocol,), {"bounds": bounds})


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection. A head that is too long, or does not end, is answered with 400, one that comes too slowly with
    408, and the connection closed.
    """

    bounds: ClassVar[Bounds]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = 0
        self._unfinished = 0
        self._in_head = True
        self._begun = False
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection is there, and a request has to come."""
        super().connection_made(transport)
        self.bounds.begin(self)
        self._begin_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._end_waiting()
        self._end_watch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come. What belongs to a head that has not ended is counted."""
        was_in_head, cycle = self._in_head, self.cycle
        super().data_received(data)
        if not self._in_head or self.transport.is_closing() or self.transport.get_protocol() is not self:
            return
        if self._begun and was_in_head and self.cycle is cycle:
            self._unfinished += len(data)
        if self._unfinished > MAX_HEAD:
            self.send_400_response("")
        elif self._deadline is None and not self._answers():
            self._begin_deadline()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, as a problem and not in the server's plain words."""
        del msg
        is_too_long = max(self._head, self._unfinished) > MAX_HEAD
        self.transport.write(_TOO_LONG if is_too_long else _UNREADABLE)
        self.transport.close()
        self._watch_writing()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._head, self._in_head, self._begun = 0, True, True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """A piece of its address."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. What stands behind a body is counted and belongs to no request: it was let in without it."""
        self._count(len(name) + len(value))
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Its head has ended; the body has time of its own."""
        self._in_head, self._begun, self._unfinished = False, False, 0
        self._end_waiting()
        self._begin_deadline()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """It has ended, and the next may begin."""
        self._in_head = True
        self._end_waiting()
        super().on_message_complete()
        if not self._answers():  # before all of it was here
            self.bounds.begin(self)

    def on_response_complete(self) -> None:
        """Its answer was written, and the connection waits for the next request."""
        super().on_response_complete()
        self._watch_writing()
        if not self._in_head or self._answers() or self.transport.is_closing():
            return
        self.bounds.begin(self)
        if self._begun:
            self._begin_deadline()

    def handle_websocket_upgrade(self) -> None:
        """What follows is for the protocol of WebSockets."""
        self._end_waiting()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """More is written than the other side takes."""
        super().pause_writing()
        self._watch_writing()

    def resume_writing(self) -> None:
        """It was taken."""
        self._end_watch()
        super().resume_writing()

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD:
            raise _HeadTooLong

    def _answers(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _begin_deadline(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.bounds.patience, self._late)

    def _end_waiting(self) -> None:
        self.bounds.end(self)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if not self._in_head and self.flow.read_paused:  # it is we who are slow
            self._begin_deadline()
            return
        if self._begun or (self._answers() and not self.cycle.response_started):
            self.transport.write(_LATE)
        self.transport.close()
        self._watch_writing()

    def _watch_writing(self) -> None:
        """See to it that what was written is taken: a connection that is closed stays open until then."""
        self._end_watch()
        if left := self.transport.get_write_buffer_size():
            self._stall = self.loop.call_later(STALLED_S, self._look_again, left)

    def _look_again(self, before: int) -> None:
        if self.transport.get_write_buffer_size() >= before:
            self.transport.abort()
        else:
            self._watch_writing()

    def _end_watch(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
