"""Files and pages over HTTP, and what an answer's status means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from importlib.metadata import version

import httpx

from functions.extract.download.range_response import Answer, RangeRefused, content_range, part_of
from functions.extract.download.retry_policy import DownloadRetry, retry_after
from functions.runtime.errors import SourceError, SourceUnavailable, StoreUnavailable
from functions.runtime.settings import Settings

#: A listing of a year is some 10 KB.
_LONGEST_PAGE = 8 * 1024 * 1024

_MOST_REDIRECTS = 5

_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS}
_ABSENT = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


#: How often one who looks for a dump asks where nobody listens, with what pause, and how long each try waits: somebody
#: waits for the answer.
_LOOKS, _LOOK_PAUSE_S, LOOK_S = 2, 1.0, 4.0


class Absent(SourceError):
    """The server has no such file or page."""


class Unreachable(SourceUnavailable):
    """Nobody listens at an address, or its name is not known."""


class SiteClient(httpx.Client):
    """A client that says who it is, takes bytes as they are, and knows where a redirect may lead.

    Args:
        settings: the contact that it names, and the hosts beside a site's own that redirects may lead to.
        connect: seconds to wait for a connection.
    """

    def __init__(self, settings: Settings, connect: float = 15.0) -> None:
        super().__init__(
            headers={"User-Agent": user_agent(settings), "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(60.0, connect=connect),
        )
        self._redirect_hosts = settings.redirect_hosts.replace(",", " ").lower().split()

    @contextmanager
    def answered(self, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """The answer to a GET, behind redirects. The body of a redirect is not read.

        Raises:
            SourceError: a redirect leads to a host that is not allowed, or gives up encryption.
            httpx.HTTPError: there is none.
        """
        request = self.build_request("GET", url, headers=headers)
        for _ in range(_MOST_REDIRECTS + 1):
            with closing(self.send(request, stream=True)) as response:
                following = response.next_request
                if following is None:
                    yield response
                    return
                self.refuse(response.url, following.url)
            request = following
        raise httpx.TooManyRedirects("it redirects again and again", request=request)

    def refuse(self, before: httpx.URL, after: httpx.URL) -> None:
        """Follow no redirect that leads where it may not.

        Raises:
            SourceError: it gives up encryption, or leads to a host that is not allowed.
        """
        if before.scheme == "https" and after.scheme != "https":
            raise SourceError(f"{before.host} redirects to {_shown(after)}, which is not encrypted: refused.")
        allowed = (before.host, *self._redirect_hosts)
        if not any(after.host == host or after.host.endswith(f".{host}") for host in allowed):
            raise SourceError(
                f"{before.host} redirects to {_shown(after)}, which LINERNOTES_REDIRECT_HOSTS does not name: refused."
            )


def open_client(settings: Settings, connect: float = 15.0) -> SiteClient:
    """A client for files and pages of a site, which waits so many seconds for a connection."""
    return SiteClient(settings, connect)


def user_agent(settings: Settings) -> str:
    """`linernotes/1.2.3 (+contact)`, the contact where the settings give one."""
    name = f"linernotes/{version('linernotes')}"
    return f"{name} (+{settings.contact})" if settings.contact else name


@contextmanager
def open_at(client: SiteClient, url: str, offset: int, *, page: bool = False) -> Iterator[Answer]:
    """Ask for a file from a byte on.

    Args:
        client: from `open_client`.
        url: its address.
        offset: the first byte wanted.
        page: a web page is what is asked for; otherwise one is taken for an error.

    Raises:
        RangeRefused: the file does not go on there.
        SourceError: it is not there, or this machine is refused.
        StoreUnavailable: it cannot be had now; `retry_after` says when, where the server did.
    """
    headers = {"Range": f"bytes={offset}-"} if offset else {}
    with _http_errors(url), client.answered(url, headers) as response:
        _refuse(response, url, offset)
        if not page and response.headers.get("Content-Type", "").startswith("text/html"):
            raise SourceUnavailable(f"{url} answers with a web page instead of the file.")
        start, total = _place(response, offset)
        yield Answer(start, total, response.iter_bytes() if page else response.iter_raw())


def read(client: SiteClient, url: str, retry: DownloadRetry, *, page: bool = False) -> bytes:
    """The whole of something small.

    Raises:
        SourceError: it is not there, not small, or this machine is refused.
        Unreachable: nobody listens there; found out within seconds.
        StoreUnavailable: it cannot be had now.
    """
    failures = 0
    while True:
        try:
            with open_at(client, url, 0, page=page) as answer:
                return _small(answer, url)
        except Unreachable:
            failures += 1
            if failures >= _LOOKS:
                raise
            retry.sleep(_LOOK_PAUSE_S)
        except StoreUnavailable as error:
            failures += 1
            retry.wait(error, failures)


def _small(answer: Answer, url: str) -> bytes:
    data = bytearray()
    for chunk in answer.chunks:
        data += chunk
        if len(data) > _LONGEST_PAGE:
            raise SourceError(f"{url} is longer than {_LONGEST_PAGE // 1024**2} MB: it is not what it should be.")
    return bytes(data)


def _place(response: httpx.Response, offset: int) -> tuple[int, int | None]:
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        return offset, part_of(response.headers.get("Content-Range"), offset)
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _refuse(response: httpx.Response, url: str, offset: int) -> None:
    status, host = response.status_code, response.url.host
    if status == HTTPStatus.OK or (offset and status == HTTPStatus.PARTIAL_CONTENT):
        return
    if offset and status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        raise RangeRefused(content_range(response.headers.get("Content-Range"))[1])
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        asked = retry_after(response.headers.get("Retry-After"), dt.datetime.now(dt.UTC))
        raise SourceUnavailable(f"{host} cannot give {url} now ({status}){_asks(asked)}.", asked)
    if status in _REFUSED:
        raise SourceError(
            f"{host} refuses this machine ({status}): try from another network, or fetch the dump's files and its "
            "CHECKSUM file with a browser and load them with `linernotes load FOLDER`."
        )
    if status in _ABSENT:
        raise Absent(f"{url} is not there ({status}).")
    raise SourceError(f"{url} answers with the status {status}, which makes no sense for a file.")


def _asks(seconds: float | None) -> str:
    if seconds is None:
        return ""
    amount = f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
    return f" and asks to wait {amount}"


def _shown(url: httpx.URL) -> str:
    """Where an address is, without what may be a secret in it."""
    return f"{url.scheme}://{url.netloc.decode('ascii', 'replace').rpartition('@')[2]}"


@contextmanager
def _http_errors(url: str) -> Iterator[None]:
    """Turn httpx's errors into ours: what a server cannot mean is permanent, a broken connection passes."""
    try:
        yield
    except (httpx.TooManyRedirects, httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
        raise SourceError(f"{url} leads nowhere: {error}.") from error
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise Unreachable(
            f"{error.request.url.host} cannot be reached for {url} ({str(error) or type(error).__name__}): is the "
            "address right, and can this machine reach it?"
        ) from error
    except httpx.HTTPError as error:
        raise SourceUnavailable(f"The connection for {url} broke: {str(error) or type(error).__name__}.") from error
