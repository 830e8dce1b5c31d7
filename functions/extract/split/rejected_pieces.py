"""What a split puts aside: it waits for the first record, is counted, and its bytes are kept up to a limit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import psycopg
from pyroaring import BitMap64

from functions.extract.parse.engine import BATCH_BYTES
from functions.extract.records.quarantine import Rejected, kept_by_parts, put_aside
from functions.extract.split.file_type import records_like
from functions.runtime.ledger.models import File

#: Bytes before the first record that are held in memory; of what follows, sizes alone.
_HELD_BYTES = 64 * 1024 * 1024


class SetAside:
    """The pieces of one file that make no part.

    Attributes:
        rejected: records that make no document, as far as the split can tell.
        unknown_ids: pieces that do not tell their id.
        kept_bytes: bytes that lie in quarantine.
        begun: whether a record of the entity was seen. Before that, nothing is put into quarantine.
    """

    def __init__(self, file: File, dump: dt.date, limit: int, known: BitMap64) -> None:
        self._file, self._dump, self._limit, self._known = file, dump, limit, known
        self._waiting: list[Rejected] = []
        self._waiting_bytes = 0
        self.rejected = self.unknown_ids = self.kept_bytes = 0
        self.begun = False

    @property
    def is_due(self) -> bool:
        """Whether so much waits that it should be stored."""
        return self.begun and (len(self._waiting) >= 100 or self._waiting_bytes >= BATCH_BYTES)

    def add(self, pieces: Sequence[Rejected]) -> None:
        """Take pieces in."""
        for piece in pieces:
            stray = piece.reason == "stray-bytes"
            self.begun = self.begun or not stray
            self.rejected += records_like(self._file.entity, piece.data) if stray else 1
            self.unknown_ids += piece.record_id is None
            if not self.begun and self._waiting_bytes >= _HELD_BYTES:
                piece = piece.without_bytes()  # all of a file without records
            self._waiting.append(piece)
            self._waiting_bytes += len(piece.data)

    def note_unchanged(self, ids: Sequence[int], changed: Sequence[int]) -> None:
        """Count those of a batch's unchanged records that an earlier run has rejected.

        Args:
            ids: of all records of the batch.
            changed: the places of those that are new or changed.
        """
        if self._known and (known := self._known & BitMap64(ids)):
            self.rejected += len(known) - sum(ids[place] in known for place in changed)

    def store(self, connection: psycopg.Connection[Any]) -> None:
        """Put what waits into quarantine; before the first record was seen, nothing."""
        if not self.begun or not self._waiting:
            return
        run, entity = self._file.run, self._file.entity
        room = self._limit - self.kept_bytes - kept_by_parts(connection, run, entity)
        self.kept_bytes += put_aside(connection, run, self._dump, entity, self._waiting, room)
        self._waiting, self._waiting_bytes = [], 0
