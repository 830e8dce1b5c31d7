"""Loading a dump, the same by hand, by `up --load` and by the periodic check: what is said and refused before."""

from __future__ import annotations

from msgspec import Struct

from functions.extract.download.dump import Dump
from functions.extract.download.source import listed
from functions.extract.parse.choose_engine import resolve_engine
from functions.runs.begin import Begun, LoadOptions, begin_load, refuse_load
from functions.runs.disk_estimate import DiskNeed, check_disk, disk_need
from functions.runtime.settings import Settings
from functions.runtime.stores.context import Context


class Plan(Struct, frozen=True):
    """A load that nothing stands against, as far as is known before it begins.

    `need` is there where this machine has the stores. `sentences` say what is about to come, `missing` why less of it
    comes than could.
    """

    dump: Dump
    options: LoadOptions
    need: DiskNeed | None
    sentences: list[str]
    missing: list[str]


def usual_options(settings: Settings) -> LoadOptions:
    """How a dump is loaded where nobody says otherwise."""
    return LoadOptions(engine=resolve_engine(settings.engine))


def plan_load(
    context: Context, dump: Dump, options: LoadOptions, *, replace: bool = False, ignore_disk: bool = False
) -> Plan:
    """Look into what loading a dump takes.

    Args:
        context: the stores; nothing is written.
        dump: what is to be loaded.
        options: how.
        replace: both stores will be emptied before.
        ignore_disk: load although the disk seems too small.

    Raises:
        RefusedError: there is not enough disk, or `begin_load` would refuse it.
    """
    refuse_load(context, dump, options, replace=replace)
    need = disk_need(context, dump, options, replace=replace) if context.settings.profile == "embedded" else None
    if need and not ignore_disk:
        check_disk(need)
    return Plan(dump, options, need, _sentences(dump, need), _missing(dump, options))


def begin(context: Context, plan: Plan, by: str | None = None) -> Begun:
    """Begin a load as planned; `by` is who has asked for it.

    Raises:
        RefusedError: something came in between.
    """
    return begin_load(context, plan.dump, plan.options, by)


def _sentences(dump: Dump, need: DiskNeed | None) -> list[str]:
    kind = "generated dump" if dump.synthetic else "Discogs dump"
    kind = f"sample, the first records of each file, of the {kind}" if dump.sample else kind
    first = f"The {kind} {dump.date:%Y%m%d} of {dump.source}: {dump.bytes / 1e6:,.0f} MB compressed."
    return [first, need.sentence()] if need else [first]


def _missing(dump: Dump, options: LoadOptions) -> list[str]:
    said = [f"Not looked into: {listed(dump.unreadable)}."] if dump.unreadable else []
    missing = [entity for entity in dump.missing if entity in options.entities]
    if missing:
        said.append(f"It has no file of {', '.join(missing)}: the rest is loaded, and nothing of these removed.")
    return said
