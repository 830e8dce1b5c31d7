"""SQL and Cypher live in files of their own; this reads their named statements.

A file holds statements, each under a line `-- name: insert_part` (`// name: …` in Cypher). Lines of comment directly
under the name are its description. What differs only in a table or a label is written once: `-- name: remove_{entity}`
and below it `-- for each {entity} {year}: artists NULL, masters year`; every row of values makes a statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_HEADING = re.compile(r"^(?:--|//) name: ([\w{}]+)[ \t]*$", re.MULTILINE)
_EACH = re.compile(r"\A\s*(?:--|//) for each ([^:\n]+): (.+)\n")


def statements(beside: str, file: str) -> Any:
    """The statements of a file as attributes, its names as they are written there.

    Args:
        beside: `__file__` of the module that asks; the file lies in the same folder.
        file: name of the `.sql` or `.cypher` file.

    Raises:
        ValueError: a name stands twice, a row of a template has too few or too many values, or the file has no named
            statement.
    """
    text = (Path(beside).parent / file).read_text(encoding="utf-8")
    pieces = _HEADING.split(text)[1:]
    found = [made for name, body in zip(pieces[::2], pieces[1::2], strict=True) for made in _each(name, body)]
    if not found or len(dict(found)) != len(found):
        raise ValueError(f"{file}: each statement needs a name of its own.")
    return SimpleNamespace(**dict(found))


def _each(name: str, body: str) -> Iterator[tuple[str, str]]:
    """Name and text of a statement, or of each that its template makes."""
    template = _EACH.match(body)
    if template is None:
        yield name, body.strip()
        return
    fields = template[1].split()
    for row in template[2].split(", "):
        made_name, made = name, body[template.end() :].strip()
        for field, value in zip(fields, row.split(), strict=True):
            made_name, made = made_name.replace(field, value), made.replace(field, value)
        yield made_name, made
