"""Files as Neo4j's importer reads them.

Fields are divided by characters that no XML can hold, so that no text needs quotes; what is quoted are empty texts,
which would else be no text at all, and lines with a line break inside, which have a file of their own: the importer
reads such a file in one thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, NamedTuple

FIELD, ITEM, _QUOTE = "\x1f", "\x1e", "\x1d"

#: What tells the importer of these characters.
DIALECT = ("--delimiter=U+001F", "--array-delimiter=U+001E", "--quote=U+001D")

_EMPTY = _QUOTE * 2
#: Characters that the importer holds at a time if nothing is said, and a good deal less.
LONG = 1_000_000


def text(value: str | None) -> str:
    """A text as a field: absent is nothing, empty is an empty text."""
    return value or (_EMPTY if value is not None else "")


class Chunk(NamedTuple):
    """Lines of one file, with their ends.

    Attributes:
        lines: those without a line break inside.
        broken: those with one.
        longest: characters of the longest line, of those that are long; else 0.
    """

    lines: bytes
    broken: bytes = b""
    longest: int = 0


def chunk_of(lines: Iterable[str]) -> Chunk:
    """Lines, given without their ends."""
    whole, broken, longest = list[str](), list[str](), 0
    for line in lines:
        if len(line) > LONG:
            longest = max(longest, len(line))
        if "\n" in line or "\r" in line:
            broken.append(_quoted(line))
        else:
            whole.append(line)
    return Chunk(_joined(whole), _joined(broken), longest)


class ImportFile:
    """The nodes of one label, or the edges of one type between two labels.

    Attributes:
        group: the option that names what it holds, as in `--nodes=Artist`.
        longest: characters of the longest line, if it is a long one.
    """

    def __init__(self, folder: Path, name: str, group: str, header: Iterable[str]) -> None:
        self.group = group
        self.longest = 0
        self._folder, self._name = folder, name
        self._files: dict[str, BinaryIO] = {}
        self._write("header", f"{FIELD.join(header)}\n".encode())

    def write(self, chunk: Chunk) -> None:
        """Add lines."""
        self.longest = max(self.longest, chunk.longest)
        self._write("lines", chunk.lines)
        self._write("broken", chunk.broken)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    @property
    def is_empty(self) -> bool:
        """Whether no line was written."""
        return len(self._files) == 1

    @property
    def paths(self) -> list[Path]:
        """Its files, the header first."""
        return [self._path(part) for part in self._files]

    @property
    def broken(self) -> list[Path]:
        """Those of its files whose lines have line breaks inside."""
        return [self._path(part) for part in self._files if part == "broken"]

    def _write(self, part: str, content: bytes) -> None:
        if not content:
            return
        if part not in self._files:
            self._files[part] = self._path(part).open("wb")
        self._files[part].write(content)

    def _path(self, part: str) -> Path:
        return self._folder / f"{self._name}.{part}.csv"


def _joined(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode() if lines else b""


def _quoted(line: str) -> str:
    fields = (field if not field or field == _EMPTY else f"{_QUOTE}{field}{_QUOTE}" for field in line.split(FIELD))
    return FIELD.join(fields)
