"""Fuzzing: records are damaged at random, and both engines have to make the same of them, parsed and cut.

python -m tests.fuzz_native --seconds 120 [--seed 1]     exit 0: no difference; 1: some, kept in tests/unit/regressions

Damage begins at the goldens, at generated records and, where `LINERNOTES_SAMPLES` names a folder of dumps, at real
ones. A crash of the native engine ends this process; the records of the round are then in `last-round.pickle`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import pickle
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from functions.extract.xml_stream.record_scanner import RecordScanner
from functions.runtime.entities import ENTITIES, Entity
from infra.synth import write_dump
from tests.unit.engines import compressed, cut_by_lxml, cut_by_native, parsed_by_lxml, parsed_by_native
from tests.unit.odd_xml import damaged

UNIT = Path(__file__).parent / "unit"
REGRESSIONS = UNIT / "regressions"
LAST_ROUND = Path(tempfile.gettempdir()) / "last-round.pickle"
_ROUND = 100
_LIMIT = 20_000
_BETWEEN = [b"", b"\n", b" ", b"stray", b"<!-- c -->", b"<", b"</x>", b"<sublabels>", b"</sublabels>", b"<label>"]

Seeds = dict[Entity, list[bytes]]


def main() -> int:
    """Fuzz for the given time; 1 if the engines differed."""
    arguments = _arguments()
    chance = random.Random(arguments.seed)
    seeds = gathered()
    until = time.monotonic() + arguments.seconds
    records = undecided = streams = differences = 0
    while time.monotonic() < until:
        entity = chance.choice(ENTITIES)
        cases = [damaged(chance.choice(seeds[entity]), chance) for _ in range(_ROUND)]
        LAST_ROUND.write_bytes(pickle.dumps((entity, cases)))
        found, odd = parsed_by_native(entity, cases)
        if found != parsed_by_lxml(entity, cases):
            differences += sum(keep(entity, case, differ) for case in cases if differ(entity, case))
        xml = stream(entity, cases, chance)
        if cut_differs(entity, xml):
            differences += keep(entity, xml, cut_differs)
        records, undecided, streams = records + len(cases), undecided + odd, streams + 1
    LAST_ROUND.unlink(missing_ok=True)
    print(
        f"{records:,} records, {undecided / max(1, records):.0%} of them left to lxml, and {streams:,} streams: ",
        end="",
    )
    print(f"{differences} differences (seed {arguments.seed})")
    return 1 if differences else 0


def gathered() -> Seeds:
    """What damage is done to."""
    seeds: Seeds = {entity: [] for entity in ENTITIES}
    for path in sorted((UNIT / "goldens").glob("*.xml")):
        xml = path.read_bytes()
        entity = next(entity for entity in ENTITIES if xml.startswith(f"<{entity}>".encode()))
        seeds[entity] += pieces(entity, xml)
    for folder in _dumps():
        for path in sorted(folder.rglob("*.xml.gz")):
            entity = next(entity for entity in ENTITIES if path.name.endswith(f"_{entity}.xml.gz"))
            with gzip.open(path) as file:
                seeds[entity] += pieces(entity, file.read(3_000_000))[:400]
    return seeds


def _dumps() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        write_dump(Path(folder), releases=300, seed=1, damage=True)
        yield Path(folder)
    if samples := os.environ.get("LINERNOTES_SAMPLES"):
        yield Path(samples)


def pieces(entity: Entity, xml: bytes) -> list[bytes]:
    return [
        piece.data for piece in RecordScanner(entity, 10**6).pieces([xml]) if piece.data and len(piece.data) < _LIMIT
    ]


def differ(entity: Entity, case: bytes) -> bool:
    return parsed_by_native(entity, [case])[0] != parsed_by_lxml(entity, [case])


def stream(entity: Entity, cases: list[bytes], chance: random.Random) -> bytes:
    body = b"".join(case + chance.choice(_BETWEEN) for case in chance.sample(cases, 20))
    xml = b"<%b>%b</%b>\n" % (entity.encode(), body, entity.encode())
    return damaged(xml, chance) if chance.random() < 0.2 else xml


def cut_differs(entity: Entity, xml: bytes) -> bool:
    """Whether they cut it differently, where the lxml engine's cut does not depend on the chunks that it gets."""
    expected = cut_by_lxml(entity, xml, _LIMIT)
    if expected != cut_by_lxml(entity, xml, _LIMIT, 50 + len(xml) % 5_000):
        return False
    return cut_by_native(entity, compressed(xml, 1 + len(xml) % 3), _LIMIT) != expected


def keep(entity: Entity, data: bytes, apart: Callable[[Entity, bytes], bool]) -> int:
    """Keep what set the engines apart, made small; the tests of both engines read it from now on."""
    small = reduced(data, lambda part: apart(entity, part))
    REGRESSIONS.mkdir(exist_ok=True)
    kind = "record" if apart is differ else "stream"
    path = REGRESSIONS / f"{entity}-{hashlib.sha256(small).hexdigest()[:12]}.{kind}"
    path.write_bytes(small)
    print(f"the engines differ: {path}")
    return 1


def reduced(data: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Less of the data that still fails: stretches go as long as any may go."""
    width = len(data) // 2
    while width:
        before = len(data)
        for at in range(len(data) - width, -1, -width):
            if fails(shorter := data[:at] + data[at + width :]):
                data = shorter
        width = width if len(data) < before else width // 2
    return data


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
