"""`linernotes bench search-quality`, by meaning: how good ten hits are by judged answers, by words, meaning and both.

The questions were written by looking at real records, and judged by what these say, before there was a search by
meaning; later, every hit of each mode with either engine was judged, too. What is asked for counts 2, what is near it
1, all else 0. How many hits nobody judged is told, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec

from functions.discover.meaning.find import Mode, find
from functions.embed.engines.engine import EngineName
from functions.embed.text import text_of
from functions.registry import FUNCTIONS
from functions.runtime.entities import ENTITIES, SINGULAR, Entity
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.query_files import statements
from functions.search_entries.words import words_of
from infra.bench.cases.derive import derive_all, forget_what_is_planned
from infra.bench.cases.pipeline import load
from infra.bench.harness.figures import Work
from infra.bench.harness.result import Result, note
from infra.bench.harness.stack import temporary_stack

_sql = statements(__file__, "meaning_quality.sql")

_HITS: Final = 10
_JUDGED: Final = Path(__file__).with_name("search_judgements.json")


class Question(msgspec.Struct, frozen=True):
    """What is asked, the records that answer it, each with 2 or 1, and those that were found and do not."""

    query: str
    kind: str
    language: str
    answers: dict[str, int]
    irrelevant: list[str] = []


def judged() -> list[Question]:
    """All questions."""
    return msgspec.json.decode(_JUDGED.read_bytes(), type=list[Question])


def bench_meaning_quality(sources: Sequence[Path], engine: EngineName = "static") -> Iterator[Result]:
    """Load real dumps, of all but the first the artists alone, and ask what was judged over their records."""
    environment = {"LINERNOTES_WORKERS": "derive=0,assemble=0,embed=0", "LINERNOTES_EMBED_ENGINE": engine}
    with temporary_stack(environment) as settings, open_context(settings, FUNCTIONS) as context:
        for number, source in enumerate(sources):
            more: dict[str, object] = {"entities": ("artists",), "accept_deletions": True} if number else {}
            load(context, source, only_store="table", **more)
        forget_what_is_planned(context)
        derive_all(context)
        yield from judge(context)


def judge(context: Context) -> Iterator[Result]:
    """Ask every question in each mode; questions none of whose answers is stored are left out."""
    stored = [(question, answers) for question in judged() if (answers := _stored(context, question))]
    without = sum(not _shares_a_word(context, question, answers) for question, answers in stored)
    yield Result("search quality, judged questions", len(stored), "questions")
    yield Result("search quality, questions without a word of an answer", without, "questions")
    foreign = sum(question.language != "en" for question, _ in stored)
    yield Result("search quality, questions that are not English", foreign, "questions")
    for mode in get_args(Mode):
        found = [_found(context, question.query, mode) for question, _ in stored]
        gained = [(one.kind, ndcg(hits, answers)) for hits, (one, answers) in zip(found, stored, strict=True)]
        unjudged = sum(
            hit not in answers and hit not in question.irrelevant
            for hits, (question, answers) in zip(found, stored, strict=True)
            for hit in hits
        )
        yield Result(f"search quality by {mode}, hits", sum(map(len, found)), "records")
        yield Result(f"search quality by {mode}, hits that nobody judged", unjudged, "records")
        for kind in ("name", "description", "mixed"):
            yield from _mean(f"{mode}, {kind}", [value for own, value in gained if own == kind])
        yield from _mean(f"{mode}, all", [value for _, value in gained])


def ndcg(found: Sequence[str], answers: dict[str, int]) -> float:
    """What ten hits are worth against the best order of the answers, 0 to 1."""
    best = sorted(answers.values(), reverse=True)[:_HITS]
    return _gain([answers.get(hit, 0) for hit in found[:_HITS]]) / _gain(best)


def _gain(worth: Sequence[int]) -> float:
    return math.fsum((2.0**value - 1) / math.log2(place + 1) for place, value in enumerate(worth, 1))


def _found(context: Context, text: str, mode: Mode) -> list[str]:
    return [f"{hit.type} {hit.id}" for hit in find(context, text, mode=mode, limit=_HITS).hits]


def _mean(name: str, values: Sequence[float]) -> Iterator[Result]:
    if not any(values):
        note(f"by {name} nothing that was asked for is found")
        return
    mean = Work(len(values), f"questions by {name}").each(sum(values))
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1) / len(values))
    yield Result(f"search quality by {name}, nDCG@{_HITS}", mean, "")
    yield Result(f"search quality by {name}, 95 % interval", 1.96 * spread, "±")


def _stored(context: Context, question: Question) -> dict[str, int]:
    """Those of its answers that are stored."""
    return {name: worth for name, worth in question.answers.items() if _document(context, name)}


def _document(context: Context, name: str) -> tuple[Entity, str, int | None] | None:
    kind, number = name.split()
    entity = next(entity for entity in ENTITIES if SINGULAR[entity] == kind)
    with context.connection() as connection:
        row = connection.execute(getattr(_sql, entity), {"id": int(number)}).fetchone()
    return (entity, *row) if row else None


def _shares_a_word(context: Context, question: Question, answers: dict[str, int]) -> bool:
    """Whether a word of the question stands in the text of what is asked for."""
    asked = {word.text for word in words_of(question.query)}
    documents = [_document(context, name) for name, worth in answers.items() if worth == max(answers.values())]
    return any(asked & {word.text for word in words_of(text_of(*document))} for document in documents if document)
