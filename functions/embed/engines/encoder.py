"""The sentence encoder all-MiniLM-L6-v2, computed by numpy: the vectors of sentence-transformers without torch's 5 GB.

It is BERT (https://arxiv.org/abs/1810.04805): in each of six layers every token looks at all others of its text, then
goes through a net by itself; what comes of either is added to what went in. A text's vector is the mean of its tokens'.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from functions.embed.engines.tensors import read_tensors

#: Texts that are computed together: of like lengths, so that little is padded.
_TOGETHER: Final = 32
#: What a place without a token is given to be looked at by: nothing is left of it.
_NOBODY: Final = -1e9
#: The error function to 1.5e-7: Abramowitz and Stegun, 7.1.26.
_ERF_P: Final = 0.3275911
_ERF: Final = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)


class Encoder:
    """The model in a folder: its weights stay in the file until they are looked at."""

    def __init__(self, folder: Path) -> None:
        import numpy as np
        from tokenizers import Tokenizer

        self._np = np
        form = json.loads((folder / "config.json").read_bytes())
        self.dimensions = int(form["hidden_size"])
        self._heads, self._layers = int(form["num_attention_heads"]), int(form["num_hidden_layers"])
        self._least = float(form["layer_norm_eps"])
        self._weights = read_tensors(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(
            json.loads((folder / "sentence_bert_config.json").read_bytes())["max_seq_length"]
        )
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Any:
        """Vectors of length 1, as an array of shape (texts, dimensions), float32."""
        np = self._np
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        tokens = [one.ids for one in self._tokenizer.encode_batch_fast(list(texts))]
        by_length = sorted(range(len(texts)), key=lambda place: len(tokens[place]))
        for first in range(0, len(texts), _TOGETHER):
            places = by_length[first : first + _TOGETHER]
            vectors[places] = self._means([tokens[place] for place in places])
        return vectors

    def _means(self, tokens: Sequence[Sequence[int]]) -> Any:
        """The means of some texts' tokens."""
        np, longest = self._np, max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        there = np.zeros((len(tokens), longest, 1), dtype=np.float32)
        for place, own in enumerate(tokens):
            ids[place, : len(own)], there[place, : len(own)] = own, 1
        unseen = ((1 - there) * _NOBODY).transpose(0, 2, 1)[:, None]
        states = self._embedded(ids)
        for layer in range(self._layers):
            states = self._layer(f"encoder.layer.{layer}", states, unseen)
        sums = (states * there).sum(axis=1)
        return sums / np.linalg.norm(sums, axis=1, keepdims=True)

    def _embedded(self, ids: Any) -> Any:
        words, places, kinds = (
            self._weights[f"embeddings.{name}_embeddings.weight"] for name in ("word", "position", "token_type")
        )
        return self._normal("embeddings", words[ids] + places[: ids.shape[1]] + kinds[0])

    def _layer(self, name: str, states: Any, unseen: Any) -> Any:
        seen = self._dense(f"{name}.attention.output", self._attention(f"{name}.attention.self", states, unseen))
        states = self._normal(f"{name}.attention.output", states + seen)
        inner = self._gelu(self._dense(f"{name}.intermediate", states))
        return self._normal(f"{name}.output", states + self._dense(f"{name}.output", inner))

    def _attention(self, name: str, states: Any, unseen: Any) -> Any:
        """Of each token the mean of all, by how much it looks at each: in each of the heads by other measures."""
        np, (texts, longest, width) = self._np, states.shape
        query, key, value = (
            self._linear(f"{name}.{what}", states).reshape(texts, longest, self._heads, -1).transpose(0, 2, 1, 3)
            for what in ("query", "key", "value")
        )
        looks = query @ key.transpose(0, 1, 3, 2) / math.sqrt(width // self._heads) + unseen
        looks = np.exp(looks - looks.max(axis=-1, keepdims=True))
        looks /= looks.sum(axis=-1, keepdims=True)
        return (looks @ value).transpose(0, 2, 1, 3).reshape(texts, longest, width)

    def _dense(self, name: str, states: Any) -> Any:
        return self._linear(f"{name}.dense", states)

    def _linear(self, name: str, states: Any) -> Any:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _normal(self, name: str, states: Any) -> Any:
        centred = states - states.mean(axis=-1, keepdims=True)
        spread = self._np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + self._least)
        return centred / spread * self._weights[f"{name}.LayerNorm.weight"] + self._weights[f"{name}.LayerNorm.bias"]

    def _gelu(self, states: Any) -> Any:
        np = self._np
        size = np.abs(states) / math.sqrt(2)
        step = 1 / (1 + _ERF_P * size)
        sums = np.zeros_like(step)
        for factor in _ERF:
            sums = (sums + np.float32(factor)) * step
        erf = np.copysign(1 - sums * np.exp(-size * size), states)
        return states * (1 + erf) / 2
