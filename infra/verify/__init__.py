"""`linernotes verify`: do both stores hold what the dump says? An independent reader recomputes all of it."""

from infra.verify.report import Report, render
from infra.verify.verify import verify

__all__ = ["Report", "render", "verify"]
