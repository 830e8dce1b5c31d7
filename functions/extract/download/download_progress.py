"""What the ledger and the log learn of a download while it runs."""

from __future__ import annotations

import time

import structlog

from functions.extract.download.throughput import Speed
from functions.runtime.errors import RunInactive, StoreUnavailable
from functions.runtime.ledger.models import File
from functions.runtime.ledger.store import sql
from functions.runtime.stores.context import Context

_log = structlog.get_logger(__name__)

_LEDGER_EVERY_S = 2.0
_LOG_EVERY_S = 30.0


class DownloadProgress:
    """Called with every chunk; notes progress in the ledger every 2 s and in the log every 30 s."""

    def __init__(self, context: Context, file: File) -> None:
        self._context, self._file = context, file
        self._speed = Speed()
        self._noted_at = self._logged_at = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        """Note that so many bytes are here.

        Raises:
            Unwanted: the run is paused or over.
        """
        now = time.monotonic()
        if now - self._noted_at < _LEDGER_EVERY_S:
            return
        self._noted_at = now
        self._speed.note(done)
        self._note(done, total)
        if now - self._logged_at >= _LOG_EVERY_S:
            self._logged_at = now
            _log.info("downloading", file=self._file.name, bytes=done, of=total, speed=self._speed.sentence(total))

    def _note(self, done: int, total: int | None) -> None:
        values = {"run": self._file.run, "entity": self._file.entity, "read_bytes": done, "bytes": total}
        try:
            with self._context.connection() as connection:
                wanted = connection.execute(sql.file_coming, values).fetchone()
        except StoreUnavailable as error:  # no reason to lose a download
            _log.warning("progress not noted", error=str(error))
            return
        if wanted is None:
            raise RunInactive
