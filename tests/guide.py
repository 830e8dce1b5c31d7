"""The blocks of commands in what people read first, and what is said of those that no test runs."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "docs/operations.md")
_BLOCK = re.compile(r"^( *)```\n(.*?)^\1```", re.M | re.S)

#: Why no test runs a line, by how it begins. Whatever is in none of these is run by `acceptance/test_guide.py`.
NOT_RUN = {
    "git clone URL": "the address is the reader's",
    "cd linernotes": "it goes with the line before",
    "make run": "it fetches packages into an environment; the stack that it starts is that of every acceptance test",
    "make test": "it is what runs this test",
    "docker compose": "no container engine is in the tests: `integration/broker/test_compose_services.py` starts each "
    "service as a process, and `unit/test_container_build.py` takes the steps of the image",
}
#: The blocks that show what a command says.
SHOWN = ("$ make run",)


def blocks(page: str) -> list[list[str]]:
    """The commands of each block of a page, in their order, without remarks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = [textwrap.dedent(block).splitlines() for _, block in _BLOCK.findall(text)]
    return [[line.split("  #")[0].strip() for line in block] for block in found if not block[0].startswith(SHOWN)]


def is_run(line: str) -> bool:
    """Whether a test has to run this line."""
    return not line.startswith(tuple(NOT_RUN))
