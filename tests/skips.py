"""Skips that nobody would see: with `CI=true` a test whose part is missing fails, whatever asked for its skip.

What is left out on purpose has a reason that begins with one of `ON_PURPOSE`.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest

#: How the reason of a skip begins that is one in CI as well.
ON_PURPOSE = ("in the long sweeps only: ", "nobody has to have it: ")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test that was skipped fail in CI."""
    return _seen((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module."""
    return _seen((yield))


def _seen(report: Any) -> Any:
    if not report.skipped or hasattr(report, "wasxfail") or os.environ.get("CI") != "true":
        return report
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith(ON_PURPOSE):
        report.outcome, report.longrepr = "failed", f"CI has to have what this test needs: {reason}"
    return report
