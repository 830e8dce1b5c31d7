"""Pages from templates: escaped, strict about what is missing, with the shell around them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from litestar import Request, Response
from litestar.datastructures import State

from gateway.access.identity import Asker
from gateway.answers.answers import told
from gateway.content_policy import CHART_POLICY, PAGE_POLICY
from gateway.pages import words
from gateway.pages.places import place_of, sign_in_from
from gateway.pages.shell import Shell, shell_of
from gateway.pages.static_files import static_url

AnyRequest = Request[Any, Any, Any]

#: Where a request's state has the page that its form was on.
WAY_BACK: Final = "way_back"

_TEMPLATES: Final = Path(__file__).parent / "templates"


@cache
def environment() -> jinja2.Environment:
    """The templates, with the words and addresses that they use."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(words.FILTERS)
    made.tests.update(words.TESTS)
    made.globals["static"] = static_url
    return made


def render(template: str, **values: Any) -> str:
    """A template alone, without the shell."""
    return environment().get_template(template).render(**values)


def page(
    request: AnyRequest,
    template: str,
    *,
    title: str,
    status: int = 200,
    draws: bool = False,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response[str]:
    """A whole page. It reads the shell's state: call it from a thread.

    Args:
        title: of the window, before the product's name.
        draws: whether Plotly draws on it.
        values: what the template shows.
    """
    return _response(request, template, shell_of(request.app.state), title, status, draws, headers, values)


def plain_page(
    request: AnyRequest,
    template: str,
    *,
    title: str,
    status: int,
    headers: dict[str, str] | None = None,
    **values: Any,
) -> Response[str]:
    """A page that asks no store: it may be made anywhere, and while none answers."""
    return _response(request, template, last_shell(request.app.state), title, status, False, headers, values)


def error_page(
    request: AnyRequest, status: int, title: str, sentence: str, headers: dict[str, str] | None = None
) -> Response[str]:
    """A page that says what went wrong; it leads back to the form of what was refused, where that is known."""
    back = request.scope["state"].get(WAY_BACK)
    template, values = ("operations/refused.html", {"back": back}) if back else ("error.html", {})
    return plain_page(request, template, title=title, status=status, headers=headers, sentence=sentence, **values)


def last_shell(state: State) -> Shell:
    """The shell as it was read last; nothing is read."""
    last: Shell | None = state.get("shell")
    return last or Shell()


def who_and_where(request: AnyRequest) -> dict[str, Any]:
    """What every page says of who asks and where they are: their session, the path, and where to sign in from here."""
    asker: Asker | None = request.scope["state"].get("asker")
    place = place_of(request)
    return {
        "session": asker.session if asker else None,
        "path": request.url.path,
        "place": place,
        "is_sent": request.method != "GET",
        "sign_in": sign_in_from(place, request.app.state.settings.max_query),
    }


def _response(
    request: AnyRequest,
    template: str,
    shell: Shell,
    title: str,
    status: int,
    draws: bool,  # noqa: FBT001
    headers: dict[str, str] | None,
    values: dict[str, Any],
) -> Response[str]:
    text = render(template, **{**who_and_where(request), "title": title, "shell": shell, "status": status, **values})
    policy = CHART_POLICY if draws else PAGE_POLICY
    kept = told()
    return Response(
        text,
        status_code=status,
        media_type="text/html",
        headers={
            "Content-Security-Policy": policy,
            "Cache-Control": "no-cache",
            **({"X-Cache": kept} if kept else {}),
            **(headers or {}),
        },
    )
