"""What the readers of both engines share: how far a file was read, and how its stream ended."""

from __future__ import annotations

from functions.extract.xml_stream.inflate import Inflation


class StreamReader:
    """One pass over a file, by way of an `Inflation` that is there once the pass has begun."""

    def __init__(self) -> None:
        self._inflation: Inflation | None = None

    @property
    def read_bytes(self) -> int:
        """Compressed bytes read so far."""
        return self._inflation.read_bytes if self._inflation else 0

    @property
    def problem(self) -> str | None:
        """Why the stream ended before its end, once it has."""
        return self._inflation.problem if self._inflation else None

    @property
    def note(self) -> str | None:
        """What was unusual and does no harm, once the stream has ended."""
        return self._inflation.note if self._inflation else None
