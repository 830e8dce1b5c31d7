"""uvicorn's WebSocket with a bound on how long what is sent may pile up for one who does not read.

Without it both the one who sends and the connection wait for such a reader without end: also the frame that closes the
WebSocket waits behind all that is not read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

#: Seconds for which what is sent may wait for a client that does not read.
SLOW_S: Final = 20.0
#: Seconds that it then has to read why it is closed.
LAST_S: Final = 5.0

#: Bytes that may wait for one who sends pings and does not read the answers.
MOST_UNREAD: Final = 1024 * 1024

_POLICY: Final = 1008


class BoundedWebSocketProtocol(WebSocketsSansIOProtocol):
    """One WebSocket. Who does not read is closed with 1008, and cut off a little later."""

    _slow: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """More is waiting than is to be."""
        super().pause_writing()
        self._later(SLOW_S, self._give_up)

    def resume_writing(self) -> None:
        """It was read."""
        super().resume_writing()
        self._forget()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._forget()
        super().connection_lost(exc)

    def handle_ping(self) -> None:
        """Answer a ping, unless the answers are to fill the memory."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MOST_UNREAD:
            self.transport.abort()

    def keepalive_timeout(self) -> None:
        """A ping was not answered."""
        super().keepalive_timeout()
        self._later(LAST_S, self.transport.abort)

    def _give_up(self) -> None:
        if not self.close_sent:
            reason = f"Nothing was read for {SLOW_S:g} s."
            self.stop_keepalive()
            self.conn.send_close(_POLICY, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.queue.put_nowait({"type": "websocket.disconnect", "code": _POLICY, "reason": reason})
        self._later(LAST_S, self.transport.abort)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._forget()
        self._slow = self.loop.call_later(seconds, act)

    def _forget(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None
