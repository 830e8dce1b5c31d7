"""Errors say what happened, to what, and what to do; their type decides whether a message is tried again."""


class LinernotesError(Exception):
    """The root of every error this project raises on purpose. Its text is one sentence a person can act on."""


class PermanentError(LinernotesError):
    """Trying again cannot help: the message goes to the dead letters at once."""


class TransientError(LinernotesError):
    """Trying again may help: the message is retried with backoff, a bounded number of times.

    Args:
        text: the sentence.
        retry_after: seconds that whoever refused has asked to wait; None: backoff alone decides.
    """

    def __init__(self, text: str = "", retry_after: float | None = None) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class SettingError(PermanentError):
    """A setting has a value that cannot be used. The command line ends with exit code 2."""


class SourceError(PermanentError):
    """A dump, or a file of it, cannot be loaded as it is."""


class RefusedError(PermanentError):
    """What was asked for is refused on purpose, and the sentence says what would allow it."""


class StoreUnavailable(TransientError):
    """A store, broker or bucket does not answer."""


class StoreConflict(TransientError):
    """Two writers met in a store; the write is to be tried again."""
