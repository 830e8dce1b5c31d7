"""The commands that the guide shows are commands that there are: their names, their options, their services.

Those in blocks are run as well, by `acceptance/test_guide.py`, or `tests/guide.py` says why not.
"""

from __future__ import annotations

import functools
import re
import shlex
from typing import Any

import pytest
import typer.main

from infra.cli.main import add_commands, app
from infra.generate_docs import DOCS
from tests.compose import ROOT, compose
from tests.guide import NOT_RUN, PAGES, blocks

GUIDE = (DOCS / "operations.md").read_text(encoding="utf-8")
BLOCKS = [line for block in blocks("docs/operations.md") for line in block]
INLINE = [" ".join(words.split()) for words in re.findall(r"`((?:linernotes|docker compose|make) [^`]+)`", GUIDE)]
COMMANDS = sorted({line for line in [*BLOCKS, *INLINE] if line})

#: How a guide leaves something out.
_OPEN = re.compile(r"[A-Z…]{2,}|…")


def words_of(line: str) -> list[str]:
    """The words of a command, without the variables that stand before it."""
    words = shlex.split(line)
    while "=" in words[0]:
        words = words[1:]
    return words


@functools.cache
def program() -> Any:
    """The command line with all of its commands."""
    add_commands()
    return typer.main.get_command(app)


def check_linernotes(words: list[str]) -> None:
    """Every command and option is there; arguments are whatever the guide likes."""
    group = program()
    while words and words[0] in getattr(group, "commands", ()):
        group, words = group.commands[words[0]], words[1:]
    assert not hasattr(group, "commands") or not words or _OPEN.search(words[0]) or "|" in words[0], words
    known = {option for parameter in group.params for option in [*parameter.opts, *parameter.secondary_opts]}
    assert {word.split("=")[0] for word in words if word.startswith("--")} <= known


def check_compose(words: list[str]) -> None:
    services = compose()["services"]
    names = [word.partition("=")[0] for word in words if word.partition("=")[0] in services]
    if "run" in words:
        place = words.index("run") + 1
        while words[place].startswith("-"):
            place += 1
        assert words[place] in services
        if words[place] == "cli":
            check_linernotes(words[place + 1 :])
    if "--scale" in words:
        assert names


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_guide_is_there(line):
    words = words_of(line)
    if words[0] == "linernotes":
        check_linernotes(words[1:])
    elif words[0] == "make":
        assert re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.M)
    elif words[:2] == ["docker", "compose"]:
        check_compose(words[2:])
    else:
        assert words[0] in {"podman", "docker"}, "say in this test how such a command is checked"


def test_every_block_is_found_and_every_reason_is_for_a_line():
    fences = sum(len(re.findall(r"^ *```", (ROOT / page).read_text(), re.M)) for page in PAGES)
    assert sum(len(blocks(page)) for page in PAGES) == fences // 2 - 1  # one shows what is said
    assert "linernotes keys list" in BLOCKS
    lines = [line for page in PAGES for block in blocks(page) for line in block]
    assert [begin for begin in NOT_RUN if not any(line.startswith(begin) for line in lines)] == []


def test_the_guide_says_where_each_function_has_gone():
    table = GUIDE[GUIDE.index("### Where the services") : GUIDE.index("## When something")]
    assert {name for name in compose()["services"] if f"`{name}`" in table} >= {
        "download",
        "split",
        "parse-chunk",
        "load-table",
        "load-graph",
        "finish",
        "derive",
    }
