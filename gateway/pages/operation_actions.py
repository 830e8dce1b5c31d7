"""What a person does on the pages: each action takes a form, and answers with a sentence.

A script gets the sentence as JSON; without one, the browser comes back to the page that the form was on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import msgspec
from litestar import Request, Response, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import Body, FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER
from msgspec import Struct

from functions.extract.records.quarantine_filter import PieceFilter
from functions.operations import dead_letter_actions, quarantine_actions, run_actions, scale_action, schedule_list
from functions.operations.dead_letter_list import LetterFilter
from functions.operations.plurals import plural
from functions.operations.run_actions import LoadWish
from gateway.access.sources import refuse_foreign_site
from gateway.connections import Connected, Connections
from gateway.live.hub import Hub
from gateway.live.operations_socket import Watched
from gateway.nul_characters import refuse_fields

AnyRequest = Request[Any, Any, Any]
Form = Mapping[str, str]


class Said(Struct, frozen=True):
    """What came of an action, as a sentence."""

    said: str


class _Asked(Struct, frozen=True):
    """An action in hand: the gateway's connections, the form, and who has sent it."""

    connections: Connections
    form: Form
    by: str


def _load(asked: _Asked) -> str:
    wish = _convert(asked.form, LoadWish)
    refuse_foreign_site(asked.connections.context.settings, wish.source)
    if asked.form.get("check"):
        check = run_actions.check_load(asked.connections.context, wish)
        files = ", ".join(file.name for file in check.files) or "no file"
        missing = f" Missing: {', '.join(check.missing)}." if check.missing else ""
        said = f"The dump of {check.dump}: {files}; {check.bytes:,} bytes.{missing}"
        return f"{said} It would be refused: {check.refused}" if check.refused else " ".join([said, *check.sentences])
    started = run_actions.start_load(asked.connections.context, asked.connections.sender.send, wish, asked.by)
    return f"Run {started.run} {'is at it already' if started.joined else 'has begun'}."


def _pause(asked: _Asked) -> str:
    return f"Run {run_actions.pause(asked.connections.context, asked.by).run} is paused."


def _unpause(asked: _Asked) -> str:
    steered = run_actions.unpause(asked.connections.context, asked.connections.sender.send, asked.by)
    return f"Run {steered.run} goes on."


def _resume(asked: _Asked) -> str:
    steered = run_actions.resume(asked.connections.context, asked.connections.sender.send, asked.by)
    return f"Run {steered.run} goes on: {plural(steered.messages, 'message')} sent."


def _cancel(asked: _Asked) -> str:
    return f"Run {run_actions.cancel(asked.connections.context, asked.by).run} is cancelled."


def _scale(asked: _Asked) -> str:
    workers = None if asked.form.get("auto") else asked.form.get("workers", "")
    if workers is not None and not (workers.isascii() and workers.isdigit() and len(workers) < 5):
        raise ValidationException(f"{workers[:20]!r} is no number of workers.")
    number = None if workers is None else int(workers)
    name = asked.form.get("function", "")
    scale_action.scale(asked.connections.context, name, number, asked.by)
    waits = f" {scale_action.what_waits(name)}" if number == 0 else ""
    return f"{name} gets {'as many workers as its queue wants' if number is None else plural(number, 'worker')}.{waits}"


def _requeue(asked: _Asked) -> str:
    wanted = _convert(asked.form, LetterFilter)
    sender = asked.connections.sender.send
    done = dead_letter_actions.requeue(asked.connections.context, sender, asked.by, wanted, _most(asked.form))
    return f"{plural(done.letters, 'dead letter is', 'dead letters are')} tried again."


def _purge(asked: _Asked) -> str:
    wanted = _convert(asked.form, LetterFilter)
    done = dead_letter_actions.purge(asked.connections.context, asked.by, wanted, _most(asked.form))
    return f"{plural(done.letters, 'dead letter was', 'dead letters were')} dropped."


def _retry(asked: _Asked) -> str:
    wanted = _convert(asked.form, PieceFilter)
    sender = asked.connections.sender.send
    done = quarantine_actions.retry(asked.connections.context, sender, asked.by, wanted, _most(asked.form))
    return f"Run {done.run} parses them again."


def _schedule(asked: _Asked) -> str:
    name = asked.form.get("schedule", "")
    schedule_list.run_now(asked.connections.context, name, asked.by)
    return f"The schedule {name} runs within seconds."


_ACTIONS: Final[Mapping[str, Callable[[_Asked], str]]] = {
    "load": _load,
    "pause": _pause,
    "unpause": _unpause,
    "resume": _resume,
    "cancel": _cancel,
    "scale": _scale,
    "requeue": _requeue,
    "purge": _purge,
    "retry": _retry,
    "schedule": _schedule,
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
    """Do it, have everybody see it soon, and say what came of it."""
    if action not in _ACTIONS:
        raise NotFoundException(f"There is no action {action[:40]!r}.")
    refuse_fields(data.items())
    by = request.scope["state"].get("who", "gateway")
    said = _ACTIONS[action](_Asked(connections, {name: value for name, value in data.items() if value}, by))
    _poke(request, hub)
    if "text/html" in request.headers.get("accept", ""):
        return Redirect(_back(request), status_code=HTTP_303_SEE_OTHER)
    return Response(Said(said), media_type="application/json")


def _poke(request: AnyRequest, hub: Hub) -> None:
    request.app.state.loop.call_soon_threadsafe(hub.poke)


def _back(request: AnyRequest) -> str:
    """The page of ours that the form was on."""
    path = urlsplit(request.headers.get("referer", "")).path
    return path if path.startswith("/operations") else "/operations"


def _most(form: Form) -> int | None:
    most = form.get("most")
    if most is None:
        return None
    if not (most.isascii() and most.isdigit() and len(most) < 12):
        raise ValidationException("most: give a whole number.")
    return int(most)


def _convert(form: Form, kind: type[Any]) -> Any:
    """The fields of a form that a filter or a wish has.

    Raises:
        ValidationException: one has a value that cannot be taken.
    """
    given = {name: value for name, value in form.items() if name in kind.__struct_fields__}
    try:
        return msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ValidationException(f"That cannot be done: {error}.") from error


ROUTES: Final = [act]
