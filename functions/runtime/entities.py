"""The four entities of the dump, and what each is called where."""

from __future__ import annotations

from typing import Final, Literal, get_args

Entity = Literal["artists", "labels", "masters", "releases"]

ENTITIES: Final[tuple[Entity, ...]] = get_args(Entity)

#: The tag of one record in the dump, and `type` in an NDJSON line.
SINGULAR: Final[dict[Entity, str]] = {
    "artists": "artist",
    "labels": "label",
    "masters": "master",
    "releases": "release",
}

#: The label of its node in the graph.
NODE: Final[dict[Entity, str]] = {
    "artists": "Artist",
    "labels": "Label",
    "masters": "Master",
    "releases": "Release",
}

#: `entity` in the tables `record_state`, `tombstones` and `quarantine`.
CODE: Final[dict[Entity, int]] = {"artists": 1, "labels": 2, "masters": 3, "releases": 4}
