"""How long to wait after a failure: every pause that grows is reckoned here, by Dramatiq's rule."""

from __future__ import annotations


def backoff(failures: int, first_s: float, most_s: float, *, jitter: bool = False) -> float:
    """Seconds to wait after so many failures in a row, 1 or more: `first_s`, then twice as much each time.

    Args:
        most_s: bounds them.
        jitter: stretches a pause at random up to twice, and beyond the bound takes half of it at least, so that those
            who failed together do not come back together.
    """
    from dramatiq.common import compute_backoff

    _, milliseconds = compute_backoff(
        failures - 1, factor=round(first_s * 1000), max_backoff=round(most_s * 1000), jitter=jitter
    )
    return milliseconds / 1000
