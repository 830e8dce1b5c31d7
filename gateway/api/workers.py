"""`/api/workers`: which processes there are, by their own account; in the form of `linernotes status --json`."""

from __future__ import annotations

from typing import Final

from litestar import get
from msgspec import Struct

from functions.runtime.process.worker_reports import WorkerView, worker_views
from gateway.connections import Connected
from gateway.errors import PROBLEMS


class Workers(Struct, frozen=True):
    """Workers, schedulers and gateways on all hosts, by function."""

    workers: list[WorkerView]


@get("/api/workers", sync_to_thread=True, summary="The processes on all hosts", tags=["Operation"], responses=PROBLEMS)
def workers(connections: Connected) -> Workers:
    """Each process that has said something of late: what it is at, since when, and its memory."""
    return Workers(worker_views(connections.context))


ROUTES: Final = [workers]
