"""What files with data of dumps say in their head: of which dump they are, under what license, or that it is generated.

CSV and NDJSON have no place for a remark; a header has one, and whoever keeps a file keeps its address.
"""

from __future__ import annotations

import asyncio
from typing import Final

from litestar.types import Message, Scope

from gateway.csv_answers import LICENSE
from gateway.pages.shell import Shell, shell_of

_MARK: Final = (b"link", LICENSE["Link"].encode())


async def tell_license(message: Message, scope: Scope) -> None:
    """Have the head of a file with data of dumps say what that data is; of any other answer nothing is changed."""
    if message["type"] != "http.response.start":
        return
    headers = list(message["headers"])
    for place, (name, value) in enumerate(headers):
        if (name.lower(), value) == _MARK:
            shell = await asyncio.to_thread(shell_of, scope["litestar_app"].state)
            headers[place] = (name, link_of(shell).encode())
            message["headers"] = headers
            return


def link_of(shell: Shell) -> str:
    """The header: the license of a dump; of generated data what it is, for which there is none."""
    is_generated = bool(shell.collection and shell.collection.synthetic)
    link = '</about>; rel="describedby"' if is_generated else LICENSE["Link"]
    return f'{link}; title="{shell.notice}"'
