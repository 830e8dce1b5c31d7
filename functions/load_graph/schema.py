"""The form of the graph: migrations on every server, and on the embedded one the types that its keys have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from functions.projection.projection import EDGES
from functions.runtime.entities import NODE
from functions.runtime.settings import Settings
from functions.runtime.stores.arcadedb_http import GraphHttp, graph_http
from functions.runtime.stores.migrations import migrate_graph
from functions.runtime.stores.statement_progress import Tell, silent

if TYPE_CHECKING:
    import neo4j

#: From a style to its genre; no row owns it.
PART_OF = "PART_OF"

#: The key of each label and its type. Left to itself the embedded server takes the type of the first value that it has
#: when the key's index is made: 32 bits where that is small, a text where there is none.
_KEYS = {
    **dict.fromkeys(NODE.values(), ("id", "LONG")),
    **dict.fromkeys(("Genre", "Style"), ("name", "STRING")),
}
_TYPES = "SELECT name, properties, indexes FROM schema:types"


def prepare_graph(settings: Settings, session: neo4j.Session, tell: Tell = silent) -> None:
    """Bring the graph to the form of this version; a second call changes nothing."""
    if settings.graph_http:
        with graph_http(settings) as server:
            declare_types(server, settings.graph_database)
    migrate_graph(session, tell)


def prepare_keys(settings: Settings, session: neo4j.Session) -> None:
    """Bring a new graph to what it needs while it is filled: the types of its keys, and the keys themselves."""
    if settings.graph_http:
        with graph_http(settings) as server:
            declare_types(server, settings.graph_database)
    migrate_graph(session, only=("0001_keys.cypher",))


def declare_types(server: GraphHttp, database: str) -> None:
    """Make a type for each label and each kind of edge in a database of the embedded server, each in one bucket.

    What has an index of its key stays as it is.
    """
    indexed = {found["name"] for found in server.sql(database, _TYPES) if found["indexes"]}
    for label, (key, form) in _KEYS.items():
        if label not in indexed:
            server.sql(database, f"CREATE VERTEX TYPE {label} IF NOT EXISTS BUCKETS 1")
            server.sql(database, f"CREATE PROPERTY {label}.{key} IF NOT EXISTS {form}")
    for kind in sorted({edge.type for edge in EDGES.values()} | {PART_OF}):
        server.sql(database, f"CREATE EDGE TYPE `{kind}` IF NOT EXISTS BUCKETS 1")


def has_narrow_keys(settings: Settings) -> bool:
    """Whether the embedded graph has a key of another type than it should: earlier versions made some of 32 bits.

    Such a graph refuses the first id that is larger, and has to be filled again.
    """
    if not settings.graph_http:
        return False
    with graph_http(settings) as server:
        types = server.sql(settings.graph_database, _TYPES)
    return any(_is_narrow(found) for found in types)


def _is_narrow(found: dict[str, Any]) -> bool:
    key, form = _KEYS.get(found["name"], ("", ""))
    return any(each["name"] == key and each["type"] != form for each in found["properties"])
