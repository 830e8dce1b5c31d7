"""How many of the nearest records a search by meaning finds, with filters and without, for `linernotes bench embed`.

What is nearest is told by numpy, which compares each question with every vector.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from functions.discover.meaning.nearest import nearest
from functions.discover.search.filters import Filters
from functions.embed.engines.engine import Engine
from functions.embed.text import plain_profile
from functions.runtime.entities import SINGULAR
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.facets import facet
from infra.bench.cases.embed_records import EmbeddedEntity, documents, said_of
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result, note
from infra.synth.genres import GENRES

_sql = statements(__file__, "vector_recall.sql")

_NEAREST: Final = 10
#: Distances that differ by less are a tie: halfvec has 11 bits.
_TIE: Final = 1e-4
#: Questions of each kind, and characters of what a record says of itself, alone and behind its name.
_QUESTIONS: Final = 30
_SAID: Final = 120
_HINT: Final = 30
#: Decades, and that one in so many records has it, whatever they say: the nearest have it as often as others.
_ONE_IN: Final = {1950: 2, 1960: 10, 1970: 20, 1980: 200}
#: A genre that some records name: whoever asks for another finds hardly any of these among the nearest.
_GENRE: Final = GENRES[0].name
_HEADER: Final = 19


def vectors_recall(context: Context, engine: Engine, entity: EmbeddedEntity) -> Iterator[Result]:
    """Give records that have vectors something to be filtered by, and ask for the nearest."""
    add_facets(context, entity)
    recalls = Recalls(context, engine, entity)
    for kind in recalls.questions:
        for name, filters in filters_by_name().items():
            matching, recall = recalls.of(kind, filters)
            if matching < _NEAREST:
                note(f"of {name} there are {matching}: too few to tell")
                continue
            yield Result(f"recall@{_NEAREST} of {kind}, {name}, {matching:,} records", recall, "")


def filters_by_name() -> dict[str, Filters]:
    """Filters that leave all, fewer and few, and one that goes with what is said."""
    decades = {f"one in {n}": Filters((facet("decade", decade),)) for decade, n in _ONE_IN.items()}
    return {"no filter": Filters(), **decades, "those of a genre": Filters((facet("genre", _GENRE),))}


def add_facets(context: Context, entity: EmbeddedEntity) -> None:
    """Make entries of the records, with facets and without words."""
    values = {
        "type": facet("type", SINGULAR[entity]),
        "genre": facet("genre", _GENRE),
        "named": f"%{_GENRE}%",
        "decades": [facet("decade", decade) for decade in _ONE_IN],
        "one_in": list(_ONE_IN.values()),
    }
    with context.connection() as connection:
        connection.execute(_sql.drop_words)
        connection.execute(getattr(_sql, f"add_entries_{entity}"), values)
        connection.execute(_sql.index_words)
        connection.execute(_sql.analyze)


class Recalls:
    """Questions, and how near every record is to each."""

    def __init__(self, context: Context, engine: Engine, entity: EmbeddedEntity) -> None:
        drawn = [said_of(document) for document in documents(context, entity, _QUESTIONS)]
        said = [plain_profile(profile, _SAID) for _, profile in drawn]
        mixed = [f"{name} {plain_profile(profile, _HINT)}" for name, profile in drawn]
        self.questions = {"names": [name for name, _ in drawn], "descriptions": said, "names with a hint": mixed}
        self._context = context
        self._ids, vectors = _stored(context, entity, engine.dimensions)
        self._similar = {kind: vectors @ engine.embed(texts).T for kind, texts in self.questions.items()}

    def of(self, kind: str, filters: Filters) -> tuple[int, float]:
        """How many records match, and of the ten nearest of these the share that is found; ties are as good."""
        import numpy as np

        similar = self._similar[kind]
        if filters.every:
            with self._context.connection() as connection:
                rows = connection.execute(_sql.matching, {"facet": filters.every[0]}).fetchall()
            similar = similar[np.isin(self._ids, np.array([number for (number,) in rows], dtype=np.int64))]
        if len(similar) < _NEAREST:
            return len(similar), 1.0
        least = np.partition(similar, -_NEAREST, axis=0)[-_NEAREST] - _TIE
        found = 0
        for text, bound in zip(self.questions[kind], least.tolist(), strict=True):
            near = nearest(self._context, text, filters, _NEAREST).found
            found += sum(one.similarity >= bound for one in near)
        return len(similar), Work(len(least), "questions").each(found) / _NEAREST


def _stored(context: Context, entity: EmbeddedEntity, dimensions: int) -> tuple[Any, Any]:
    """The ids of all records that have a vector, and these."""
    import numpy as np

    head = [("fields", ">i2"), ("id_bytes", ">i4"), ("id", ">i8"), ("bytes", ">i4"), ("dimensions", ">i4")]
    form = np.dtype([*head, ("vector", ">f2", (dimensions,))])
    with (
        context.connection() as connection,
        connection.cursor() as cursor,
        cursor.copy(getattr(_sql, f"copy_vectors_{entity}")) as copy,
    ):
        raw = b"".join(copy)
    rows = np.frombuffer(raw, form, count=(len(raw) - _HEADER) // form.itemsize, offset=_HEADER)
    vectors: Any = np.empty((len(rows), dimensions), dtype=np.float32)
    vectors[:] = rows["vector"]
    return rows["id"].astype(np.int64), vectors
