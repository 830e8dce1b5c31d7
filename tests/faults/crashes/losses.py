"""A loss of power: of what was written to files since the last fsync, little or nothing is there."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

#: What becomes of a file: it is gone, empty, short, full of zeros, or happens to have been written out.
_FATES = ("gone", "empty", "short", "zeros", "whole")


class Disk:
    """Knows which files were synced, and takes from the others what the loss of power takes."""

    def __init__(self, seed: str) -> None:
        self._dice = random.Random(seed)
        self._synced: set[int] = set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch what is synced."""
        real = os.fsync

        def fsync(descriptor: int) -> None:
            real(descriptor)
            self._synced.add(os.fstat(descriptor).st_ino)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", fsync)
            yield

    def lose_power(self, folder: Path) -> None:
        """Make the files below a folder what they are when the machine is on again."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.stat().st_ino not in self._synced:
                self._lose(path, self._dice.choice(_FATES))

    @staticmethod
    def _lose(path: Path, decision: str) -> None:
        size = path.stat().st_size
        if decision == "gone":
            path.unlink()
        elif decision == "zeros":
            path.write_bytes(bytes(size))
        elif decision != "whole":
            os.truncate(path, 0 if decision == "empty" else size // 2)
