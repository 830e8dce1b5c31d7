"""The process ends at every boundary where an effect is made, once or twice in a run, and goes on: the end is the same.

Boundaries are counted: a commit in either store, a file put into or taken from the bucket, a message sent or
acknowledged. In every other scenario the machine loses its power there: files that were not synced are gone, empty or
short. `LINERNOTES_CRASHES` says how many scenarios there are in all. A failure is run again by what it prints:

    LINERNOTES_CRASH=later:17,203:5:lost python -m pytest tests/faults/test_crash_points.py
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec import structs

from functions.runs.housekeeping import keep_house
from functions.runtime.settings import Settings
from tests.faults.crashes.dumps import write_months
from tests.faults.crashes.life import run_to_the_end
from tests.faults.crashes.losses import Disk
from tests.faults.crashes.stored import GROWING, LEFT_ALONE, TABLES, Saved, contents, differences, put_back, save
from tests.faults.crashes.stories import STORIES, Story, load
from tests.integration.pipeline import APRIL, MAY, Pipeline, open_pipeline

SCENARIOS = int(os.environ.get("LINERNOTES_CRASHES", "150"))
ONLY = os.environ.get("LINERNOTES_CRASH", "")

_MOST_SHOWN = 20


@dataclass(frozen=True)
class Scenario:
    """Where the process ends, in which order messages come, and whether what was not synced is lost."""

    story: Story
    crash_at: tuple[int, ...]
    seed: int | None = None
    lost: bool = False

    def __str__(self) -> str:
        numbers = ",".join(map(str, self.crash_at))
        more = [] if self.seed is None else [str(self.seed)]
        return ":".join([self.story.name, numbers, *more, *(["lost"] if self.lost else [])])


@dataclass(frozen=True)
class World:
    """Stores, dumps, and how the stores stood after each month."""

    settings: Settings
    pipeline: Pipeline
    source: Path
    saved: dict[tuple[object, ...], Saved]

    def prepare(self, story: Story) -> None:
        """Bring the stores where the story begins."""
        put_back(self.pipeline.context, self.saved[story.before])
        if story.graph_lost:
            self.pipeline.cypher("MATCH (n) DETACH DELETE n")

    def play(self, scenario: Scenario) -> tuple[list[str], dict[str, list[str]]]:
        """Run it; returns the boundaries that were passed, and what the stores hold."""
        self.prepare(scenario.story)
        begins = scenario.story.begins(self.source)
        disk = Disk(str(scenario)) if scenario.lost else None
        points = run_to_the_end(self.settings, begins, scenario.crash_at, scenario.seed, disk)
        keep_house(self.pipeline.context)
        found = contents(self.pipeline.context)
        if scenario.story.graph_lost or scenario.lost:
            # After a crash between a removal and its list, an empty graph has nothing to remove: one list less. Where
            # a list was lost, what is due is shown in its place, and what is left makes another list.
            del found["lists of ids"]
        return points.passed, found


@pytest.fixture(scope="module")
def world(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    sizes = {"part_bytes": 700, "pending_parts": 10_000, "graph_batch": 3}
    few = structs.replace(settings, **sizes, deletion_share=1.0, lease=0.0, keep_parts_days=0)
    source = write_months(tmp_path_factory.mktemp("dumps"))
    with pytest.MonkeyPatch.context() as patch, open_pipeline(few, **sizes) as pipeline:
        patch.setattr("functions.finish.deletions._DELETE_BATCH", 2)
        patch.setattr("functions.finish.unprojected_records._IDS_OF_A_PART", 20)
        saved: dict[tuple[object, ...], Saved] = {(): save(pipeline.context)}
        for months in ((APRIL,), (APRIL, MAY)):
            run_to_the_end(few, [load(source, months[-1])])
            saved[months] = save(pipeline.context)
        yield World(few, pipeline, source, saved)


# A process that ended in the middle of a cursor did not close it: what is left of it in this one says so.
@pytest.mark.filterwarnings("ignore:.*ServerCursor.* was deleted while still open:ResourceWarning")
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_a_crash_at_any_boundary_changes_nothing(world: World, story: Story) -> None:
    passed, wanted = world.play(Scenario(story, ()))
    if story.keeps:
        world.prepare(story)
        before = contents(world.pipeline.context)
        assert differences(*({kind: one[kind] for kind in one.keys() - GROWING} for one in (before, wanted))) == []
    assert world.pipeline.differences(world.source, story.dump) == {}
    failed = []
    for scenario in scenarios(story, len(passed)):
        failed += failure(world, scenario, wanted)
    assert not failed, "\n\n".join(failed)


def test_every_table_that_a_run_touches_is_put_back(world: World) -> None:
    found = {name for (name,) in world.pipeline.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    assert found - set(TABLES) - LEFT_ALONE == set()


def scenarios(story: Story, boundaries: int) -> list[Scenario]:
    """Single crashes evenly over all boundaries, and pairs with messages in any order, by seed."""
    if ONLY:
        name, numbers, *more = ONLY.split(":")
        at, seeds = tuple(map(int, numbers.split(","))), [int(seed) for seed in more if seed != "lost"]
        return [Scenario(story, at, seeds[0] if seeds else None, "lost" in more)] if name == story.name else []
    count = round(SCENARIOS * story.share)
    singles = min(boundaries, round(count * 0.6))
    places = [round((number + 0.5) * boundaries / singles + 0.5) for number in range(singles)]
    return [
        *(Scenario(story, (place,), lost=bool(number % 2)) for number, place in enumerate(places)),
        *(Scenario(story, _pair(boundaries, seed), seed, seed % 4 > 1) for seed in range(count - singles)),
    ]


def failure(world: World, scenario: Scenario, wanted: dict[str, list[str]]) -> list[str]:
    """What is wrong after a scenario, how to run it again, and where it crashed; nothing when all is well."""
    passed, found = world.play(scenario)
    wrong = differences({kind: wanted[kind] for kind in wanted if kind in found or kind != "lists of ids"}, found)
    if not wrong:
        return []
    places = [f"  {number}: {passed[number - 1]}" for number in scenario.crash_at if number <= len(passed)]
    return ["\n".join([f"LINERNOTES_CRASH={scenario}", *places, *wrong[:_MOST_SHOWN]])]


def _pair(boundaries: int, seed: int) -> tuple[int, ...]:
    return tuple(sorted(random.Random(seed).sample(range(1, boundaries + 1), 2)))
