"""Files of figures whose processes have ended, folded into one for each kind, so that their folder does not grow.

prometheus_client keeps a file for each process and kind of figure: `counter_12.db`, `histogram_12.db`,
`gauge_livesum_12.db`. Counters and histograms of the dead are added up in `counter_ended.db` and `histogram_ended.db`;
their gauges say nothing any more.
"""

from __future__ import annotations

import fcntl
import json
import re
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from functions.runtime.supervised_process import is_alive

_KINDS: Final = ("counter", "histogram")
_OF_PROCESS: Final = re.compile(r"(counter|histogram|gauge_[a-z]+)_(\d+)\.db")

#: Names the files that are folded; once it is there, they are, whatever ends the process that does it.
_JOURNAL: Final = "folding.json"


@contextmanager
def folded(place: Path) -> Iterator[None]:
    """Fold what is there of ended processes; nobody else does so, and no process begins to count, while this lasts."""
    with (place / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _go_on(place)
        ended = [path for path in sorted(place.glob("*.db")) if _has_ended(path)]
        for kind in _KINDS:
            _fold(place, kind, [path for path in ended if path.name.startswith(kind)])
        for path in ended:
            path.unlink(missing_ok=True)
        yield


def _has_ended(path: Path) -> bool:
    found = _OF_PROCESS.fullmatch(path.name)
    return found is not None and not is_alive(int(found[2]))


def _fold(place: Path, kind: str, paths: Sequence[Path]) -> None:
    """Write the sums beside, then the journal, then do what it says: broken off anywhere, nothing counts twice."""
    if not paths:
        return
    sums: defaultdict[str, float] = defaultdict(float)
    whole = place / f"{kind}_ended.db"
    for path in [whole, *paths] if whole.exists() else paths:
        for key, value in _values(path):
            sums[key] += value
    new = whole.with_suffix(".new")
    new.unlink(missing_ok=True)
    written = _format()(str(new))
    for key, value in sums.items():
        written.write_value(key, value, 0.0)
    written.close()
    draft = place / f"{_JOURNAL}.new"
    draft.write_text(json.dumps({"kind": kind, "folded": [path.name for path in paths]}))
    draft.replace(place / _JOURNAL)
    _go_on(place)


def _go_on(place: Path) -> None:
    """Do what the journal says, if there is one."""
    journal = place / _JOURNAL
    if not journal.exists():
        return
    said = json.loads(journal.read_text())
    whole = place / f"{said['kind']}_ended.db"
    if whole.with_suffix(".new").exists():
        whole.with_suffix(".new").replace(whole)
    for name in said["folded"]:
        (place / name).unlink(missing_ok=True)
    journal.unlink()


def _values(path: Path) -> list[tuple[str, float]]:
    """The figures of a file; none of one that its process was killed over before it had any."""
    try:
        return [(key, value) for key, value, *_ in _format().read_all_values_from_file(str(path))]
    except (RuntimeError, struct.error):
        return []


def _format() -> Any:
    """The form of such a file; imported late, see `functions.runtime.telemetry.metrics`."""
    from prometheus_client.mmap_dict import MmapedDict

    return MmapedDict
