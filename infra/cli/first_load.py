"""The first load of an empty installation: a dump of the user's, a sample of real records, or a small generated one."""

from __future__ import annotations

from pathlib import Path

from functions.extract.download.dump import Dump
from functions.extract.download.source import SITE, find_dump
from functions.registry import FUNCTIONS
from functions.runs.run_status import run_views
from functions.runtime.errors import LinernotesError
from functions.runtime.settings import Settings
from functions.runtime.stores.context import open_context
from infra.cli.load import sample_of, start_load
from infra.cli.output import note
from infra.cli.progress_view import watch_run
from infra.synth import write_dump

DEMO, SAMPLE = "demo", "sample"
_DEMO_RELEASES = 3_000
_DEMO_SEED = 1
_SAMPLE_RECORDS = 20_000


def first_load(settings: Settings, source: str, *, ignore_disk: bool = False) -> int:
    """Load a source, unless something was loaded already by one of the two words; returns an exit code.

    Args:
        settings: of the stack.
        source: as for `load`; `demo` for a generated dump, `sample` for the first records of the newest real one.
        ignore_disk: load although the disk seems too small.
    """
    with open_context(settings, FUNCTIONS) as context:
        if source in {DEMO, SAMPLE} and run_views(context, 1):
            note(f"Data is there already: the {source} is not loaded again.")
            return 0
        dump = _dump(settings, source)
        code = watch_run(context, start_load(context, dump, ignore_disk=ignore_disk), as_json=False)
        if dump.synthetic and source in {DEMO, SAMPLE}:
            note(
                "These records are generated. Real ones, the first of each file: "
                f"`linernotes load {SITE} --sample {_SAMPLE_RECORDS} --replace`."
            )
        return code


def _dump(settings: Settings, source: str) -> Dump:
    if source == SAMPLE:
        try:
            return sample_of(settings, find_dump(settings, SITE), _SAMPLE_RECORDS)
        except LinernotesError as error:
            note((f"No real records can be had, so generated ones are loaded. {error}", "yellow"))
    return find_dump(settings, str(_demo(settings)) if source in {DEMO, SAMPLE} else source)


def _demo(settings: Settings) -> Path:
    """The generated dump, made once."""
    folder = Path(settings.home) / "demo"
    if not any(folder.rglob("*_CHECKSUM.txt")):
        note(f"Generating a dump of {_DEMO_RELEASES:,} releases in {folder} …")
        write_dump(folder, releases=_DEMO_RELEASES, seed=_DEMO_SEED)
    return folder
