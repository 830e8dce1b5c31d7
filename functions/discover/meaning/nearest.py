"""The records nearest to a text: by the index of each entity, or compared with all where few may be found."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from msgspec import Struct
from psycopg.errors import QueryCanceled

from functions.discover.meaning.vectors_told import VectorStates, vector_states
from functions.discover.search.candidates import Key
from functions.discover.search.filters import Filters, filter_text, filter_values
from functions.embed.engines.choose import engine_of, open_engine
from functions.embed.engines.engine import ModelMissing
from functions.embed.state import Vectors
from functions.embed.vector_index import EXACT_BELOW, literal
from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from functions.runtime.ledger.store import Connection
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context
from functions.runtime.stores.query_files import statements
from functions.search_entries.facets import facet, kind_of

_sql = statements(__file__, "meaning.sql")

#: Seconds that it may take: what is not found by then is left out, and the answer says so.
BUDGET_S: Final = 1.0
#: Of the nearest, those that are looked at for some that match, where very many match.
_LOOKED_AT: Final = 4_000
#: Hits of a page: where fewer of those match, all that match are compared.
_FEW: Final = 20
#: Facets that releases alone have.
_OF_RELEASES: Final = frozenset({"country", "family", "format", "label", "original"})
_KEPT_QUESTIONS: Final = 2_000

_TYPE: Final[dict[Entity, int]] = {entity: facet("type", SINGULAR[entity]) for entity in ENTITIES}


class Near(Struct, frozen=True):
    """A record, and how near it is: the cosine of its text's vector and that of the question."""

    key: Key
    similarity: float


class Nearest(Struct, frozen=True):
    """Records, the nearest first. `partial` says that time ran out before all were looked at."""

    found: list[Near]
    partial: bool
    told: Vectors


def nearest(context: Context, text: str, filters: Filters, limit: int) -> Nearest:
    """The records nearest to a text among those that match; releases where they alone are asked for, by their masters.

    None where there are no vectors of the engine that is asked by, and the answer says why.
    """
    states = vector_states(context)
    told = states.told
    if told.off or not text.strip():
        return Nearest([], False, told)
    try:
        question = _question(context.settings, text)
    except ModelMissing as error:
        return Nearest([], False, Vectors(told.share, told.updating, f"Nothing is found by meaning: {error}"))
    if not question:
        return Nearest([], False, told)
    run = _Run(states, question, filters, limit)
    with context.connection() as connection:
        run.find(connection)
    run.found.sort(key=lambda near: (-near.similarity, near.key))
    return Nearest(run.found[:limit], run.is_partial, told)


def _question(settings: Settings, text: str) -> str:
    engine_of(settings)  # read by the settings' folder of models, once
    return _literal(settings.embed_engine, settings.sentence_models_home or settings.models_home, text)


@lru_cache(_KEPT_QUESTIONS)
def _literal(name: Any, models: str, text: str) -> str:
    """The vector of a question as PostgreSQL reads it; empty where no word of it means anything."""
    [vector] = open_engine(name, models).embed([text])
    return literal(vector) if vector.any() else ""


class _Run:
    """One question: what it has found, and whether it was broken off."""

    def __init__(self, states: VectorStates, question: str, filters: Filters, limit: int) -> None:
        self.found: list[Near] = []
        self.is_partial = False
        self._states, self._filters = states, filters
        self._values = {
            **filter_values(filters),
            "vector": question,
            "most": limit,
            "exact": EXACT_BELOW,
            "looked_at": max(_LOOKED_AT, limit),
        }
        self._filtered = filter_text(filters)
        self._deadline = time.monotonic() + BUDGET_S

    def find(self, connection: Connection) -> None:
        """Look at one entity after the other, as far as time lasts."""
        self._connection = connection
        for entity in self._entities():
            try:
                with connection.transaction():
                    self._limit_time()
                    rows = self._rows(entity)
            except QueryCanceled:
                self.is_partial = True
            else:
                self.found += [Near((code, number), -distance) for code, number, distance in rows]

    def _entities(self) -> Iterator[Entity]:
        """Those that may match and have vectors; releases where nothing else can match."""
        types = set(_TYPE.values())
        groups = [set(group) & types for group in self._filters.any if set(group) <= types]
        wanted = [set(self._filters.every) & types, *groups]
        for entity, own in _TYPE.items():
            if own in self._filters.none or any(group and own not in group for group in wanted):
                continue
            if entity != "releases" and self._are_releases():
                continue
            state = self._states.entities.get(entity)
            if (state and state.records) or (entity == "releases" and self._are_releases()):
                yield entity

    def _are_releases(self) -> bool:
        """Whether releases alone can match."""
        facets = {*self._filters.every, *(one for group in self._filters.any for one in group)}
        by_kind = any(kind_of(number) in _OF_RELEASES for number in facets)
        return by_kind or self._filters.releases is not None or _TYPE["releases"] in self._filters.every

    def _rows(self, entity: Entity) -> Sequence[tuple[int, int, float]]:
        """The nearest of an entity: how depends on how many match."""
        only_type = not self._filters.any and not self._filters.none and self._filters.releases is None
        if only_type and set(self._filters.every) <= {_TYPE[entity]} and entity != "releases":
            return self._ask(f"near_{entity}", entity)
        return self._of_many(entity) if self._count(entity) > EXACT_BELOW else self._of_few(entity)

    def _of_many(self, entity: Entity) -> Sequence[tuple[int, int, float]]:
        """Of the nearest those that match; where hardly any do, the nearest of all that match, if time lasts."""
        rows = self._ask(f"near_filtered_{entity}", entity) if self._has_own(entity) else []
        rows += self._ask("versions_filtered", "masters") if self._by_masters(entity) else []
        if len(rows) >= min(_FEW, self._values["most"]):
            return rows
        try:
            with self._connection.transaction():
                self._limit_time()
                return self._of_few(entity)
        except QueryCanceled:
            self.is_partial = True
            return rows

    def _of_few(self, entity: Entity) -> Sequence[tuple[int, int, float]]:
        """The nearest of all that match, each compared."""
        self._connection.execute(_sql.by_all)
        rows = self._plain(f"near_matching_{entity}") if self._has_own(entity) else []
        return rows + (self._plain("versions_matching") if self._by_masters(entity) else [])

    def _limit_time(self) -> None:
        left = self._deadline - time.monotonic()
        self._connection.execute(_sql.limit_time, {"milliseconds": str(max(1, int(left * 1_000)))})

    def _has_own(self, entity: Entity) -> bool:
        state = self._states.entities.get(entity)
        return bool(state and state.records)

    def _by_masters(self, entity: Entity) -> bool:
        return entity == "releases" and self._are_releases() and self._has_own("masters")

    def _count(self, entity: Entity) -> int:
        """How many match; more than can be compared where nothing says so but what they may not be."""
        if not (self._filters.every or self._filters.any or self._filters.releases is not None):
            return EXACT_BELOW + 1
        return self._plain(f"count_{entity}")[0][0]  # type: ignore[no-any-return]

    def _ask(self, name: str, entity: Entity) -> list[tuple[int, int, float]]:
        """By the index of an entity, if it has one."""
        state = self._states.entities[entity]
        if state.indexed:
            self._connection.execute(_sql.by_index, {"probes": str(state.probes)})
        else:
            self._connection.execute(_sql.by_all)
        return self._plain(name)

    def _plain(self, name: str) -> list[Any]:
        statement = getattr(_sql, name).replace("{filters}", self._filtered)
        return self._connection.execute(statement, self._values).fetchall()
