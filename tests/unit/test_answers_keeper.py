"""The thread that asks the cache for all: what nobody expects ends neither it nor whoever waits for it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from queue import SimpleQueue

import pytest

from functions.discover.generations.read import Generation
from gateway.answers import keeper as keeper_module
from gateway.answers.keeper import OFF, Found, Keeper

LIMIT_S = 60.0


class OddStore:
    """Fails once in a way that no store should, and has everything from then on."""

    def __init__(self) -> None:
        self.has_failed = False

    def find(self, names: Sequence[str]) -> list[bytes | None]:
        if not self.has_failed:
            self.has_failed = True
            raise ValueError("odd")
        return [b"kept" for _ in names]

    def lock(self, names: Sequence[str]) -> list[tuple[bool, bytes | None]]:
        return [(True, None) for _ in names]

    def settle(self, kept: Sequence[tuple[str, bytes, float]], dropped: Sequence[str]) -> None:
        """Nothing is kept."""


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(keeper_module, "PAUSE_S", 0.05)
    made = Keeper(OddStore(), lambda: Generation("one", moving=False), 60.0)
    yield made
    made.close()


def asked(keeper: Keeper) -> Found:
    told: SimpleQueue[Found] = SimpleQueue()
    keeper.ask(b"what", told.put)
    return told.get(timeout=LIMIT_S)


@pytest.mark.filterwarnings("default::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expects_is_told_and_the_next_answer_is_looked_for(keeper: Keeper) -> None:
    assert asked(keeper) == OFF
    assert keeper.trouble == "The cache does not answer as it should (ValueError)."
    until = time.monotonic() + LIMIT_S
    while keeper.is_away:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert asked(keeper) == Found("hit", b"kept")
    assert keeper.trouble is None
