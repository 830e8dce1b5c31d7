"""A small dump, and both stores filled with what it says: where the tests of the comparison begin."""

from __future__ import annotations

import gzip
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import neo4j
import psycopg
from psycopg.types.json import Jsonb

from functions.counts.refresh import recount
from functions.derivations.tables import swap_table
from functions.load_graph.schema import prepare_graph
from functions.profiles.assemble import TABLES, count
from functions.runtime.entities import CODE, ENTITIES, NODE, Entity
from functions.runtime.settings import Settings
from functions.runtime.stores.migrations import migrate_postgres
from infra.verify.document import Damaged, ExpectedDocument, canonical, document_of, repaired, tree_of
from infra.verify.edges import edges_of, part_of, properties_of
from infra.verify.facts import facts_of
from infra.verify.identifiers import keys_of
from infra.verify.record_splitter import RecordSplitter
from infra.verify.release_links import links_of
from infra.verify.rows import columns_of
from infra.verify.search import ids_named
from infra.verify.stores import postgres_arguments

DUMP = date(2026, 4, 1)

RECORDS: dict[Entity, list[str]] = {
    "artists": [
        (
            "<artist><id>1</id><name>Björk</name><aliases><name id='2'>B.</name></aliases>"
            "<groups><name id='3'>The Sugarcubes</name></groups></artist>"
        ),
        "<artist><id>2</id><name>B.</name><aliases><name id='1'>Björk</name></aliases></artist>",
        "<artist><id>3</id><name>The Sugarcubes</name><members><name id='1'>Björk</name></members></artist>",
        "<artist><id>4</id><profile>No name</profile></artist>",
    ],
    "labels": [
        "<label><id>5</id><name>One Little Indian</name><sublabels><label id='6'>Sub</label></sublabels></label>",
        "<label><id>6</id><name>Sub</name><parentLabel id='5'>One Little Indian</parentLabel></label>",
    ],
    "masters": [
        (
            "<master id='10'><main_release>100</main_release><artists><artist><id>1</id><name>Björk</name></artist>"
            "</artists>"
            "<genres><genre>Electronic</genre></genres><styles><style>House</style><style>Downtempo</style></styles>"
            "<year>1993</year><title>Debut</title></master>"
        ),
        "<master id='11'><genres><genre>Rock</genre><genre>Pop</genre></genres><year>0</year><title>0</title></master>",
    ],
    "releases": [
        (
            "<release id='100'><artists><artist><id>1</id><name>Björk</name></artist></artists><title>Debut</title>"
            "<labels><label name='One Little Indian' catno='TPLP 31' id='5'/><label name='Sub' id='6'/></labels>"
            "<extraartists><artist><id>2</id><name>B.</name><role>Producer [Additional, Vocal], Mixed By</role>"
            "</artist><artist><id>194</id><name>Various</name><role>Bass</role></artist></extraartists>"
            "<formats><format name='CD' qty='1' text=''/></formats>"
            "<genres><genre>Electronic</genre></genres><styles><style>House</style></styles>"
            "<country>UK</country><released>1993-07-05</released><master_id is_main_release='true'>10</master_id>"
            "<tracklist><track><position>1</position><title>Human Behaviour</title><artists><artist><id>3</id>"
            "<name>The Sugarcubes</name></artist></artists><extraartists><artist><id>2</id><name>B.</name>"
            "<role>Bass</role></artist></extraartists></track></tracklist></release>"
        ),
        (
            "<release id='101'><title>No one</title><genres><genre>Rock</genre><genre>Pop</genre></genres>"
            "<styles><style>Indie</style></styles><released>Unknown</released><master_id>0</master_id></release>"
        ),
    ],
}


def write_dump(
    folder: Path, records: Mapping[Entity, Iterable[str]] = RECORDS, endings: Mapping[Entity, str] | None = None
) -> Path:
    """The dump's files in a folder; `endings` replaces what follows an entity's last record."""
    folder.mkdir(exist_ok=True)
    for entity, texts in records.items():
        end = (endings or {}).get(entity, f"</{entity}>")
        xml = f"<{entity}>\n" + "".join(f"{text}\n" for text in texts) + end
        name = f"discogs_{DUMP:%Y%m%d}_{entity}.xml.gz"
        (folder / name).write_bytes(gzip.compress(xml.encode("utf-8", "surrogateescape"), mtime=0))
    return folder


def documents_of(folder: Path, dump: date = DUMP) -> dict[Entity, list[ExpectedDocument]]:
    """The sound records of a dump's files, as the comparison reads them."""
    found: dict[Entity, list[ExpectedDocument]] = {entity: [] for entity in ENTITIES}
    for entity in ENTITIES:
        cutter = RecordSplitter(entity, 10_000_000)
        for path in folder.rglob(f"discogs_{dump:%Y%m%d}_{entity}.xml.gz"):
            for piece in [*cutter.feed(gzip.decompress(path.read_bytes())), *cutter.finish()]:
                try:
                    found[entity].append(document_of(entity, tree_of(repaired(piece.data)[0])))
                except Damaged:
                    continue
    return found


class Filled:
    """Both stores of a test, emptied and filled; `sql` and `cypher` are for tampering."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._postgres = psycopg.connect(**{**postgres_arguments(settings), "options": ""}, autocommit=True)
        self._driver = neo4j.GraphDatabase.driver(
            settings.graph_address, auth=(settings.graph_username, settings.graph_password)
        )
        migrate_postgres(self._postgres)
        with self._driver.session(database=settings.graph_database) as session:
            prepare_graph(settings, session)

    def close(self) -> None:
        self._driver.close()
        self._postgres.close()

    def sql(self, query: str, *values: Any) -> None:
        assert self._postgres.execute(query, values).rowcount != 0, query

    def value(self, query: str, *values: Any) -> Any:
        row = self._postgres.execute(query, values).fetchone()
        return row[0] if row else None

    def cypher(self, query: str, **parameters: Any) -> None:
        self._driver.execute_query(query, parameters, database_=self.settings.graph_database)

    def empty(self) -> None:
        self._postgres.execute(
            "TRUNCATE artists, labels, masters, releases, release_facts, degrees, identifiers, release_links, "
            "release_link_years, release_link_roles, tombstones, quarantine, profiles, "
            "month_counts, changes, baselines"
        )
        self._postgres.execute("DELETE FROM derivations WHERE name = 'profiles'")
        self._postgres.execute("DELETE FROM count_deltas")
        self._postgres.execute("UPDATE installation SET counts_version = NULL")
        for label in ("Release", "Master", "Artist", "Label", "Style", "Genre", "Linernotes", "Stray"):
            self.cypher(f"MATCH (n:{label}) DETACH DELETE n")

    def fill(self, documents: Mapping[Entity, Iterable[ExpectedDocument]], dump: date = DUMP) -> None:
        """Put everything into both stores that the documents make."""
        self.empty()
        self.insert_rows(documents, dump)
        self._insert_graph({entity: list(some) for entity, some in documents.items()}, dump)

    def insert_rows(self, documents: Mapping[Entity, Iterable[ExpectedDocument]], dump: date = DUMP) -> None:
        self._insert_facts(documents.get("releases", ()), dump)
        for entity, some in documents.items():
            for document in some:
                columns = columns_of(entity, document, dump)
                names = ", ".join(["id", "hash", "dump", "data", *columns])
                digest = hashlib.sha256(canonical(document)).hexdigest()
                values = [document["id"], digest, dump, _jsonb(document), *columns.values()]
                marks = ", ".join(["%s"] * len(values))
                self._postgres.execute(f"INSERT INTO {entity} ({names}) VALUES ({marks})", values)  # noqa: S608

    def _insert_facts(self, releases: Iterable[ExpectedDocument], dump: date) -> None:
        for document in releases:
            values = [document["id"], *facts_of(document, dump)]
            marks = ", ".join(["%s"] * len(values))
            self._postgres.execute(f"INSERT INTO release_facts VALUES ({marks})", values)  # noqa: S608
            for key in keys_of(document):
                self._postgres.execute("INSERT INTO identifiers VALUES (%s, %s)", (document["id"], key))
            for link in links_of(document, dump):
                self._postgres.execute(
                    "INSERT INTO release_links (release, id, kind, master, year, categories, roles) "
                    "VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    (document["id"], *link),
                )
            for entity, id_ in ids_named(document):
                self._postgres.execute(
                    "INSERT INTO degrees AS d VALUES (%s, %s, 1) "
                    "ON CONFLICT (entity, id) DO UPDATE SET degree = d.degree + 1",
                    (CODE[entity], id_),
                )
        self._postgres.execute(
            "INSERT INTO derivations (name, version, caught_up_at) "
            "VALUES ('release-facts', 1, now()), ('identifiers', 1, now()), ('release-links', 1, now()) "
            "ON CONFLICT (name) DO UPDATE SET caught_up_at = now()"
        )

    def count_all(self) -> None:
        """Count releases and masters as the product does."""
        with self._postgres.transaction():
            recount(self._postgres)

    def count_profiles(self) -> None:
        """Count genres, styles, labels and months as the product does."""
        with self._postgres.transaction():
            self._postgres.execute(
                "INSERT INTO degrees "
                "SELECT 2, label, count(*) FROM release_facts, unnest(labels) AS label GROUP BY label "
                "ON CONFLICT DO NOTHING"
            )
            self._postgres.execute("INSERT INTO baselines SELECT unnest(%s::text[]), %s, true", ([*ENTITIES], DUMP))
            count(self._postgres)
            for table in TABLES:
                swap_table(self._postgres, table)
        self._postgres.execute("INSERT INTO derivations (name, version, caught_up_at) VALUES ('profiles', 1, now())")

    def _insert_graph(self, documents: Mapping[Entity, list[ExpectedDocument]], dump: date) -> None:
        nodes: dict[tuple[str, Any], dict[str, Any]] = {}
        edges = defaultdict(list)
        for entity, some in documents.items():
            label = NODE[entity]
            for document in some:
                nodes[label, document["id"]] = properties_of(entity, document, dump)
                for edge in edges_of(entity, document):
                    ends = [(label, document["id"]), (edge.label, edge.key)]
                    start, end = ends if edge.outgoing else reversed(ends)
                    edges[start[0], edge.type, end[0]].append((start[1], end[1], msgspec.json.decode(edge.properties)))
        for (left, _, right), some_edges in edges.items():
            for start_key, end_key, _ in some_edges:
                nodes.setdefault((left, start_key), _named(left, start_key))
                nodes.setdefault((right, end_key), _named(right, end_key))
        pairs = {pair for entity, some in documents.items() for document in some for pair in part_of(entity, document)}
        edges["Style", "PART_OF", "Genre"] = [(style, genre, {}) for style, genre in pairs]
        self.cypher("CREATE (:Linernotes {identity: 'a test', last_run: 1})")
        self._create(nodes, edges)

    def _create(self, nodes: Mapping[tuple[str, Any], dict[str, Any]], edges: Mapping[Any, list[Any]]) -> None:
        by_label = defaultdict(list)
        for (label, _), properties in nodes.items():
            by_label[label].append(properties)
        for label, rows in by_label.items():
            self.cypher(f"UNWIND $rows AS r CREATE (n:{label}) SET n += r", rows=rows)
        for (start, type_, end), rows in edges.items():
            left, right = ("name" if label in ("Genre", "Style") else "id" for label in (start, end))
            self.cypher(
                f"UNWIND $rows AS r MATCH (a:{start} {{{left}: r[0]}}) MATCH (b:{end} {{{right}: r[1]}}) "
                f"CREATE (a)-[e:{type_}]->(b) SET e += r[2]",
                rows=rows,
            )


def _named(label: str, key: int | str) -> dict[str, Any]:
    return {"name": key} if label in ("Genre", "Style") else {"id": key, "stub": True}


def _jsonb(document: ExpectedDocument) -> Jsonb:
    return Jsonb(document, dumps=canonical)
