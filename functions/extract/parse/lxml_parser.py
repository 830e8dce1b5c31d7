"""The lxml engine: one record's bytes to its struct.

What the model does not know is noted in the drift counter, never dropped unseen. What makes no document raises
`BadRecord` with a reason for the quarantine.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from lxml import etree

from functions.extract.limits.schema_drift import REPLACED_CHARACTERS, Unknown
from functions.extract.records.quarantine import Reason
from functions.extract.records.record import Record
from functions.extract.records.replaced_characters import without_nul
from functions.extract.records.xml_mapping import SHAPES, BadNumber, Reader, Shape, TooLong, plain, short
from functions.runtime.entities import Entity

#: Sub-tracks nest one level deep in the format; deeper ones are kept up to here.
_MAX_DEPTH = 32
#: Drift is a report, not a store: names past this many are counted together.
_MAX_NAMES = 200


class BadRecord(Exception):
    """A record that makes no document. `reason` is one of the quarantine's."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Parser:
    """Parses records of one entity.

    Attributes:
        drift: what the model does not know, as in `track@foo` or `release/bar`, and how often it occurred; characters
            that became U+FFFD are counted under `replaced characters`.
        examples: the id of the first record that has it, as `note_example` was told.
    """

    def __init__(self, entity: Entity) -> None:
        self._shape = SHAPES[entity]
        self._xml = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            huge_tree=True,
            load_dtd=False,
            remove_comments=True,  # else a text ends at the comment within it
            remove_pis=True,
        )
        self.drift: Counter[str] = Counter()
        self.examples: dict[str, int] = {}

    def parse(self, data: bytes) -> Record:
        """The document of a record's bytes.

        Raises:
            BadRecord: the bytes are not UTF-8, not well-formed, nest too deep, lack a usable id or number, or have a
                name of pages.
        """
        root = self._root(data)
        if root.tag != self._shape.name:
            raise BadRecord("not-well-formed", f"<{root.tag}> where <{self._shape.name}> was expected")
        try:
            values = self._values(root, self._shape, 0)
        except BadNumber as error:
            raise BadRecord("bad-number", str(error)) from error
        except TooLong as error:
            raise BadRecord("too-long", str(error)) from error
        if "id" not in values:
            raise BadRecord("no-id", "the record states no id")
        made: Record = self._shape.struct(**values)  # type: ignore[assignment]
        return made

    def note_example(self, number: int) -> None:
        """The record of this id was the last one parsed: it is the example of whatever is new in the drift."""
        if len(self.examples) < len(self.drift):
            self.examples = {name: self.examples.get(name, number) for name in self.drift}

    def unknown(self) -> dict[str, Unknown]:
        """The drift with an example for each name."""
        return {name: Unknown(times, self.examples.get(name, 0)) for name, times in self.drift.items()}

    def _root(self, data: bytes) -> Any:
        try:
            data.decode()
        except UnicodeDecodeError as error:
            raise BadRecord("not-utf-8", f"byte {error.start} is not UTF-8") from error
        try:
            return etree.fromstring(data, self._xml)
        except etree.XMLSyntaxError as error:
            mended, count = without_nul(data)
            if not count:
                raise BadRecord("not-well-formed", str(error.msg)) from error
        try:
            root = etree.fromstring(mended, self._xml)
        except etree.XMLSyntaxError as error:
            raise BadRecord("not-well-formed", str(error.msg)) from error
        self.drift[REPLACED_CHARACTERS] += count
        return root

    def _values(self, element: Any, shape: Shape, depth: int) -> dict[str, Any]:
        """The fields that an element states; empty ones are left out.

        Nine of ten children are leaves: theirs is the inner loop of the engine, so it is written out here, and names
        for the drift are made only where something is noted.
        """
        values: dict[str, Any] = {}
        if element.attrib:
            for name, text in element.items():
                self._put(values, shape.attributes.get(name), text, shape.name, "@", name)
        if shape.own:
            self._put(values, shape.own, self._text(element, shape.name), shape.name)
            return values
        self._stray(element.text, shape.name)
        leaves = shape.leaves
        for child in element:
            tag, tail = child.tag, child.tail
            leaf = leaves.get(tag)
            if leaf is None:
                self._child(values, child, shape, depth)
            elif len(child) or child.attrib or leaf[0] in values:
                self._odd_leaf(values, child, shape)
            elif text := child.text:
                values[leaf[0]] = leaf[1](text)
            if tail:
                self._stray(tail, shape.name)
        return values

    def _odd_leaf(self, values: dict[str, Any], child: Any, shape: Shape) -> None:
        """A leaf with attributes or children, or one that repeats."""
        known = shape.child_attributes.get(child.tag, {})
        for name, text in child.items():
            self._put(values, known.get(name), text, child.tag, "@", name)
        self._put(values, shape.leaves[child.tag], self._text(child, child.tag), shape.name, "/", child.tag)

    def _child(self, values: dict[str, Any], child: Any, shape: Shape, depth: int) -> None:
        tag = child.tag
        if tag in shape.lists:
            key, item_tag, item_shape = shape.lists[tag]
            items = self._items(child, item_tag, item_shape, depth, paired=tag in shape.pairs)
            self._put_list(values, key, items, f"{shape.name}/{tag}")
        elif tag in shape.texts:
            key, item_tag = shape.texts[tag]
            reader = short if tag in shape.short_texts else plain
            self._put_list(values, key, self._texts(child, item_tag, reader), f"{shape.name}/{tag}")
        elif tag in shape.single:
            key, single = shape.single[tag]
            inner = self._values(child, single, depth)
            self._put_list(values, key, single.struct(**inner) if inner else None, f"{shape.name}/{tag}")
        else:
            self._note(f"{shape.name}/{tag}")

    def _items(self, element: Any, tag: str, shape: Shape, depth: int, *, paired: bool) -> list[Any]:
        """The structs of a list. In old dumps each `<name>` of a member has an `<id>` before it."""
        if depth > _MAX_DEPTH:
            raise BadRecord("too-deep", f"<{element.tag}> nests deeper than {_MAX_DEPTH} levels")
        self._container(element)
        items, before = [], None
        for child in element:
            if tail := child.tail:
                self._stray(tail, element.tag)
            if child.tag == tag:
                values = self._values(child, shape, depth + 1)
                if before is not None and values.setdefault("id", before) != before:
                    self._note(f"{element.tag}/id contradicted")
                if values:
                    items.append(shape.struct(**values))
                before = None
            elif paired and child.tag == "id" and (text := self._plain_text(child)):
                items.extend([shape.struct(id=before)] if before is not None else [])
                before = shape.attributes["id"][1](text)
            else:
                self._note(f"{element.tag}/{child.tag}")
        items.extend([shape.struct(id=before)] if before is not None else [])
        return items

    def _texts(self, element: Any, tag: str, reader: Reader) -> list[str]:
        self._container(element)
        texts = []
        for child in element:
            if tail := child.tail:
                self._stray(tail, element.tag)
            if child.tag != tag:
                self._note(f"{element.tag}/{child.tag}")
            elif text := self._plain_text(child):
                texts.append(reader(text))
        return texts

    def _plain_text(self, element: Any) -> str:
        """The text of an element that has no attributes."""
        for name in element.keys():  # noqa: SIM118 - an element iterates over its children
            self._note(f"{element.tag}@{name}")
        return self._text(element, element.tag)

    def _text(self, element: Any, name: str) -> str:
        for child in element:
            self._note(f"{name}/{child.tag}")
            self._stray(child.tail, name)
        return element.text or ""

    def _container(self, element: Any) -> None:
        if element.attrib:
            for name in element.keys():  # noqa: SIM118 - an element iterates over its children
                self._note(f"{element.tag}@{name}")
        self._stray(element.text, element.tag)

    def _put(self, values: dict[str, Any], place: tuple[str, Reader] | None, text: str, *name: str) -> None:
        if not text:
            return
        if place is None or place[0] in values:
            self._note("".join(name) if place is None else f"{''.join(name)} repeated")
        else:
            values[place[0]] = place[1](text)

    def _put_list(self, values: dict[str, Any], key: str, items: Any, name: str) -> None:
        if not items:
            return
        if key in values:
            self._note(f"{name} repeated")
        else:
            values[key] = items

    def _stray(self, text: str | None, name: str) -> None:
        if text and not text.isspace():
            self._note(f"{name} text")

    def _note(self, name: str) -> None:
        if name not in self.drift and len(self.drift) >= _MAX_NAMES:
            name = "other names"
        self.drift[name] += 1
