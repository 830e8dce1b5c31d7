"""What both stores and the bucket hold: saved, put back, and compared."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.registry import FUNCTIONS
from functions.runtime.entities import ENTITIES
from functions.runtime.stores.context import Context
from tests.integration.pipeline import text_of

_DERIVED = tuple(name for spec in FUNCTIONS.derivations for name in spec.table_names)
#: What is saved and put back: all that a run reads or writes, each table before those that refer to it.
TABLES = (
    "runs",
    "files",
    "parts",
    "attempts",
    "part_times",
    "record_state",
    "quarantine",
    "tombstones",
    "events",
    "installation",
    "artists",
    "labels",
    "masters",
    "releases",
    "changes",
    "baselines",
    "counts",
    "count_deltas",
    "graph_candidates",
    "year_bounds",
    "document_changes",
    "derivations",
    "document_batches",
    "derivation_work",
    "degree_changes",
    "release_link_moves",
    *_DERIVED,
)
#: Tables that no run reads or writes, or that it only notes in what another has done.
LEFT_ALONE = frozenset(
    {
        "access_keys",
        "access_limits",
        "access_sessions",
        "file_addresses",
        "metric_hours",
        "metric_minutes",
        "metric_names",
        "metric_samples",
        "migrations",
        "schedules",
        "steps",
        "suppressed",
        "suppressed_changed",
        "webhook_deliveries",
        "webhook_targets",
        "workers",
    }
)
#: Of these nothing goes but with a build of all: a word stays that no record has any more.
GROWING = frozenset({"search_words", "search_deletes"})
_COUNTED = ("runs", "quarantine", "events")
#: What must be the same whatever happened on the way. The number of a run may differ, and so may when it did what.
_COMPARED = {
    "artists": "SELECT * FROM artists",
    "labels": "SELECT * FROM labels",
    "masters": "SELECT * FROM masters",
    "releases": "SELECT * FROM releases",
    "tombstones": "SELECT * FROM tombstones",
    "record_state": "SELECT * FROM record_state",
    "quarantine": "SELECT dump, entity, stream_at, record_id, reason, detail, bytes FROM quarantine",
    "installation": "SELECT synthetic, counts_version, graph_settled FROM installation",
    "changes": "SELECT * FROM changes",
    "baselines": "SELECT * FROM baselines",
    "counts": "SELECT * FROM counts",
    "count_deltas": "SELECT * FROM count_deltas",
    "graph_candidates": "SELECT * FROM graph_candidates",
    "year_bounds": "SELECT * FROM year_bounds",
    "document_changes": "SELECT * FROM document_changes",
    "derivations": "SELECT name, version, variant, building, caught_up_at IS NULL AS behind FROM derivations",
    "derivation_work": "SELECT derivation, dead, error FROM derivation_work",
    **{name: f"SELECT * FROM {name}" for name in _DERIVED if not name.startswith(("search_", "vector"))},  # noqa: S608
    "search entries": " UNION ALL ".join(
        f"SELECT entity, id, prior, links, name, by_line, plain, words, facets FROM search_entries_{tier}"  # noqa: S608
        for tier in range(4)
    ),
    "search_sample": "SELECT entity, id, words, facets FROM search_sample",
    "search_staged": "SELECT entity, id FROM search_staged",
    "search_words": "SELECT word, frequency FROM search_words WHERE frequency > 0",
    "search_deletes": "SELECT key, word FROM search_deletes",
    "vector_texts": "SELECT entity, id FROM vector_texts",
    "vectors": " UNION ALL ".join(
        f"SELECT '{entity}', id, key, NULL FROM vectors_{entity} "  # noqa: S608
        f"UNION ALL SELECT '{entity}', NULL, key, vector::text FROM vectors_{entity} WHERE vector IS NOT NULL"
        for entity in ENTITIES
    ),
    "vector_state": "SELECT * FROM vector_state",
    "runs": "SELECT kind, dump, state, reason, rows + (SELECT coalesce(sum(rows), 0) FROM parts WHERE run = runs.id) "
    "AS rows FROM runs",
    "files": "SELECT entity, state, records, unchanged, parts, whole, problem FROM files",
    "parts": "SELECT entity, part, kind, state, records, quarantined FROM parts WHERE kind = 'xml'",
    "lists of ids": "SELECT entity, part, state, records FROM parts WHERE kind = 'ids'",
    "lists of ids that are not done": "SELECT entity, part, state FROM parts WHERE kind = 'ids' AND state <> 'done'",
    "graph emptied in": "SELECT DISTINCT (SELECT count(*) FROM runs WHERE id <= events.run) AS run FROM events "
    "WHERE kind = 'graph-emptied'",
}

Nodes = dict[str, list[dict[str, Any]]]
Edges = dict[tuple[str, str, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class Saved:
    """The stores at one moment; the bucket was empty."""

    tables: dict[str, bytes]
    nodes: Nodes
    edges: Edges


def save(context: Context) -> Saved:
    """Read everything."""
    with context.connection() as connection, connection.cursor() as cursor:
        tables = {}
        for table in TABLES:
            with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)") as copy:
                tables[table] = b"".join(copy)
    return Saved(tables, *_graph(context))


def put_back(context: Context, saved: Saved) -> None:
    """Make the stores what they were, and the bucket empty."""
    shutil.rmtree(Path(context.settings.bucket_url) / "runs", ignore_errors=True)
    with context.connection() as connection, connection.cursor() as cursor:
        for table in reversed(TABLES):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 - for so few rows far quicker than TRUNCATE
        for table in TABLES:
            with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)") as copy:
                copy.write(saved.tables[table])
        for table in _COUNTED:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), coalesce(max(id), 0) + 1, false) FROM {table}"  # noqa: S608
            )
    with context.graph_session() as session, session.begin_transaction() as transaction:
        transaction.run("MATCH (n) DETACH DELETE n").consume()
        for label, nodes in saved.nodes.items():
            transaction.run(f"UNWIND $rows AS r CREATE (n:{label}) SET n = r", rows=nodes).consume()
        for (start, kind, end), edges in saved.edges.items():
            transaction.run(
                f"UNWIND $rows AS r MATCH (a:{start} {{{_key(start)}: r.a}}) MATCH (b:{end} {{{_key(end)}: r.b}}) "
                f"CREATE (a)-[e:{kind}]->(b) SET e = r.props",
                rows=edges,
            ).consume()
        transaction.commit()


def contents(context: Context) -> dict[str, list[str]]:
    """What is to be compared, as sorted texts by table and kind of node or edge."""
    found: dict[str, list[str]] = {}
    with context.connection() as connection:
        for kind, query in _COMPARED.items():
            rows = connection.execute(f"SELECT t::text FROM ({query}) AS t")  # noqa: S608
            found[kind] = sorted(row[0] for row in rows)
        noted = connection.execute("SELECT graph_identity, max(runs.id) FROM installation, runs GROUP BY 1").fetchone()
    nodes, edges = _graph(context)
    metas = [(meta["identity"], meta["last_run"]) for meta in nodes.pop("Linernotes", [])]
    found["meta node"] = ["that of the last run"] if metas == [noted] else [f"{metas}, not {noted}"]
    found |= {f"nodes {label}": sorted(map(text_of, rows)) for label, rows in nodes.items() if rows}
    found |= {f"edges {' '.join(kind)}": sorted(map(text_of, rows)) for kind, rows in edges.items()}
    found["bucket"] = list(context.bucket.keys("runs"))
    return found


def differences(wanted: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """Each thing that is missing or too much, as a line."""
    lines = []
    for kind in sorted(wanted.keys() | found.keys()):
        old, new = wanted.get(kind, []), found.get(kind, [])
        lines += [f"{kind} lacks {one}" for one in _minus(old, new)]
        lines += [f"{kind} has too much: {one}" for one in _minus(new, old)]
    return lines


def _graph(context: Context) -> tuple[Nodes, Edges]:
    nodes: Nodes = defaultdict(list)
    edges: Edges = defaultdict(list)
    with context.graph_session() as session:
        for label, props in session.run("MATCH (n) RETURN labels(n)[0], properties(n)"):
            nodes[label].append(props)
        for start, a, kind, props, end, b in session.run(
            "MATCH (a)-[e]->(b) RETURN labels(a)[0], coalesce(a.id, a.name), type(e), properties(e), "
            "labels(b)[0], coalesce(b.id, b.name)"
        ):
            edges[start, kind, end].append({"a": a, "b": b, "props": props})
    return dict(nodes), dict(edges)


def _key(label: str) -> str:
    return "name" if label in {"Genre", "Style"} else "id"


def _minus(one: list[str], other: list[str]) -> list[str]:
    rest = list(other)
    return [text for text in one if text not in rest or rest.remove(text)]  # type: ignore[func-returns-value]
