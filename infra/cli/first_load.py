"""The first load of an empty installation: a dump of the user's, or a small generated one."""

from __future__ import annotations

from pathlib import Path

from functions.registry import FUNCTIONS
from functions.runs.run_status import run_views
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from infra.cli.load import start_load
from infra.cli.output import note
from infra.cli.progress_view import watch_run
from infra.synth import write_dump

DEMO = "demo"
_DEMO_RELEASES = 3_000
_DEMO_SEED = 1


def first_load(settings: Settings, source: str, *, ignore_disk: bool = False) -> int:
    """Load `source`, or a generated dump for `demo`, unless something was loaded already; returns an exit code."""
    with open_context(settings, FUNCTIONS) as context:
        if source == DEMO and run_views(context, 1):
            note("Data is there already: the demo is not loaded again.")
            return 0
        run = start_load(context, str(_demo(settings)) if source == DEMO else source, ignore_disk=ignore_disk)
        return watch_run(context, run, as_json=False)


def _demo(settings: Settings) -> Path:
    """The generated dump, made once."""
    folder = Path(settings.home) / "demo"
    if not any(folder.rglob("*_CHECKSUM.txt")):
        note(f"Generating a dump of {_DEMO_RELEASES:,} releases in {folder} …")
        write_dump(folder, releases=_DEMO_RELEASES, seed=_DEMO_SEED)
    return folder
