"""Degrees counted anew: search orders by them, whether it had taken the changes before or not."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.derivations.plan import forget_derivations
from functions.runs.run_commands import sweep
from functions.runtime.messages import Assemble, Message
from functions.runtime.settings import Settings
from tests.integration.pipeline import APRIL, MAY, Pipeline, deliver, open_pipeline, small, write_dump

ENTRIES = " UNION ALL ".join(
    f"SELECT entity, id, prior, links FROM search_entries_{tier}"  # noqa: S608
    for tier in range(4)
)


@pytest.fixture
def pipeline(settings: Settings) -> Iterator[Pipeline]:
    with open_pipeline(settings) as opened:
        opened.reset()
        yield opened


def test_degrees_that_are_counted_anew_keep_the_moves_that_search_has_not_taken(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    records = small()
    pipeline.load(write_dump(tmp_path, APRIL, records), APRIL, only_store="table")
    del records["releases"][40]
    write_dump(tmp_path, MAY, records)
    begun = pipeline.begin(tmp_path, MAY, only_store="table", accept_deletions=True)
    go_on_without_search(pipeline, begun.messages)
    assert entries_in_another_place(pipeline) == [(1, 2, 1), (2, 2, 5), (3, 2, 11)]
    count_anew(pipeline)
    assert entries_in_another_place(pipeline) == []
    assert pipeline.query("SELECT * FROM degree_moves") == []


def test_search_takes_what_moves_as_degrees_are_counted_anew(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.load(write_dump(tmp_path, APRIL, small()), APRIL, only_store="table")
    pipeline.query("DELETE FROM degrees WHERE entity = 1 AND id = 2")
    pipeline.query("INSERT INTO degrees VALUES (1, 999, 7)")
    for tier in range(4):
        pipeline.query(
            f"UPDATE search_entries_{tier} SET prior = search_prior(1::smallint, 0, links) "  # noqa: S608
            "WHERE entity = 1 AND id = 2"
        )
    assert entries_in_another_place(pipeline) == []
    before = prior_of_artist(pipeline, 2)
    count_anew(pipeline)
    assert prior_of_artist(pipeline, 2) > before
    assert entries_in_another_place(pipeline) == []
    assert pipeline.query("SELECT * FROM degree_moves") == []
    assert pipeline.query("SELECT name FROM derivations WHERE caught_up_at IS NULL") == []


def go_on_without_search(pipeline: Pipeline, messages: list[Message]) -> None:
    """Deliver all that follows, but what search makes of it: its message is lost."""
    waiting = deque(messages)
    while waiting:
        message = waiting.popleft()
        if not (isinstance(message, Assemble) and message.derivation == "search"):
            waiting.extend(deliver(pipeline, message))


def count_anew(pipeline: Pipeline) -> None:
    """Rebuild the facts of releases, and deliver all that follows."""
    with pipeline.context.connection() as connection:
        forget_derivations(connection, ["release-facts"])
    pipeline.query("UPDATE derivations SET assembling_at = now() - interval '1 day' WHERE assembling_at IS NOT NULL")
    pipeline.go_on(sweep(pipeline.context))


def prior_of_artist(pipeline: Pipeline, number: int) -> int:
    [(prior,)] = pipeline.query(f"SELECT prior FROM ({ENTRIES}) AS e WHERE entity = 1 AND id = %s", number)  # noqa: S608
    return int(prior)


def entries_in_another_place(pipeline: Pipeline) -> list[tuple[int, ...]]:
    """(entity, id, degree) of entries whose prior is not that of their degree."""
    return pipeline.query(
        f"SELECT e.entity, e.id, d.degree FROM ({ENTRIES}) AS e LEFT JOIN degrees d USING (entity, id) "  # noqa: S608
        "WHERE e.prior <> search_prior(e.entity, coalesce(d.degree, 0), e.links) ORDER BY 1, 2"
    )
