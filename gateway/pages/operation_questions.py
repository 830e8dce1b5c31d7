"""What a person is asked before an action falls on more than one thing, or cannot be undone: with the exact number.

The number that was agreed to goes along with the answer, and no action falls on more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct, structs

from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations import dead_letter_actions, quarantine_actions
from functions.operations.dead_letter_list import LetterFilter
from functions.operations.plurals import plural
from functions.runtime.errors import RefusedError
from functions.runtime.ledger.store import active_run
from gateway.connections import Connections
from gateway.pages.filters import read_filter, wrong_field

#: Fields by which a form says what was agreed to, and to what page its person comes back without a script.
MOST: Final = "most"
SURE: Final = "sure"
BACK: Final = "back"

_LONGEST_NUMBER: Final = 11


class Asked(Struct, frozen=True):
    """An action in hand: the gateway's connections, the form, and who has sent it."""

    connections: Connections
    form: Mapping[str, str]
    by: str

    @property
    def most(self) -> int:
        """How many were agreed to.

        Raises:
            ValidationException: it is no number.
        """
        return whole_number(self.form, MOST) or 0


class Question(Struct, frozen=True):
    """What is to be agreed to; `form` goes along with the answer, with all that was sent before."""

    ask: str
    form: dict[str, str]


def whole_number(form: Mapping[str, str], name: str) -> int | None:
    """A field with a number; None where it is not given.

    Raises:
        ValidationException: it is none.
    """
    text = form.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER):
        raise wrong_field(name, "give a whole number")
    return int(text)


class _Counted(Struct, frozen=True):
    """An action on all that matches: how many that is, and how it is asked for."""

    count: Callable[[Asked], int]
    one: str
    ask: str
    asks_of_one: bool = False


def settle(action: str, asked: Asked) -> Asked | Question:
    """The action as it may be done now, or what is to be agreed to before.

    One thing is agreed to by the button itself, where nothing is lost by it.

    Raises:
        RefusedError: nothing matches.
        ValidationException: a field has a value that cannot be taken.
    """
    if action == "cancel" and SURE not in asked.form:
        return _cancel(asked)
    counted = _COUNTED.get(action)
    if counted is None or MOST in asked.form:
        return asked
    count = counted.count(asked)
    if count < 2 and not counted.asks_of_one:
        return structs.replace(asked, form={**asked.form, MOST: str(count)})
    return Question(counted.ask.format(plural(count, counted.one)), {MOST: str(count)})


def _cancel(asked: Asked) -> Asked | Question:
    """Any other run than the active one is refused by the action."""
    with asked.connections.context.connection() as connection:
        run = active_run(connection)
    if run is None or whole_number(asked.form, "run") not in {None, run.id}:
        return asked
    ask = f"End run {run.id} where it is? What it has loaded stays, and a later load goes on from there."
    return Question(ask, {"run": str(run.id), SURE: "yes"})


def _letters(asked: Asked) -> int:
    count = dead_letter_actions.count(asked.connections.context, read_filter(asked.form, LetterFilter))
    if count == 0:
        raise RefusedError("There is no dead letter that matches by now: look again.")
    return count


def _pieces(asked: Asked) -> int:
    return quarantine_actions.count(asked.connections.context, read_filter(asked.form, PieceFilter))


_COUNTED: Final[Mapping[str, _Counted]] = {
    "requeue": _Counted(_letters, "dead letter", "Try {} again?"),
    "purge": _Counted(_letters, "dead letter", "Drop {}? Their parts stay dead.", asks_of_one=True),
    "retry": _Counted(_pieces, "piece", "Parse {} again?"),
}
