"""What pages bring along, as it is sent: within the budgets of a page for whoever comes for the first time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.pages.render import environment
from gateway.pages.static_files import load

#: Bytes, compressed.
STYLES, MODULES = 15_000, 30_000

FOLDER = Path(__file__).resolve().parents[2] / "gateway" / "pages"
_NAMED = re.compile(r"static\('([\w.-]+)'\)")
_INHERITED = re.compile(r"{%-? *(?:extends|include|import|from) *\"([\w./-]+)\"")
_IMPORTED = re.compile(r"(?:import|from) *\(?[\"']\./([\w.-]+)[\"']")


def sent(name: str) -> int:
    file = load(name)
    return len(file.packed or file.content)


def named_by(template: str) -> set[str]:
    """The static files that a template and those it is made of name."""
    source = (FOLDER / "templates" / template).read_text(encoding="utf-8")
    found = set(_NAMED.findall(source))
    for other in _INHERITED.findall(source):
        found |= named_by(other)
    return found


def with_imports(modules: set[str]) -> set[str]:
    """Modules and all that they import, at once or later."""
    found: set[str] = set()
    more = set(modules)
    while more:
        found |= more
        sources = [(FOLDER / "static" / name).read_text(encoding="utf-8") for name in more]
        more = {name for source in sources for name in _IMPORTED.findall(source)} - found
    return found


PAGES = [
    name
    for name in environment().list_templates(["html"])
    if "{% extends" in (FOLDER / "templates" / name).read_text(encoding="utf-8")
]


@pytest.mark.parametrize("template", PAGES)
def test_a_page_keeps_its_budgets(template: str) -> None:
    own = {name for name in named_by(template) if (FOLDER / "static" / name).exists()}
    styles = {name for name in own if name.endswith(".css")}
    modules = with_imports({name for name in own if name.endswith(".js")})
    assert {"linernotes.css"} <= styles, "every page has the one stylesheet"
    assert sum(map(sent, styles)) <= STYLES
    assert sum(map(sent, modules)) <= MODULES


def test_files_are_sent_compressed() -> None:
    for path in (FOLDER / "static").iterdir():
        if path.suffix in {".css", ".js"} and path.stat().st_size > 1_500:
            assert sent(path.name) < path.stat().st_size / 2, path.name
