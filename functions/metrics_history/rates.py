"""Counters as rates: what is counted since some beginning, as so much a second since it was looked at last."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class Rates:
    """Remembers counters from one look to the next."""

    def __init__(self) -> None:
        self._before: dict[str, float] = {}
        self._at: float | None = None

    def per_second(self, at: float, counters: Mapping[str, float], begun: Collection[str] = ()) -> dict[str, float]:
        """The rate of each counter since the last look.

        One that was not there then, or has become less (it began anew), has none this time.

        Args:
            at: seconds on a clock that only goes on.
            counters: what they say now; those left out are forgotten.
            begun: those that began at 0 after the last look, so that all they say has come since.
        """
        before, elapsed = self._before, at - self._at if self._at is not None else 0.0
        self._before, self._at = dict(counters), at
        if elapsed <= 0:
            return {}
        earlier = {name: before.get(name, 0.0 if name in begun else None) for name in counters}
        return {
            name: (value - known) / elapsed
            for name, value in counters.items()
            if (known := earlier[name]) is not None and value >= known
        }


class CpuShares:
    """CPU of processes that report what they have taken so far, each in its own time."""

    def __init__(self) -> None:
        self._reports: dict[str, tuple[float, float]] = {}
        self._shares: dict[str, float] = {}

    def of(self, reports: Mapping[str, tuple[float, float, float]]) -> dict[str, float | None]:
        """Cores that each process takes, as between its last two reports; None where there was one only.

        A process of which nothing was known and that is young has its average since it began.

        Args:
            reports: of each process the moment of its report, its age then, and its CPU seconds; those left out are
                forgotten.
        """
        for process, (at, age, cpu) in reports.items():
            share = self._share(process, at, age, cpu)
            if share is not None:
                self._shares[process] = share
        self._reports = {process: (at, cpu) for process, (at, _, cpu) in reports.items()}
        self._shares = {process: share for process, share in self._shares.items() if process in reports}
        return {process: self._shares.get(process) for process in reports}

    def _share(self, process: str, at: float, age: float, cpu: float) -> float | None:
        if process not in self._reports:
            return cpu / age if 0 < age < YOUNG_S else None
        before_at, before_cpu = self._reports[process]
        return (cpu - before_cpu) / (at - before_at) if at > before_at and cpu >= before_cpu else None


#: Seconds up to which a process's average since its beginning says what it takes now.
YOUNG_S = 60.0
