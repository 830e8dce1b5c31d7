"""The form of the function table: what is known of each function, and what follows from it.

The table itself is `functions/registry.py`; whoever needs it is handed it. A function takes a context and one typed
message and returns or yields the messages to send next. A process that sends needs no more than the table to know a
message's queue, so that a worker imports the code of its own function only.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from functions.runtime.entities import ENTITIES, Entity
from functions.runtime.errors import SettingError
from functions.runtime.messages import Assemble, Message, PartMessage, PartState, RunMessage

Call = Callable[[Any, Any], Any]

#: What a stop of its worker does to a call. `at-once` interrupts it, and another goes on at the last place that it has
#: saved. `after-message` lets it end the message in hand; if that takes longer than the grace, it is broken off, with
#: its part or batch as it was before. `after-step` is that for a singleton of many steps: another begins again with the
#: one that was broken off. In no case does the start count as one without an end.
Stop = Literal["at-once", "after-message", "after-step"]

#: Seconds that a worker needs at most, beyond its grace, to give back what it holds and end.
SETTLING_S: Final = 9.0


class Scaling(Struct, frozen=True):
    """How many workers a function gets where it is scaled by its queue.

    Attributes:
        least: workers while there is work of its kind, though its own queue is empty.
        most: workers at most, whatever the cores.
        per_core: workers at most for each core, where that is more than `most`.
        core_share: of a core that one worker takes while it works.
    """

    least: int = 1
    most: int = 1
    per_core: float = 0.0
    core_share: float = 1.0

    def workers(self, cores: int) -> int:
        """Workers at most on a machine of so many cores."""
        return max(self.most, int(cores * self.per_core))


class FunctionSpec(Struct, frozen=True, kw_only=True):
    """One line of the function table.

    Attributes:
        message: the type of its messages; the function has its name.
        module: where its code lies, as a callable of the function's name.
        after: the function that has to be through before; None for the first.
        takes: the state of a part that waits for it, if it works on parts.
        icon: the sign of its lines on a terminal.
        time_limit_s: seconds after which a call is interrupted and tried again.
        stop: what a stop of its worker does to a call.
        grace_s: seconds that a call may take to end after a stop.
        hooks: `module:object`, who is told of its errors; None: the ledger.
        uses_graph: whether its worker waits for the graph server at its start.
        scaling: how many workers it gets.
    """

    message: type[Message]
    module: str
    after: str | None
    takes: PartState | None = None
    icon: str = "•"
    time_limit_s: float = 600
    stop: Stop = "after-message"
    grace_s: float = 10.0
    hooks: str | None = None
    uses_graph: bool = False
    scaling: Scaling = Scaling()

    @property
    def name(self) -> str:
        """Its name: `LoadTable` goes to `load-table`."""
        return function_name(self.message)

    @property
    def is_step(self) -> bool:
        """Whether it is a step of a run: where one of them has work, the others soon have some, too."""
        return issubclass(self.message, RunMessage)

    @property
    def stop_limit_s(self) -> float:
        """Seconds after a stop by which its worker has ended by itself, whatever it was at."""
        return self.grace_s + SETTLING_S

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues it takes messages from, without the prefix of the installation: one for each entity, or one."""
        return queues_of(self.message)

    @property
    def reads_dumps(self) -> bool:
        """Whether it works on whole files of a dump, and so has to reach the folder that they are in."""
        fields = self.message.__struct_fields__
        return "entity" in fields and "part" not in fields

    def load_hooks(self) -> Any:
        """Who is told of its errors, if it has hooks of its own."""
        return _load(self.hooks) if self.hooks else None

    def load(self) -> Call:
        """Import its module, that one only, and return the function."""
        call: Call = getattr(importlib.import_module(self.module), self.name.replace("-", "_"))
        return call


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


class DerivedTable(Struct, frozen=True):
    """A table of a derivation. Its `key` column has the id of the record that a row was made from.

    Attributes:
        last: the columns of indexes that a new version gets at its end: one whose order is not that of the records
            takes less work then, and less of the disk.
        by_entity: whether its column `entity` has the entity's code: rows of all entities lie in it.
        staged: whether its rows wait to be assembled, and are nothing that is read.
    """

    name: str
    key: str
    columns: tuple[str, ...]
    last: tuple[tuple[str, ...], ...] = ()
    by_entity: bool = False
    staged: bool = False


class Variant(Struct, frozen=True, kw_only=True):
    """What of a derivation is different with a value of its setting: its code, and fields that it looks at beside."""

    code: str
    fields: tuple[str, ...]


class DerivationSpec(Struct, frozen=True, kw_only=True):
    """One derivation: rows of narrow tables, made from documents after a run.

    Attributes:
        name: as `status` and `rebuild` have it.
        code: `module:function`. It takes an entity, the id, the document as JSON and its known year, and returns rows
            by table; it is pure. Empty where it has no tables of its own.
        version: raised when it makes other rows of the same document: they are all made again, and swapped in.
        entities: whose documents it is made from.
        fields: of a document that it looks at; of the others it is told nothing, and nothing is read. None: of all.
        tables: what it fills; a migration in its own folder makes them. Without any it is assembled from what other
            derivations have made, and no document is read for it.
        bytes_per_record: of disk, for the estimate before a load.
        after: derivations that have to be caught up before this one is assembled.
        assemble: `module:function` of what needs all rows, once they are made; None: nothing does. It takes a context
            and whether everything is built anew, in tables beside those that are read; it may be broken off at any
            moment and run again.
        assembled: the tables that it fills.
        assembly: the message that has it assembled; another than `Assemble` is another function's, on its own queue.
        follows: settings whose value its rows depend on: with another one they are all made again, and swapped in.
        only_where: entities whose documents are read only where a setting, named beside it, is on.
        noted: `module:function` that is told of a batch in the transaction that writes it: connection, entity, ids, and
            whether their rows are about to go or have come. Not while everything is built anew.
        setting: the setting that chooses among `variants`, by its values; a value that is not there changes nothing.
    """

    name: str
    version: int
    entities: tuple[Entity, ...]
    code: str = ""
    tables: tuple[DerivedTable, ...] = ()
    bytes_per_record: float
    fields: tuple[str, ...] | None = None
    after: tuple[str, ...] = ()
    assemble: str | None = None
    assembled: tuple[str, ...] = ()
    noted: str | None = None
    assembly: type[Assemble] = Assemble
    follows: tuple[str, ...] = ()
    only_where: tuple[tuple[Entity, str], ...] = ()
    setting: str = ""
    variants: dict[str, Variant] = {}

    def entities_by(self, settings: Any) -> tuple[Entity, ...]:
        """The entities from whose documents it is made, by these settings."""
        off = {entity for entity, name in self.only_where if not getattr(settings, name)}
        return tuple(entity for entity in self.entities if entity not in off)

    def variant(self, settings: Any) -> str:
        """What of these settings its rows depend on."""
        return " ".join(f"{name}={getattr(settings, name)}" for name in self.follows)

    def chosen_by(self, settings: object) -> DerivationSpec:
        """As the settings have it."""
        chosen = self.variants.get(getattr(settings, self.setting)) if self.setting else None
        if chosen is None:
            return self
        return replace(self, code=chosen.code, fields=(*(self.fields or ()), *chosen.fields), variants={})

    @property
    def table_names(self) -> tuple[str, ...]:
        """Every table of it."""
        return (*(table.name for table in self.tables), *self.assembled)

    def load(self) -> Callable[..., Any]:
        """Import its module, that one only, and return the function."""
        call: Callable[..., Any] = _load(self.code)
        return call

    def load_assemble(self) -> Callable[..., Any] | None:
        """The function that needs all rows, if there is one."""
        return _load(self.assemble) if self.assemble else None

    def load_noted(self) -> Callable[..., Any] | None:
        """Who is told of each batch that is written, if anybody is."""
        return _load(self.noted) if self.noted else None


class FunctionTable:
    """All functions, in the order of the work.

    Attributes:
        specs: the lines of the table.
        derivations: what is made from documents beside the graph.
        steps: the message of the step that a part in a state waits for.
    """

    def __init__(self, specs: Sequence[FunctionSpec], derivations: Sequence[DerivationSpec] = ()) -> None:
        self.specs = tuple(specs)
        self.derivations = tuple(derivations)
        self.steps: Final[dict[PartState, type[PartMessage]]] = {
            spec.takes: spec.message for spec in specs if spec.takes and issubclass(spec.message, PartMessage)
        }
        self._by_name = {spec.name: spec for spec in specs}

    def __iter__(self) -> Iterator[FunctionSpec]:
        return iter(self.specs)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all functions."""
        return tuple(self._by_name)

    @property
    def queues(self) -> tuple[str, ...]:
        """Every queue of an installation, in the order of the work."""
        return tuple(queue for spec in self.specs for queue in spec.queues)

    def spec(self, name: str) -> FunctionSpec:
        """The function of that name.

        Raises:
            SettingError: there is none.
        """
        if name not in self._by_name:
            raise SettingError(f"There is no function {name}; there are {', '.join(self.names)}.")
        return self._by_name[name]

    def chosen_by(self, settings: object) -> FunctionTable:
        """The table as settings have it."""
        return FunctionTable(self.specs, [spec.chosen_by(settings) for spec in self.derivations])

    def spec_of(self, message: Message) -> FunctionSpec:
        """The function that takes this message."""
        return self.spec(function_name(type(message)))


def function_name(kind: type[Message]) -> str:
    """The function that takes such messages."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__).lower()


def queue_of(message: Message) -> str:
    """The queue of a message, without the prefix of the installation: `load-table.releases`, `finish`."""
    name = function_name(type(message))
    return f"{name}.{message.entity}" if _is_per_entity(type(message)) else name  # type: ignore[attr-defined]


def queues_of(kind: type[Message]) -> tuple[str, ...]:
    """All queues that carry such messages."""
    name = function_name(kind)
    return tuple(f"{name}.{entity}" for entity in ENTITIES) if _is_per_entity(kind) else (name,)


def _is_per_entity(kind: type[Message]) -> bool:
    return "entity" in kind.__struct_fields__
