"""How much disk the folders of an installation take."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from functions.runtime.settings import Settings


def folder_bytes(folder: Path) -> int:
    """What the files in a folder take; what goes while they are counted takes nothing."""
    total = 0
    for place, _, names in os.walk(folder):  # it passes over folders that it cannot read, as rglob does not
        for name in names:
            with suppress(OSError):
                total += Path(place, name).stat().st_size
    return total


def has_graph(settings: Settings) -> bool:
    """Whether the graph's files lie in the home; a server elsewhere is reached over Bolt only."""
    return bool(settings.graph_http or settings.graph_import)


def graph_folder(settings: Settings) -> Path:
    """Where the files of the embedded graph lie."""
    return Path(settings.home) / ("neo4j" if settings.graph_import else "graph")
