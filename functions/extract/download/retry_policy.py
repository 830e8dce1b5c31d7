"""How long a download waits after a failure, and when it gives up."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import structlog

from functions.runtime.backoff import backoff
from functions.runtime.errors import SourceUnavailable, StoreUnavailable
from functions.runtime.settings import Settings

_log = structlog.get_logger(__name__)

#: A worker that is told to stop is interrupted between two sleeps.
_SLEEP_S = 0.5

#: No server is believed to ask for more.
_LONGEST_ASKED_S = 86_400.0


def interruptible_sleep(seconds: float) -> None:
    """Sleep, so that an interruption comes through."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(left, _SLEEP_S))


@dataclass(frozen=True)
class DownloadRetry:
    """The rules of waiting. Clock and sleep are given, and jitter can be left out, so that a test need not wait."""

    tries: int
    longest_s: float
    first_s: float
    most_s: float
    jitter: bool = True
    sleep: Callable[[float], None] = interruptible_sleep
    clock: Callable[[], float] = time.monotonic

    def pause(self, failures: int, asked: float | None) -> float:
        """Seconds to wait after so many failures in a row: doubling, with jitter, and no less than what was asked."""
        return max(asked or 0.0, backoff(failures, self.first_s, self.most_s, jitter=self.jitter))

    def wait(self, error: StoreUnavailable, failures: int) -> None:
        """Wait before the next try.

        Raises:
            SourceUnavailable: there were too many failures, or the wait would hold the worker for too long; the delay
                that was asked for travels with it.
        """
        if failures >= self.tries:
            text = f"{error} {failures} tries in a row brought little or nothing; what is here is kept."
            raise SourceUnavailable(text, error.retry_after) from error
        pause = self.pause(failures, error.retry_after)
        if pause > self.longest_s:
            raise error
        _log.info("download failed", retry_in_s=round(pause, 1), failures=failures, reason=str(error))
        self.sleep(pause)


def download_retry(settings: Settings) -> DownloadRetry:
    """The rules that the settings give."""
    return DownloadRetry(
        tries=settings.download_tries,
        longest_s=settings.download_timeout,
        first_s=settings.min_backoff_ms / 1000,
        most_s=settings.max_backoff_ms / 1000,
    )


def retry_after(text: str | None, now: dt.datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, given as a number or as a date; None for anything else."""
    if not text:
        return None
    try:
        seconds = float(text) if text.strip().isdecimal() else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
    return min(max(seconds, 0.0), _LONGEST_ASKED_S)
