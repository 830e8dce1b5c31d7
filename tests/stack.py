"""The embedded stack for tests: one for the whole run, started by the first test that asks for it.

Fixtures, registered in `conftest.py`:

`stack` (one for the run): a running stack without children. `stack.settings` are settings that reach its servers.
`settings` (fresh for each module): settings on databases of the module's own, all empty and dropped afterwards: a
    PostgreSQL database, a graph database, a namespace at the broker, a work bucket. No migration has been applied.
`fresh_settings` (a function, for a test that wants more of them or its own): `fresh_settings()` returns such settings.

    def test_a_row_can_be_written(settings: Settings) -> None:
        with open_context(settings, FUNCTIONS) as context: ...

The command line reads the environment: `environment_of(settings)` gives the variables that make a process of the
project work on these settings. Tests may write faster than they could in earnest: the servers do not wait for the disk.
Their passwords are the oddest that a stack draws: each starts as an option of a command does.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from functions.runtime.settings import Settings, variables
from infra.stack.daemon import start_detached
from infra.stack.graph_databases import create_graph_database, drop_graph_database
from infra.stack.home import Home, write_json
from infra.stack.passwords import WITH_PASSWORD
from infra.stack.postgres_databases import create_postgres_database, drop_postgres_database
from infra.stack.postgres_paths import outside_folder
from infra.stack.stack_client import down

FreshSettings = Callable[[], Settings]


@dataclass(frozen=True)
class RunningStack:
    """A running stack and the settings that reach it."""

    settings: Settings

    @property
    def home(self) -> Path:
        """Its home."""
        return Path(self.settings.home)

    def fresh(self, bucket: Path) -> Settings:
        """Settings on new, empty databases."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        create_postgres_database(self.settings, name)
        create_graph_database(self.settings, name)
        return msgspec.structs.replace(
            self.settings,
            postgres_database=name,
            graph_database=name,
            broker_namespace=name,
            bucket=str(bucket),
        )

    def drop(self, settings: Settings) -> None:
        """Drop what `fresh` has made."""
        drop_postgres_database(self.settings, settings.postgres_database)
        drop_graph_database(self.settings, settings.graph_database)


def environment_of(settings: Settings) -> dict[str, str]:
    """The variables that make a process of this project work on these settings."""
    names = {name: str((meta.extra or {})["env"]) for name, meta in variables().items()}
    default = Settings(home=settings.home)
    values = {name: getattr(settings, name) for name in names if getattr(settings, name) != getattr(default, name)}
    return {names[name]: str(value) for name, value in {**values, "home": settings.home}.items()}


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A home that goes at the end, its stack ended before; PostgreSQL's user can reach it also when this is root."""
    home = Path(tempfile.mkdtemp(prefix="linernotes-test-"))
    write_json(Home(home).passwords, {name: f"-{secrets.token_urlsafe(24)}" for name in WITH_PASSWORD})
    try:
        yield home
    finally:
        down(home)
        shutil.rmtree(outside_folder(Home(home)), ignore_errors=True)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def stack() -> Iterator[RunningStack]:
    """A running stack for all tests of this run."""
    with temporary_home() as home:
        settings = start_detached(Settings(home=str(home)), durable=False, with_parent=True)
        yield RunningStack(settings)


@pytest.fixture(scope="session")
def fresh_settings(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> FreshSettings:
    """A function that makes settings on empty databases; they go with the stack, since dropping each takes a second."""
    return lambda: stack.fresh(tmp_path_factory.mktemp("bucket"))


@pytest.fixture(scope="module")
def settings(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings on empty databases of this module."""
    made = stack.fresh(tmp_path_factory.mktemp("bucket"))
    yield made
    stack.drop(made)
