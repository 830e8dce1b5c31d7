"""What a command works with: the settings, the stores, the broker."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from psycopg.errors import UndefinedColumn, UndefinedTable

from functions.access.roles import settle_roles
from functions.load_graph.graph_identity import disown_graph
from functions.load_graph.schema import has_narrow_keys, prepare_graph
from functions.load_table.collation import follow_collation
from functions.registry import FUNCTIONS
from functions.runtime.errors import RefusedError, StoreUnavailable
from functions.runtime.settings import Settings, read_settings
from functions.runtime.stores.context import Context, open_context
from functions.runtime.stores.invalid_indexes import build_invalid_indexes
from functions.runtime.stores.migrations import migrate_postgres
from functions.runtime.stores.statement_progress import Tell
from functions.runtime.telemetry.logs import configure_logs
from infra.cli.output import note
from infra.stack.postgres_ctype import is_own, teach_letters


@contextmanager
def stores(wait: float = 3.0, *, graph: bool = True) -> Iterator[Context]:
    """The stores of this installation, for one command.

    Args:
        wait: seconds to wait for them.
        graph: whether the graph must answer; what only looks at the ledger and steers it does without.

    Raises:
        StoreUnavailable: they do not answer in time.
        RefusedError: their tables are those of an older version.
    """
    settings = read_settings()
    configure_logs(settings, "cli")
    with ExitStack() as opened:
        try:
            context = opened.enter_context(open_context(settings, FUNCTIONS, wait=wait, graph=graph))
        except StoreUnavailable as error:
            hint = " Is the stack up? Start it with `linernotes up --detach`." if settings.profile == "embedded" else ""
            raise StoreUnavailable(f"{error}{hint}") from error
        try:
            yield context
        except (UndefinedTable, UndefinedColumn) as error:
            how = "`linernotes down` and `up`" if settings.profile == "embedded" else "`linernotes deploy migrations`"
            raise RefusedError(f"The stores are older than this program: {how} brings them up to date.") from error


def migrate(settings: Settings, tell: Tell = note) -> list[str]:
    """Bring both stores to the form of this version; the names of PostgreSQL's migrations that were applied now.

    Args:
        settings: of the stores.
        tell: called with sentences of what is brought up to date, how long that may take, and how far it is.
    """
    if is_own(settings):
        teach_letters(settings, tell)
    with open_context(settings, FUNCTIONS) as context:
        with context.connection() as connection:
            applied = migrate_postgres(connection, tell)
            if sentence := settle_roles(connection, settings):
                tell(sentence)
            if has_narrow_keys(settings):
                disown_graph(connection)  # the next run fills it again
                tell("The graph's keys are too narrow: the next load fills it anew, or `linernotes rebuild graph`")
        with context.connection() as connection:
            build_invalid_indexes(connection, tell)
            follow_collation(connection, tell)
        with context.graph_session() as session:
            prepare_graph(settings, session, tell)
    return applied


def acting_user() -> str:
    """Who gives a command, as the audit names them: `cli:anna`."""
    number = os.geteuid()
    try:
        return f"cli:{pwd.getpwuid(number).pw_name}"
    except KeyError:  # in a container a number may have no name
        return f"cli:{number}"
