"""TLS to the stores and the broker: whom to trust, and what to say when a certificate is not trusted."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from typing import Any

from functions.runtime.errors import SettingError, StoreUnavailable
from functions.runtime.settings import Settings

#: How OpenSSL says, in whatever library, that it trusts a certificate not.
_UNTRUSTED = ("certificate verify failed", "CERTIFICATE_VERIFY_FAILED", "does not match host name")


def authorities(settings: Settings) -> str | None:
    """The file of the certificate authorities to trust; None for the system's.

    Raises:
        SettingError: it cannot be read.
    """
    if settings.tls_ca and not os.access(settings.tls_ca, os.R_OK):
        raise SettingError(f"LINERNOTES_TLS_CA is {settings.tls_ca!r}, which is no file that can be read.")
    return settings.tls_ca or None


def tls_context(settings: Settings) -> ssl.SSLContext:
    """What a client checks a server's certificate and name with.

    Raises:
        SettingError: the file of certificate authorities cannot be used.
    """
    path = authorities(settings)
    try:
        return ssl.create_default_context(cafile=path)
    except OSError as error:  # SSLError is one of them
        raise SettingError(f"LINERNOTES_TLS_CA is {path!r}, which holds no certificates in PEM: {error}.") from error


def redis_tls(settings: Settings, url: str) -> dict[str, Any]:
    """What redis-py has to be told beside an address: it takes certificates by path, for addresses of TLS only."""
    if not url.startswith("rediss://"):
        return {}
    tls_context(settings)
    return {"ssl_ca_certs": authorities(settings), "ssl_check_hostname": True}


def postgres_tls(settings: Settings) -> dict[str, str]:
    """libpq's parameters of TLS. Where an authority is named, a server on the network has to show a certificate of it.

    Over a unix socket libpq ignores them.
    """
    path = authorities(settings)
    mode = settings.postgres_sslmode or ("verify-full" if path else "")
    found = {"sslmode": mode, "sslrootcert": path or ("system" if mode == "verify-full" else "")}
    return {name: value for name, value in found.items() if value}


def needs_tls(settings: Settings) -> bool:
    """Whether PostgreSQL is spoken to by TLS or not at all."""
    required = postgres_tls(settings).get("sslmode", "") in {"require", "verify-ca", "verify-full"}
    return required and not settings.postgres_address.startswith("/")


def graph_tls(settings: Settings) -> tuple[str, dict[str, Any]]:
    """The address of the graph server as its driver takes it, and what it has to be told beside.

    With authorities of one's own the driver wants `bolt` and a context in the place of `bolt+s`.
    """
    scheme, mark, rest = settings.graph_address.partition("://")
    if not settings.tls_ca or not scheme.endswith("+s"):
        return settings.graph_address, {}
    return scheme.removesuffix("+s") + mark + rest, {"ssl_context": tls_context(settings), "encrypted": True}


def s3_authorities(settings: Settings) -> str | None:
    """The file of authorities for a service other than AWS; boto3's own `AWS_CA_BUNDLE` goes before it."""
    if not settings.s3_endpoint.startswith("https://") or os.environ.get("AWS_CA_BUNDLE"):
        return None
    return authorities(settings)


def does_not_answer(what: str, error: BaseException) -> str:
    """The sentence for a server that cannot be reached, in which an untrusted certificate is called so."""
    if is_untrusted(error):
        return (
            f"{what} shows a certificate that is not trusted: {reason_of(error)}. "
            "Check the server's address, and LINERNOTES_TLS_CA, the file of the authority that signed it."
        )
    return f"{what} does not answer: {reason_of(error)}."


def unreachable(what: str, error: BaseException) -> StoreUnavailable:
    """The error for a server that cannot be reached; its words, with addresses and users, are not told outside."""
    if is_untrusted(error):
        return StoreUnavailable(does_not_answer(what, error))
    return StoreUnavailable(f"{what} does not answer.", server_said=f"{reason_of(error)}.")


def is_untrusted(error: BaseException) -> bool:
    """Whether a certificate that was not trusted is behind an error."""
    return any(mark in repr(each) or mark in str(each) for each in _causes(error) for mark in _UNTRUSTED)


def reason_of(error: BaseException) -> str:
    """What was said of an untrusted certificate, else the error's own words."""
    for each in _causes(error):
        if isinstance(each, ssl.SSLCertVerificationError):
            return each.verify_message or str(each)
    return str(error).strip().rstrip(".") or repr(error)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and all that led to it, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [found for found in (each.__cause__, each.__context__) if found]
        waiting += [found for found in each.args if isinstance(found, BaseException)]
        waiting += getattr(each, "exceptions", ())
