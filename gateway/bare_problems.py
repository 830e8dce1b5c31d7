"""Problems that are answered before the application is asked: no request has been read by then, or it is not for us."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec

from gateway.errors import PROBLEM_TYPE, Problem

#: No other header is there: what protects answers is added by the application.
_PROTECTING: Final = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class BareProblem:
    """A problem as bytes, after which the connection is closed.

    Args:
        status: of the answer.
        detail: a sentence.
    """

    def __init__(self, status: int, detail: str) -> None:
        self.status: Final = status
        self.body: Final = msgspec.json.encode(Problem(HTTPStatus(status).phrase, status, detail))
        self.headers: Final = [
            (b"content-type", PROBLEM_TYPE.encode()),
            (b"content-length", b"%d" % len(self.body)),
            *_PROTECTING,
            (b"connection", b"close"),
        ]

    def answer(self, status_line: bytes) -> bytes:
        """All of it as HTTP has it, behind the line with the status."""
        lines = [b"%b: %b\r\n" % header for header in self.headers]
        return status_line + b"".join(lines) + b"\r\n" + self.body
