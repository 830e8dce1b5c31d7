"""Figures as a block of docs/performance.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.bench.harness.result import text_of
from infra.bench.harness.suite import Section

BEGIN = "<!-- figures: written by `linernotes bench all --markdown docs/performance.md` -->"
END = "<!-- end of figures -->"


def markdown(header: Mapping[str, str], sections: Sequence[Section]) -> str:
    """The header as a list, then a block for each benchmark under the command that prints it."""
    return "\n\n".join(["\n".join(f"- {name}: {value}" for name, value in header.items()), *map(_section, sections)])


def put(path: Path, text: str) -> None:
    """Put a block between the marks of a file; a file without marks is written anew."""
    before, begin, rest = (path.read_text() if path.exists() else "").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        before, after = "", "\n"
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def _section(section: Section) -> str:
    parts = [f"`{section.title}`"]
    if section.results:
        parts.append("\n".join(["```", *map(text_of, section.results), "```"]))
    if section.problem:
        parts.append(f"Not run here{' to its end' if section.results else ''}: {section.problem}")
    return "\n\n".join(parts)
