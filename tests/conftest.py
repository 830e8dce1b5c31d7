"""Fixtures of all tests."""

from tests.stack import fresh_settings, settings, stack

__all__ = ["fresh_settings", "settings", "stack"]
