"""What is told of a program of PostgreSQL that fails."""

from __future__ import annotations

import sys

import pytest

from functions.runtime.errors import LinernotesError
from functions.runtime.settings import Settings
from infra.backup.pg_programs import run_program


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no room", "ended with 3: no room$"),
        (
            "relation x does not exist: " + "a table, " * 100 + "in share mode",
            "ended with 3: relation x does .* … .*mode$",
        ),
    ],
)
def test_a_failure_is_told_with_its_beginning_however_much_was_said(said: str, told: str) -> None:
    argv = [sys.executable, "-c", f"import sys; sys.stderr.write({said!r}); sys.exit(3)"]
    with pytest.raises(LinernotesError, match=told):
        run_program(Settings(home="", postgres_address="127.0.0.1:1"), argv, "database", lambda: None)
