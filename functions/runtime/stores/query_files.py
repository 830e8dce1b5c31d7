"""SQL and Cypher live in files of their own; this reads their named statements.

A file holds statements, each under a line `-- name: insert_part` (`// name: …` in Cypher). Lines of comment directly
under the name are its description.
"""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_HEADING = re.compile(r"^(?:--|//) name: (\w+)[ \t]*$", re.MULTILINE)


def statements(beside: str, file: str) -> Any:
    """The statements of a file as attributes, its names as they are written there.

    Args:
        beside: `__file__` of the module that asks; the file lies in the same folder.
        file: name of the `.sql` or `.cypher` file.

    Raises:
        ValueError: a name stands twice, or the file has no named statement.
    """
    text = (Path(beside).parent / file).read_text(encoding="utf-8")
    pieces = _HEADING.split(text)[1:]
    names, bodies = pieces[::2], pieces[1::2]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{file}: each statement needs a name of its own.")
    return SimpleNamespace(**{name: body.strip() for name, body in zip(names, bodies, strict=True)})
