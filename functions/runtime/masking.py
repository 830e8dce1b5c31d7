"""Taking secrets out of what is shown: passwords in addresses, the values of their queries, keys of the gateway."""

from __future__ import annotations

import re
from typing import Final

MASK: Final = "***"

#: Up to the last @: a password may hold one, and by mistake a slash after its colon.
_USER_INFO: Final = re.compile(r"""(?<=\w://)(?:[^\s/"'<>]*|[^\s/:"'<>]*:[^\s"'<>]*)@""")
#: What the public site is asked for is no secret.
_QUERY: Final = re.compile(r"""(?<=[?&])(?!(?:download|prefix)=)([\w.%~-]+=)[^\s&"'<>]+""")
#: Keys and one-time tokens of the gateway, of which the number may be shown.
_CREDENTIAL: Final = re.compile(r"(ln(?:key|token)_\d+_)[\w-]{43}")


def mask(text: str) -> str:
    """The text without what proves who somebody is, wherever an address stands in it."""
    if "@" in text:
        text = _USER_INFO.sub(f"{MASK}@", text)
    if "=" in text:
        text = _QUERY.sub(rf"\1{MASK}", text)
    return _CREDENTIAL.sub(rf"\1{MASK}", text) if "_" in text else text
