"""The lists of operations as pages: runs, parts, dead letters, quarantine, drift."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import ValidationException

from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations.dead_letter_list import LetterFilter, LetterSort, letter_page
from functions.operations.drift_list import DriftFilter, DriftKind, DriftSort, drift_page
from functions.operations.paging import Total, number_of
from functions.operations.part_list import PartFilter, PartPage, PartSort, part_page
from functions.operations.quarantine_list import PieceSort, piece_page
from functions.runs.run_status import run_views
from functions.runtime.errors import RefusedError
from functions.runtime.messages import PartState
from gateway.connections import Connected
from gateway.pages.filters import filter_fields, read_filter
from gateway.pages.list_fields import ENTITY, RUN, TEXT, TIMES, cursor_of
from gateway.pages.list_page import ROWS, Action, Column, Field, ListPage, Row, asked_order, list_response, run_link

AnyRequest = Request[Any, Any, Any]


@get("/operations/runs", sync_to_thread=True, include_in_schema=False)
def runs_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """All runs, newest first."""
    try:
        before = number_of(cursor_of(request))
    except RefusedError as error:
        raise ValidationException(str(error)) from error
    found = run_views(connections.context, ROWS + 1, before=before)
    rows = [
        Row(
            str(run.id),
            {
                "run": (f"/operations/runs/{run.id}", f"{run.id}: {run.kind}"),
                "dump": run.dump,
                "state": run.state,
                "rows": run.written.rows,
                "nodes": run.written.nodes,
                "edges": run.written.edges,
                "began": run.started_at,
                "reason": run.reason,
            },
            "bad" if run.state == "failed" else "",
        )
        for run in found[:ROWS]
    ]
    return list_response(
        request,
        ListPage(
            heading="Runs",
            lead="Every load of a dump, rebuild of the graph and retry of quarantined records.",
            noun="run",
            nouns="runs",
            empty="Nothing was loaded so far.",
            api="/api/runs",
            columns=(
                Column("run", "Run", "link"),
                Column("dump", "Dump"),
                Column("state", "State"),
                Column("rows", "Rows", "number"),
                Column("nodes", "Nodes", "number"),
                Column("edges", "Edges", "number"),
                Column("began", "Began", "moment"),
                Column("reason", "Reason", "long"),
            ),
            fields=(),
            rows=rows,
            total=Total(len(rows), len(found) > ROWS),
            next=str(found[ROWS - 1].id) if len(found) > ROWS else None,
        ),
    )


@get("/operations/parts", sync_to_thread=True, include_in_schema=False)
def parts_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """The parts of a run."""
    wanted = read_filter(request.query_params, PartFilter)
    order = asked_order(request, get_args(PartSort))
    found = part_page(connections.context, wanted, ROWS, cursor_of(request), order)
    rows = [
        Row(
            f"{part.entity}-{part.part}",
            {
                "part": (f"/operations/runs/{part.run}/parts/{part.entity}/{part.part}", f"{part.entity} {part.part}"),
                "state": part.state,
                "function": part.function,
                "records": part.records,
                "starts": part.attempts,
                "quarantined": part.quarantined,
                "sent": part.sent_at,
                "error": part.error,
            },
            "bad" if part.state == "dead" else "",
        )
        for part in found.parts
    ]
    return list_response(
        request,
        ListPage(
            heading="Parts",
            lead=f"Pieces of the files of run {found.run}, and where each is." if found.run else "Pieces of files.",
            noun="part",
            nouns="parts",
            empty="No part matches.",
            api="/api/parts",
            columns=(
                Column("part", "Part", "link", "part"),
                Column("state", "State", sort="state"),
                Column("function", "Function"),
                Column("records", "Records", "number", "records"),
                Column("starts", "Starts", "number", "attempts"),
                Column("quarantined", "Quarantined", "number", "quarantined"),
                Column("sent", "Sent", "moment", "sent_at"),
                Column("error", "Error", "long"),
            ),
            fields=(
                RUN,
                ENTITY,
                Field("state", "State", get_args(PartState)),
                Field("function", "Function", tuple(connections.context.functions.names)),
                TEXT,
            ),
            rows=rows,
            total=found.total,
            next=found.next,
            given=filter_fields(wanted),
            order=order,
            actions=_requeue(wanted, found) if wanted.state == "dead" else (),
        ),
    )


def _requeue(wanted: PartFilter, found: PartPage) -> tuple[Action, ...]:
    """All dead parts that match, as the letters that they are of."""
    form = filter_fields(msgspec.structs.replace(wanted, run=found.run, state=None))
    return (Action(name="requeue", label=f"Try all {_said(found.total)} again", form=form),)


def _said(total: Total) -> str:
    return f"{'more than ' if total.more else ''}{total.count:,}"


@get("/operations/dead-letters", sync_to_thread=True, include_in_schema=False)
def dead_letters_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """Messages that were given up."""
    wanted = read_filter(request.query_params, LetterFilter)
    order = asked_order(request, get_args(LetterSort))
    found = letter_page(connections.context, wanted, ROWS, cursor_of(request), order)
    rows = [
        Row(
            letter.id,
            {
                "message": f"{letter.function or 'unreadable'}"
                + (f" {letter.entity} {letter.part}" if letter.part is not None else "")
                + (f" batch {letter.batch}" if letter.batch is not None else ""),
                "run": run_link(letter.run),
                "queue": letter.queue,
                "at": letter.at,
                "error": letter.error,
            },
            "bad",
        )
        for letter in found.letters
    ]
    given, count = filter_fields(wanted), _said(found.total)
    return list_response(
        request,
        ListPage(
            heading="Dead letters",
            lead="Messages that were given up. Requeued, they are tried anew; dropped, their parts stay dead.",
            noun="dead letter",
            nouns="dead letters",
            empty="Nothing was given up.",
            api="/api/dead-letters",
            columns=(
                Column("message", "Message", sort="message"),
                Column("run", "Run", "link", "run"),
                Column("queue", "Queue", "code", "queue"),
                Column("at", "When", "moment", "at"),
                Column("error", "Error", "long"),
            ),
            fields=(
                RUN,
                ENTITY,
                Field("function", "Function", tuple(connections.context.functions.names)),
                TEXT,
                *TIMES,
            ),
            rows=rows,
            total=found.total,
            next=found.next,
            given=given,
            order=order,
            actions=(
                Action(name="requeue", label=f"Requeue all {count}", form=given),
                Action(name="purge", label=f"Drop all {count}", form=given, danger=True),
            ),
        ),
    )


@get("/operations/quarantine", sync_to_thread=True, include_in_schema=False)
def quarantine_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """Pieces of dumps that made no document."""
    wanted = read_filter(request.query_params, PieceFilter)
    order = asked_order(request, get_args(PieceSort))
    found = piece_page(connections.context, wanted, ROWS, cursor_of(request), order)
    rows = [
        Row(
            str(piece.id),
            {
                "piece": f"{piece.entity} {piece.record if piece.record is not None else 'without an id'}",
                "dump": piece.dump,
                "reason": piece.reason,
                "detail": piece.detail,
                "size": piece.size,
                "sample": piece.sample,
            },
        )
        for piece in found.pieces
    ]
    given, again = filter_fields(wanted), found.retryable
    return list_response(
        request,
        ListPage(
            heading="Quarantine",
            lead="Pieces of dumps that made no document, each with the reason and its first bytes.",
            noun="piece",
            nouns="pieces",
            empty="Every piece of the dumps has made a document.",
            api="/api/quarantine",
            columns=(
                Column("piece", "Record", sort="record"),
                Column("dump", "Dump", sort="dump"),
                Column("reason", "Reason", sort="reason"),
                Column("detail", "Detail", "long"),
                Column("size", "Bytes", "number", "size"),
                Column("sample", "Begins with", "long"),
            ),
            fields=(RUN, ENTITY, Field("reason", "Reason"), Field("dump", "Dump"), TEXT, *TIMES),
            rows=rows,
            total=found.total,
            next=found.next,
            given=given,
            order=order,
            actions=(Action(name="retry", label=f"Parse {_said(again)} again", form=given),) if again.count else (),
        ),
    )


@get("/operations/drift", sync_to_thread=True, include_in_schema=False)
def drift_list_page(request: AnyRequest, connections: Connected) -> Response[Any]:
    """What dumps had that the model does not know, and fields that most records have lost."""
    wanted = read_filter(request.query_params, DriftFilter)
    order = asked_order(request, get_args(DriftSort))
    found = drift_page(connections.context, wanted, ROWS, cursor_of(request), order)
    rows = [
        Row(
            str(one.id),
            {
                "name": one.name,
                "kind": one.kind,
                "entity": one.entity,
                "run": run_link(one.run),
                "times": one.times,
                "before": one.before,
                "now": one.now,
                "example": (one.document, str(one.example)) if one.document else None,
                "at": one.at,
            },
        )
        for one in found.drift
    ]
    return list_response(
        request,
        ListPage(
            heading="Drift",
            lead="How the form of the dumps has changed: names that the model does not know, fields that have gone.",
            noun="change",
            nouns="changes",
            empty="The dumps have the form that the model knows.",
            api="/api/drift",
            columns=(
                Column("name", "Name", "code"),
                Column("kind", "Kind", sort="kind"),
                Column("entity", "Records", sort="entity"),
                Column("run", "Run", "link", "run"),
                Column("times", "Times", "number", "times"),
                Column("before", "Before", "number"),
                Column("now", "Now", "number"),
                Column("example", "Example", "link"),
                Column("at", "When", "moment", "at"),
            ),
            fields=(RUN, ENTITY, Field("kind", "Kind", get_args(DriftKind)), TEXT),
            rows=rows,
            total=found.total,
            next=found.next,
            given=filter_fields(wanted),
            order=order,
        ),
    )


ROUTES: Final = [
    runs_page,
    parts_page,
    dead_letters_page,
    quarantine_page,
    drift_list_page,
]
