"""The end of a process that cannot end in good order."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final, NoReturn

#: Seconds for the last words.
_LAST_WORDS_S: Final = 1.0


def exit_at_once(code: int, last_words: Callable[[], object]) -> NoReturn:
    """End this process, whatever its threads are at.

    Args:
        code: the exit code.
        last_words: logs why. It is not waited for when it hangs: the log's lock may be with a thread that was broken
            off, and a terminal may be held.
    """
    saying = threading.Thread(target=last_words, daemon=True)
    saying.start()
    saying.join(_LAST_WORDS_S)
    os._exit(code)
