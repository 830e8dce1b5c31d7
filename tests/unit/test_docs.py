"""What is generated says what the code says; what is written by hand is complete, and its links lead somewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.operations.health import CHECKS
from functions.operations.idle_reasons import KINDS as REASONS
from functions.operations.needs import KINDS as NEEDS
from infra.generate_docs import DOCS, generated

ROOT = DOCS.parent
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.glob("*.md")])
LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}


def calls() -> Iterator[ast.Call]:
    """Every call in the code of the product."""
    for folder in ("functions", "gateway", "infra"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def event_kinds() -> set[str]:
    """The kinds of events that are named where they are noted; others are put together there."""
    return {
        call.args[1].value
        for call in calls()
        if isinstance(call.func, ast.Name) and call.func.id in {"add_event", "_announce"} and len(call.args) > 1
        if isinstance(call.args[1], ast.Constant) and isinstance(call.args[1].value, str)
    }


def log_fields() -> set[str]:
    """The fields that lines of the log are given, save the traceback."""
    lines = [
        call
        for call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS
        if isinstance(call.func.value, ast.Name) and call.func.value.id in {"log", "_log"}
    ]
    return {keyword.arg for line in lines for keyword in line.keywords if keyword.arg} - {"exc_info"}


@pytest.mark.parametrize(("path", "text"), generated().items(), ids=lambda value: getattr(value, "name", ""))
def test_a_generated_document_is_as_the_code_makes_it(path, text):
    assert path.read_text(encoding="utf-8") == text, "run `make docs`"


@pytest.mark.parametrize("names", [event_kinds, log_fields])
def test_the_reference_names_every_event_and_every_field_of_a_log_line(names):
    named = set(re.findall(r"`([^`\n]+)`", (DOCS / "events.md").read_text(encoding="utf-8")))
    assert names() - named == set()


def test_operations_explain_every_reason_every_need_and_every_check():
    named = set(re.findall(r"`([^`\n]+)`", (DOCS / "operations.md").read_text(encoding="utf-8")))
    with_places = {"schedule": "schedule NAME", "disk": "disk PLACE"}
    checks = {with_places.get(name, name) for name in CHECKS}
    assert {*REASONS, *NEEDS, *checks} - named == set()


def texts(path: Path) -> Iterator[str]:
    """Pieces of text in code, of two words at least, save docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            piece = node.value.strip(" ,;:.")
            if " " in piece:
                yield piece


def section(heading: str) -> str:
    """A section of the operations' document, those below it among it."""
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    return text.partition(f"\n{heading}\n")[2].partition("\n## ")[0]


def test_operations_explain_every_first_line():
    explained = section("## What the sentences mean")
    reasons = {  # told in full where they stand
        "was scaled to", "has no worker", "messages for", "are lost, and will be sent again",
        "waits for a lock that another holds", "what", "has failed at is tried again later",
    }  # fmt: skip
    said = set(texts(ROOT / "functions" / "operations" / "headline.py")) - reasons
    assert len(said) > 15
    assert {piece for piece in said if piece.casefold() not in explained.casefold()} == set()


def test_operations_explain_what_is_marked_on_the_pages():
    explained = section("## What the sentences mean").partition("### What is marked on the pages")[2]
    pages = ROOT / "gateway" / "pages"
    script = (pages / "static" / "operations.js").read_text(encoding="utf-8")
    said = re.findall(r"told\(false, `([a-z ]+)", script) + re.findall(r': "(not connected[^"]+)"', script)
    templates = (pages / "templates" / "operations").glob("*.html")
    marks = re.findall(r'class="(?:bad|warn)-text"[^>]*>([a-z][a-z 0-9]+)<', "".join(map(Path.read_text, templates)))
    assert len(said) >= 2
    assert marks
    assert [piece for piece in [*said, *marks] if piece.strip() not in explained] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_documents_leads_somewhere(page: Path):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if "://" not in target and not (page.parent / target).exists()]
    assert missing == []


def test_the_index_names_every_document():
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in DOCS.glob("*.md") if page.name != "README.md" and f"({page.name})" not in index] == []


def test_the_readme_stays_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 120
