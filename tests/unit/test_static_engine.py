"""The engine without torch: the mean of token vectors, whatever the batch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from functions.embed.engines import static
from functions.embed.engines.choose import engine_of, open_engine
from functions.embed.engines.engine import ModelMissing
from functions.embed.engines.static import open_static
from functions.runtime.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["Trip hop from Bristol", "坂本龍一 & Yellow Magic Orchestra", "", "  ", "Ænima: 1996, Щит", "x" * 5_000]


def test_a_text_is_the_mean_of_its_tokens_and_of_length_1() -> None:
    engine = open_static()
    vectors = engine.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), engine.dimensions) == (6, 244)
    for place in (0, 1, 4):
        encoded = engine._tokenizer.encode(TEXTS[place], add_special_tokens=False)
        mean = engine._table[encoded.ids].astype("float32").mean(axis=0)
        assert abs(vectors[place] @ (mean / (mean @ mean) ** 0.5) - 1) < 1e-5
    assert [round(float(vector @ vector), 5) for vector in vectors] == [1, 1, 0, 0, 1, 1]


def test_a_vector_does_not_depend_on_the_texts_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    together = open_static().embed(TEXTS)
    monkeypatch.setattr(static, "_KEPT", 4)  # words are forgotten in between
    engine = open_static()
    for text, vector in zip(TEXTS, together, strict=True):
        assert (engine.embed([text])[0] == vector).all()
    assert engine.embed([]).shape == (0, 244)


def test_what_is_alike_is_nearer() -> None:
    asked, near, far = open_static().embed(
        ["sad slow songs with strings", "Melancholic ballads, orchestra", "Speed metal"]
    )
    assert asked @ near > asked @ far


def test_a_model_that_is_not_here_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(static, "_WHEEL", "wordllama_of_nobody")
    with pytest.raises(ModelMissing, match="wordllama_of_nobody is not installed: run `make setup`"):
        open_static()
    monkeypatch.undo()
    monkeypatch.setattr(static, "_TABLE", "none.safetensors")
    with pytest.raises(ModelMissing, match="cannot be read"):
        open_static()


def test_one_engine_is_read_once_in_a_process(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path))
    assert engine_of(settings) is engine_of(settings) is open_engine("static", "")


def test_processes_that_embed_nothing_import_no_model() -> None:
    """The fork server imports every function, and what it has every process has."""
    script = (
        "import sys\nfrom functions.registry import FUNCTIONS\n"
        "for spec in FUNCTIONS: spec.load(), spec.load_hooks()\n"
        "for spec in FUNCTIONS.derivations: spec.code and spec.load(), spec.load_assemble(), spec.load_noted()\n"
        "import gateway.app\n"
        "print({'numpy', 'tokenizers', 'wordllama', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
