"""From the logits of the next token to the distribution that it is drawn from. All in NumPy: `[B, V]` to `[B, V]`."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from ..config import is_number


def softmax(scores: Any) -> Any:
    """exp(x) / Σ exp(x) over the last dimension, in float64."""
    p = np.exp(scores.astype(np.float64) - scores.max(-1, keepdims=True))
    return p / p.sum(-1, keepdims=True)


def log_softmax(scores: Any) -> Any:
    """The logarithm of `softmax`, in the dtype of the scores."""
    shifted = scores - scores.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True, dtype=np.float64)).astype(scores.dtype)


def penalise_repetition(scores: Any, sequences: list[list[int]], penalty: float) -> Any:
    """Scores of tokens that are in the sequence already divided by `penalty` if positive, multiplied if negative.

    Source:
        Keskar et al., CTRL: a conditional transformer language model for controllable generation, 2019.
    """
    scores = scores.copy()
    with np.errstate(over="ignore"):  # to -inf: never again
        for row, ids in zip(scores, sequences):
            seen = np.unique(ids)
            row[seen] = np.where(row[seen] < 0, row[seen] * penalty, row[seen] / penalty)
    return scores


def divide(scores: Any, temperature: float) -> Any:
    """(scores - their maximum) / temperature: the same distribution as scores / temperature, which might overflow."""
    least = np.finfo(scores.dtype).tiny  # a temperature below it would be 0
    with np.errstate(over="ignore"):
        return (scores - scores.max(-1, keepdims=True)) / scores.dtype.type(max(temperature, least))


def keep_top_k(scores: Any, k: int) -> Any:
    """Scores lower than the k-th largest at -inf."""
    k = min(k, scores.shape[-1])
    least = np.partition(scores, -k, -1)[:, -k, None]
    return np.where(scores < least, -np.inf, scores)


def keep_top_p(scores: Any, p: float) -> Any:
    """All at -inf but the fewest tokens, the most probable first, whose probabilities reach `p` together.

    Source:
        Holtzman et al., The curious case of neural text degeneration, 2020.
    """
    order = np.argsort(scores, -1, kind="stable")
    drop = np.cumsum(softmax(np.take_along_axis(scores, order, -1)), -1) <= 1 - p
    drop[:, -1] = False
    scores = scores.copy()
    np.put_along_axis(scores, order, np.where(drop, -np.inf, np.take_along_axis(scores, order, -1)), -1)
    return scores


def keep_min_p(scores: Any, p: float) -> Any:
    """Tokens less probable than `p` times the most probable one at -inf.

    Source:
        Nguyen et al., Turning up the heat: min-p sampling for creative and coherent LLM outputs, 2024.
    """
    return np.where(scores < scores.max(-1, keepdims=True) + np.log(p), -np.inf, scores) if p > 0 else scores


def draw(scores: Any, rng: np.random.Generator) -> Any:
    """One token per row, with the probabilities softmax(scores): int64 `[B]`. Takes one number per row from `rng`."""
    reach = np.cumsum(softmax(scores), -1)
    wanted = rng.random(len(scores)) * reach[:, -1]
    return np.array([np.searchsorted(row, u, "right") for row, u in zip(reach, wanted)])


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How the next token is chosen; the arguments of `generate` of the same names.

    Raises:
        ValueError: if a number is out of range, or set where it has no effect.
    """

    do_sample: bool = False
    temperature: float = 1.0
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repetition_penalty: float = 1.0

    def __post_init__(self) -> None:
        if not is_number(self.temperature) or not 0 < self.temperature < np.inf:
            raise ValueError(
                f"generate: temperature must be positive and finite, got {self.temperature!r}; "
                f"leave do_sample=False for the most probable token"
            )
        if self.top_k is not None and (not is_number(self.top_k, Integral) or self.top_k < 0):
            raise ValueError(f"generate: top_k must be a positive int, or 0 or None for all tokens, got {self.top_k!r}")
        if self.top_p is not None and (not is_number(self.top_p) or not 0 < self.top_p <= 1):
            raise ValueError(f"generate: top_p must be in (0, 1], got {self.top_p!r}")
        if self.min_p is not None and (not is_number(self.min_p) or not 0 <= self.min_p <= 1):
            raise ValueError(f"generate: min_p must be in [0, 1], got {self.min_p!r}")
        if not is_number(self.repetition_penalty) or not 0 < self.repetition_penalty < np.inf:
            raise ValueError(
                f"generate: repetition_penalty must be positive and finite, got {self.repetition_penalty!r}"
            )
        if not self.do_sample:
            for name, off in (("temperature", 1.0), ("top_k", 0), ("top_p", 1.0), ("min_p", 0.0)):
                if getattr(self, name) not in (None, off):
                    raise ValueError(f"generate: {name} has no effect without do_sample=True")

    def penalised(self, scores: Any, sequences: list[list[int]]) -> Any:
        """The scores with repetition penalised."""
        if self.repetition_penalty == 1.0:
            return scores
        return penalise_repetition(scores, sequences, self.repetition_penalty)

    def scores(self, logits: Any, sequences: list[list[int]]) -> Any:
        """The logits as they are sampled from: penalised, divided by the temperature, then cut by top-k, top-p, min-p."""
        scores = self.penalised(logits, sequences)
        if self.temperature != 1.0:
            scores = divide(scores, self.temperature)
        if self.top_k:
            scores = keep_top_k(scores, self.top_k)
        if self.top_p is not None and self.top_p < 1:
            scores = keep_top_p(scores, self.top_p)
        return scores if self.min_p is None else keep_min_p(scores, self.min_p)
