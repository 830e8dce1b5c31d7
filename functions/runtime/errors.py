"""Errors say what happened, to what, and what to do; their type decides whether a message is tried again."""

from typing import ClassVar

from functions.runtime.masking import mask


class LinernotesError(Exception):
    """The root of every error this project raises on purpose. Its text is one sentence a person can act on.

    It ends up in terminals, logs, the ledger and messages: passwords of addresses are taken out of it here.

    Args:
        text: the sentence.
        server_said: what a server said of it, which may quote statements, names and addresses.

    Attributes:
        told: the sentence without what the server said, for whoever asks from outside.
    """

    def __init__(self, text: str = "", *, server_said: str = "") -> None:
        self.told = mask(text)
        super().__init__(mask(f"{text.removesuffix('.')}: {server_said}") if server_said else self.told)


class PermanentError(LinernotesError):
    """Trying again cannot help: the message goes to the dead letters at once."""


class TransientError(LinernotesError):
    """Trying again may help: the message is retried with backoff, a bounded number of times unless its type says more.

    Args:
        text: the sentence.
        retry_after: seconds that whoever refused has asked to wait; None: backoff alone decides.
        server_said: what a server said of it.
    """

    #: Whether tries are counted, so that their number is bounded.
    counts_tries: ClassVar[bool] = True
    #: Whether a start that ended so is counted by the ledger among those without an end.
    counts_starts: ClassVar[bool] = True

    def __init__(self, text: str = "", retry_after: float | None = None, *, server_said: str = "") -> None:
        super().__init__(text, server_said=server_said)
        self.retry_after = retry_after


class SettingError(PermanentError):
    """A setting has a value that cannot be used. The command line ends with exit code 2."""


class SourceError(PermanentError):
    """A dump, or a file of it, cannot be loaded as it is."""


class RefusedError(PermanentError):
    """What was asked for is refused on purpose, and the sentence says what would allow it."""


class MissingError(RefusedError):
    """What was to be acted on is not there, and never was or no longer is."""


class RunGone(PermanentError):
    """The stores were emptied of a run: whoever asks for it is told so, and its messages have nothing left to do."""


class StoreUnavailable(TransientError):
    """A store, broker or bucket does not answer: it is waited for without limit, and nothing is counted meanwhile."""

    counts_tries = False
    counts_starts = False


class StoreBroke(StoreUnavailable):
    """A connection broke while it was in use. The start counts: whatever is asked may be what ends the server."""

    counts_starts = True


class StoreFailed(StoreUnavailable):
    """A store answers, and fails at what it was asked: it may be the question."""

    counts_tries = True
    counts_starts = True


class SourceUnavailable(StoreUnavailable):
    """Whoever offers a dump does not answer now. Its store is not ours: patience with it has an end."""

    counts_tries = True
    counts_starts = True


class StoreConflict(TransientError):
    """Two writers met in a store; the write is to be tried again."""


class Busy(TransientError):
    """Another one holds what is needed, for long: the message is given back, and nothing is counted."""

    counts_tries = False
    counts_starts = False


class RunInactive(Exception):
    """The run is paused or over: what works on it stops where it is. No failure, so it is none of the errors above."""
