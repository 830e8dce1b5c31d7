"""Asking a graph server over Bolt whether it is there."""

from __future__ import annotations

import neo4j
from neo4j.exceptions import DriverError, Neo4jError

from functions.runtime.stores.graph_transactions import PING_LIMIT_S


async def answers(address: str, auth: tuple[str, str], database: str) -> bool:
    """Whether the database answers a query: Bolt may listen before there is one."""
    async with neo4j.AsyncGraphDatabase.driver(address, auth=auth, connection_timeout=2) as driver:
        try:
            async with driver.session(database=database) as session:
                await (await session.run(neo4j.Query("RETURN 1", timeout=PING_LIMIT_S))).consume()
        except (DriverError, Neo4jError, OSError):
            return False
        return True
