"""Fixtures of all tests."""

from tests.graph_servers import graph_settings, neo4j_stack
from tests.stack import fresh_settings, settings, stack

__all__ = ["fresh_settings", "graph_settings", "neo4j_stack", "settings", "stack"]
