"""Logs: one line an event, with what it is about bound to it; JSON for machines, colours and icons on a terminal."""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, MutableMapping
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson
import structlog
from structlog.typing import Processor

from functions.runtime.masking import MASK, mask
from functions.runtime.settings import Settings, variables
from functions.runtime.supervised_process import child_index, is_supervised

_SECRET_NAME: Final = re.compile(r"password|passwd|secret|token|credential|authorization", re.IGNORECASE)

#: Shorter secrets are not looked for in texts: they would hide half of every line.
_LEAST_SECRET: Final = 6

#: The id of the request that is being answered: it is in every line about it.
REQUEST: Final[ContextVar[str | None]] = ContextVar("request", default=None)

#: Lines about requests, of which a busy gateway writes a thousand a second; see `log_request`.
_REQUESTS: Final = "linernotes.requests"
#: Seconds that such a line may wait for others.
_LATE_S: Final = 0.1
#: By this structlog's formatter knows a line of its own form.
_OWN_FORM: Final = {"_logger": None, "_name": "info"}
_requests: Final = logging.getLogger(_REQUESTS)

#: Libraries that say more than anyone wants to read, and the level from which they are heard.
_QUIET: Final = {
    "dramatiq.worker.WorkerThread": logging.WARNING,
    "dramatiq": logging.INFO,
    "pika": logging.CRITICAL,
    "neo4j": logging.ERROR,
    "botocore": logging.WARNING,
    "boto3": logging.WARNING,
    "urllib3": logging.WARNING,
    "apscheduler": logging.WARNING,
    "httpx": logging.WARNING,
}


def configure_logs(settings: Settings, process: str, *, icon: str = "·") -> None:
    """Send all logs of this process, the standard library's included, where they belong.

    A supervised process writes JSON to `HOME/logs/<process>.log`, rotated; any other writes to standard error, in
    colours if that is a terminal and JSON if not.

    Args:
        settings: level, form, sizes, and the secrets never to be shown.
        process: what this process is: the name of a function, `gateway`, `scheduler` …
        icon: stands before each line on a terminal.
    """
    to_file = is_supervised()
    handler: logging.StreamHandler[Any]
    handler = _file_handler(settings, process) if to_file else logging.StreamHandler(sys.stderr)
    console = settings.log_format == "console" or (
        settings.log_format == "auto" and not to_file and sys.stderr.isatty()
    )
    handler.setFormatter(_formatter(settings, process, icon if console else "", colors=console and not to_file))
    _requests.handlers[:] = [] if console else [_RequestLines(handler, process, secrets_of(settings))]
    _requests.propagate = console
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    logging.captureWarnings(capture=True)
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
    structlog.configure(
        processors=[*_common(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def log_request(method: str, path: str, status: int, ms: float, *, quiet: bool) -> None:
    """A line about a request that was answered: as any other, for a tenth of the cost, and some moments later.

    Args:
        quiet: whether it is only of interest to who looks for a fault.
    """
    level = logging.DEBUG if quiet else logging.INFO
    if not _requests.isEnabledFor(level):
        return
    line = {
        "method": method,
        "path": path,
        "status": status,
        "ms": ms,
        "event": "request",
        "request": REQUEST.get(),
        "level": "debug" if quiet else "info",
        "timestamp": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    if _requests.handlers:
        _requests.handlers[0].take(line)  # type: ignore[attr-defined]  # see `_RequestLines`
    else:
        _requests.log(level, line, extra=_OWN_FORM)


def log_file(settings: Settings, process: str, index: int = 0) -> Path:
    """The log of a supervised process: `split.log`, of its second one `split-1.log`."""
    return Path(settings.home) / "logs" / (f"{process}-{index}.log" if index else f"{process}.log")


def redact(value: Any, secrets: frozenset[str] = frozenset()) -> Any:
    """The value without passwords: those named so, those in addresses, and the given ones wherever they stand."""
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, MASK)
        return mask(value)
    if isinstance(value, Mapping):
        return {name: MASK if _SECRET_NAME.search(str(name)) else redact(item, secrets) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item, secrets) for item in value]
    return value if isinstance(value, int | float | bool | None) else redact(str(value), secrets)


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every password in the settings, those within addresses included."""
    values = {name: str(getattr(settings, name)) for name in variables()}
    secret = {values[name] for name, meta in variables().items() if meta.extra and meta.extra["secret"]}
    within = {_password_in(value) for value in values.values() if "://" in value and "@" in value}
    addresses = set(settings.webhooks.replace(",", " ").split())  # each may hold a token in its path
    found = secret | within | addresses | {unquote(each) for each in within}
    return frozenset(each for each in found if len(each) >= _LEAST_SECRET)


def _password_in(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:  # no address after all
        return ""


_NOTHING: Final = logging.LogRecord("", logging.INFO, "", 0, "", None, None)


def _file_handler(settings: Settings, process: str) -> _LogFile:
    path = log_file(settings, process, child_index())
    path.parent.mkdir(parents=True, exist_ok=True)
    return _LogFile(path, maxBytes=settings.log_bytes, backupCount=settings.log_files, encoding="utf-8", delay=True)


class _LogFile(RotatingFileHandler):
    """A log that is rotated once it has reached its size. Python's own formats each line twice, to know beforehand."""

    _size = 0

    def shouldRollover(self, record: logging.LogRecord) -> int:  # noqa: ARG002, N802  the name is the standard library's
        """Whether the next line goes to a new file."""
        if self.stream is None:  # it is opened late
            self.stream = self._open()
        return int(self._size >= self.maxBytes)

    def make_room(self, size: int) -> None:
        """Begin a new file where this one is full, for a text of so many characters."""
        if self.shouldRollover(_NOTHING):
            self.doRollover()
            self.stream = self._open()
        self._size += size

    def format(self, record: logging.LogRecord) -> str:
        """The line, counted: to ask the file for its size takes longer than to write to it."""
        line = super().format(record)
        self._size += len(line) + 1
        return line

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        self._size = stream.tell()
        return stream


def _name_request(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    request = REQUEST.get()
    if request is not None:
        event.setdefault("request", request)
    return event


class _RequestLines(logging.Handler):
    """Writes lines about requests where the others go, many at once: to write lets other threads run each time.

    Args:
        handler: of the others.
        process: what this process is.
        secrets: never to be shown; of such a line only what strangers have named can hold one.
    """

    def __init__(self, handler: logging.StreamHandler[Any], process: str, secrets: frozenset[str]) -> None:
        super().__init__()
        self._handler = handler
        self._process = process
        self._secrets = secrets
        self._waiting: deque[dict[str, Any]] = deque()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    def take(self, line: dict[str, Any]) -> None:
        """Have a line be written within `_LATE_S`."""
        self._waiting.append(line)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="lines about requests", daemon=True)
            self._thread.start()
        if not self._woken.is_set():
            self._woken.set()

    def flush(self) -> None:
        """Write what waits; logging calls it at the end of the process, too."""
        texts = []
        with suppress(IndexError):
            while True:
                texts.append(self._text(self._waiting.popleft()))
        text = "".join(texts)
        if text:
            with suppress(OSError, ValueError), self._handler.lock or nullcontext():  # its file may be gone or closed
                if isinstance(self._handler, _LogFile):
                    self._handler.make_room(len(text))
                self._handler.stream.write(text)
                self._handler.flush()

    def _text(self, line: dict[str, Any]) -> str:
        line["path"] = redact(line["path"], self._secrets)
        line["request"] = redact(line["request"], self._secrets)
        line["process"] = self._process
        return _render_json(None, "", line) + self._handler.terminator

    def _run(self) -> None:
        while self._woken.wait():
            time.sleep(_LATE_S)
            self._woken.clear()
            self.flush()


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _name_request,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(settings: Settings, process: str, icon: str, *, colors: bool) -> logging.Formatter:
    secrets = secrets_of(settings)

    def hide(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        hidden: MutableMapping[str, Any] = redact(event, secrets)
        return hidden

    def sign(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("function", process)
        event["event"] = f"{icon} {event.get('event', '')}"
        return event

    def name_process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    ending: list[Processor] = (
        [sign, structlog.dev.ConsoleRenderer(colors=colors)] if icon else [name_process, _render_json]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_common(), structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            hide,
            *ending,
        ],
    )


def _render_json(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(event, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
