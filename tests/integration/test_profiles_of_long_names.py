"""Names that together are longer than what an index takes: the rest of the profiles is made all the same."""

from __future__ import annotations

from pathlib import Path
from random import Random

from functions.runtime.settings import Settings
from tests.integration.pipeline import APRIL, open_pipeline, release, write_dump


def long_name(seed: int) -> str:
    """As long as a name may be, and nothing that can be pressed together."""
    return "".join(map(chr, Random(seed).choices(range(0x20000, 0x2A6D0), k=500)))


def test_pairs_of_long_names_are_left_out_and_verify_expects_none(settings: Settings, tmp_path: Path) -> None:
    genre, one, other = (long_name(seed) for seed in range(3))
    odd = release(1, f"<country>{genre}</country><released>1990</released>").replace("Rock", genre)
    odd = odd.replace("<style>Indie</style>", f"<style>{one}</style><style>{other}</style><style>Indie</style>")
    with open_pipeline(settings) as pipeline:
        pipeline.empty_tables()
        source = write_dump(tmp_path, APRIL, {"releases": [odd, release(2)]})
        assert pipeline.load(source, APRIL, only_store="table").state == "done"
        found = pipeline.query(
            "SELECT topic, name, dimension, value FROM profiles "
            "WHERE topic IN ('genre', 'style') AND dimension IN ('genre', 'style')"
        )
        assert set(found) == {
            ("genre", "Rock", "style", "Indie"),
            ("style", "Indie", "genre", "Rock"),
            ("genre", genre, "style", "Indie"),
            ("style", "Indie", "genre", genre),
            *(("style", name, "style", "Indie") for name in (one, other)),
            *(("style", "Indie", "style", name) for name in (one, other)),
        }
        assert ("style", "Indie", "country", genre) in pipeline.query(
            "SELECT topic, name, dimension, value FROM profiles"
        )
        assert ("style", one, "year", "1990") in pipeline.query("SELECT topic, name, dimension, value FROM profiles")
        assert not {"facts", "profiles"} & set(pipeline.differences(source, APRIL))
