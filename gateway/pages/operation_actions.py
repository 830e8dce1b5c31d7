"""What a person does on the pages: each action takes a form, and answers with a sentence or with a question.

A script gets them as JSON. Without one, a question is a page of its own, and so is why an action was refused; what came
of it is told by a page that is gone to. Each leads back to the page that the form was on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from litestar import Request, Response, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import Body, FromPath
from litestar.status_codes import HTTP_200_OK
from msgspec import Struct

from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations import dead_letter_actions, quarantine_actions, run_actions, scale_action, schedule_list
from functions.operations.dead_letter_list import LetterFilter
from functions.operations.plurals import plural
from functions.operations.run_actions import LoadWish
from gateway.access.sources import refuse_foreign_site
from gateway.connections import Connected
from gateway.live.hub import Hub
from gateway.live.operations_socket import Watched
from gateway.nul_characters import refuse_fields
from gateway.pages.filters import names_of, read_filter, wrong_field
from gateway.pages.operation_questions import BACK, MOST, SURE, Asked, Question, settle, whole_number
from gateway.pages.operation_said import go_and_say
from gateway.pages.render import WAY_BACK, page

AnyRequest = Request[Any, Any, Any]


class Said(Struct, frozen=True):
    """What came of an action, as a sentence."""

    said: str


class _Action(Struct, frozen=True):
    """What is done, and the fields that its form may have."""

    do: Callable[[Asked], str]
    fields: frozenset[str] = frozenset()


def _load(asked: Asked) -> str:
    wish = read_filter(asked.form, LoadWish)
    refuse_foreign_site(asked.connections.context.settings, wish.source)
    if asked.form.get("check"):
        check = run_actions.check_load(asked.connections.context, wish)
        files = ", ".join(file.name for file in check.files) or "no file"
        missing = f" Missing: {', '.join(check.missing)}." if check.missing else ""
        said = f"The dump of {check.dump}: {files}; {check.bytes:,} bytes.{missing}"
        return f"{said} It would be refused: {check.refused}" if check.refused else " ".join([said, *check.sentences])
    started = run_actions.start_load(asked.connections.context, asked.connections.sender.send, wish, asked.by)
    return f"Run {started.run} {'is at it already' if started.joined else 'has begun'}."


def _pause(asked: Asked) -> str:
    return f"Run {run_actions.pause(asked.connections.context, asked.by, _run(asked)).run} is paused."


def _unpause(asked: Asked) -> str:
    steered = run_actions.unpause(asked.connections.context, asked.connections.sender.send, asked.by, _run(asked))
    return f"Run {steered.run} goes on."


def _resume(asked: Asked) -> str:
    steered = run_actions.resume(asked.connections.context, asked.connections.sender.send, asked.by, _run(asked))
    return f"Run {steered.run} goes on: {plural(steered.messages, 'message')} sent."


def _cancel(asked: Asked) -> str:
    return f"Run {run_actions.cancel(asked.connections.context, asked.by, _run(asked)).run} is cancelled."


def _run(asked: Asked) -> int | None:
    """The run that is meant; None: whichever is active."""
    return whole_number(asked.form, "run")


def _scale(asked: Asked) -> str:
    workers = None if asked.form.get("auto") else asked.form.get("workers", "")
    if workers is not None and not (workers.isascii() and workers.isdigit() and len(workers) < 5):
        raise ValidationException(f"{workers[:20]!r} is no number of workers.")
    number = None if workers is None else int(workers)
    name = asked.form.get("function", "")
    scale_action.scale(asked.connections.context, name, number, asked.by)
    waits = f" {scale_action.what_waits(name)}" if number == 0 else ""
    return f"{name} gets {'as many workers as its queue wants' if number is None else plural(number, 'worker')}.{waits}"


def _requeue(asked: Asked) -> str:
    wanted = read_filter(asked.form, LetterFilter)
    sender = asked.connections.sender.send
    done = dead_letter_actions.requeue(asked.connections.context, sender, asked.by, wanted, asked.most)
    return f"{plural(done.letters, 'dead letter is', 'dead letters are')} tried again."


def _purge(asked: Asked) -> str:
    wanted = read_filter(asked.form, LetterFilter)
    done = dead_letter_actions.purge(asked.connections.context, asked.by, wanted, asked.most)
    return f"{plural(done.letters, 'dead letter was', 'dead letters were')} dropped."


def _retry(asked: Asked) -> str:
    wanted = read_filter(asked.form, PieceFilter)
    sender = asked.connections.sender.send
    done = quarantine_actions.retry(asked.connections.context, sender, asked.by, wanted, asked.most)
    return f"Run {done.run} parses them again."


def _schedule(asked: Asked) -> str:
    name = asked.form.get("schedule", "")
    schedule_list.run_now(asked.connections.context, name, asked.by)
    return f"The schedule {name} runs within seconds."


_RUN: Final = frozenset({"run"})
_LETTERS: Final = frozenset(names_of(LetterFilter)) | {MOST}
_ACTIONS: Final[Mapping[str, _Action]] = {
    "load": _Action(_load, frozenset(names_of(LoadWish)) | {"check"}),
    "pause": _Action(_pause, _RUN),
    "unpause": _Action(_unpause, _RUN),
    "resume": _Action(_resume, _RUN),
    "cancel": _Action(_cancel, _RUN | {SURE}),
    "scale": _Action(_scale, frozenset({"function", "workers", "auto"})),
    "requeue": _Action(_requeue, _LETTERS),
    "purge": _Action(_purge, _LETTERS),
    "retry": _Action(_retry, frozenset(names_of(PieceFilter)) | {MOST}),
    "schedule": _Action(_schedule, frozenset({"schedule"})),
}


@post(
    "/operations/do/{action:str}",
    sync_to_thread=True,
    include_in_schema=False,
    opt={"right": "operate"},
    status_code=HTTP_200_OK,
)
def act(
    request: AnyRequest,
    connections: Connected,
    hub: Watched,
    action: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[Any]:
    """Ask where there is something to agree to; else do it, have everybody see it soon, and say what came of it."""
    back = _back(request, data)
    request.scope["state"][WAY_BACK] = back  # for the page of an error
    if action not in _ACTIONS:
        raise NotFoundException(f"There is no action {action[:40]!r}.")
    refuse_fields(data.items())
    _refuse_unknown(data, _ACTIONS[action].fields)
    by = request.scope["state"].get("who", "gateway")
    settled = settle(action, Asked(connections, {name: value for name, value in data.items() if value}, by))
    if isinstance(settled, Question):
        return _question(request, action, data, settled, back)
    said = _ACTIONS[action].do(settled)
    _poke(request, hub)
    if _wants_page(request):
        return go_and_say(request, said, back)
    return Response(Said(said), media_type="application/json")


def _wants_page(request: AnyRequest) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _refuse_unknown(form: Mapping[str, str], known: frozenset[str]) -> None:
    """What an action does not know might have been meant to bound it."""
    for name in form:
        if name not in known and name != BACK:
            raise wrong_field(name[:40], "this action has no such field")


def _question(
    request: AnyRequest, action: str, form: Mapping[str, str], question: Question, back: str
) -> Response[Any]:
    if not _wants_page(request):
        return Response(question, media_type="application/json")
    fields = {**form, **question.form, BACK: back}
    title = "Are you sure?"
    return page(
        request, "operations/question.html", title=title, ask=question.ask, action=action, fields=fields, back=back
    )


def _poke(request: AnyRequest, hub: Hub) -> None:
    request.app.state.loop.call_soon_threadsafe(hub.poke)


def _back(request: AnyRequest, form: Mapping[str, str]) -> str:
    """The page of ours that the form was on, with what was looked for there."""
    try:
        came = urlsplit(str(form.get(BACK) or request.headers.get("referer", "")))
    except ValueError:  # its host cannot be read
        return "/operations"
    if came.path.startswith("/operations") and not came.path.startswith("/operations/do/"):
        return f"{came.path}?{came.query}" if came.query else came.path
    return "/operations"


ROUTES: Final = [act]
