"""`assemble`: what a derivation needs all its rows for, and the moment in which it takes the place of what is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from functions.derivations.plan import publish, send_due
from functions.runtime.errors import PermanentError
from functions.runtime.function_table import DerivationSpec
from functions.runtime.ledger.claims import counted
from functions.runtime.ledger.store import DERIVATION_LOCK, LOCK_TIMEOUT_S, add_event
from functions.runtime.masking import mask
from functions.runtime.messages import Assemble, Message
from functions.runtime.messaging.retry_policy import Hooks, Retry
from functions.runtime.stores.context import Context
from functions.runtime.stores.lock_wait import lock
from functions.runtime.stores.query_files import statements
from functions.runtime.telemetry.metrics import stage

_sql = statements(__file__, "batches.sql")


def assemble(context: Context, message: Assemble) -> list[Message]:
    """Assemble a derivation of which all batches are made, and publish it; nothing where another has done it.

    Raises:
        PermanentError: it was started more often than `max_attempts` without an end.
    """
    specs = {spec.name: spec for spec in context.functions.derivations}
    spec = specs.get(message.derivation)
    if spec is None:
        return []
    with _alone(context, spec):
        _assemble(context, spec)
    return send_due(context)


def _assemble(context: Context, spec: DerivationSpec) -> None:
    name: dict[str, object] = {"name": spec.name}
    with context.connection() as connection:
        row = connection.execute(_sql.assembly, name).fetchone()
        if row is None:
            return
        connection.execute(_sql.count_assembly, name)
    building, last_batch, attempts = row
    if attempts >= context.settings.max_attempts:
        raise PermanentError(f"Assembling {spec.name} was started {attempts} times without an end.")
    with counted(context, _sql.uncount_assembly, name), stage("assemble", spec.name):
        work = spec.load_assemble()
        if work:
            work(context, building=building)
    with context.connection() as connection:
        lock(connection, _sql.begin, {}, "the batches of documents")
        lock(connection, _sql.hold_derivations, {"names": [spec.name]}, f"derivation {spec.name}")
        now = connection.execute(_sql.assembly, name).fetchone()
        if now is not None and now[:2] == (building, last_batch):
            publish(connection, spec.name, spec, building=building)
        else:
            connection.execute(_sql.assemble_again, name)


@contextmanager
def _alone(context: Context, spec: DerivationSpec) -> Iterator[None]:
    """No other assembles it meanwhile, in whatever process; a lock that keeps no transaction open."""
    values = {"space": DERIVATION_LOCK, "name": spec.name}
    with context.statements() as connection:
        lock(connection, _sql.hold_assembly, values, f"the assembly of {spec.name}", LOCK_TIMEOUT_S)
        try:
            yield
        finally:
            if not connection.broken:
                connection.execute(_sql.let_go_assembly, values)


def _note_dead(context: Context, message: Message, error: BaseException) -> None:
    if isinstance(message, Assemble):
        with context.connection() as connection:
            said = mask(str(error))[:2_000]
            connection.execute(_sql.give_up_assembly, {"name": message.derivation, "error": said})
            add_event(connection, "derivation-dead", name=message.derivation, error=said)


def _note_put_off(context: Context, message: Message, retry: Retry) -> None:
    if isinstance(message, Assemble):
        with context.connection() as connection:
            values = {"name": message.derivation, "seconds": retry.seconds, "error": mask(str(retry.error))[:2_000]}
            connection.execute(_sql.put_off_assembly, values)


#: What becomes of a derivation whose message failed.
HOOKS = Hooks(on_dead=_note_dead, on_retry=_note_put_off)
