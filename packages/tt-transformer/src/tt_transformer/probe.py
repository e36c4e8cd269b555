"""Does a model look ahead? The test that every causal model has to pass."""

from typing import Any

import numpy as np
from tt_autograd import no_grad
from tt_tensor import from_numpy
from tt_tensor.generator import Generator, numpy_generator

from .generation.feeding import LanguageModel, evaluating


def causal_leak(
    model: LanguageModel, length: int | None = None, *, batch: int = 2, generator: Generator | None = None
) -> float:
    """How much a change of later tokens changes earlier logits: 0 for a causal model, apart from rounding.

    For each place in random sequences all tokens from there on are replaced, and the logits before it compared.

    Args:
        model: ids `[B, T]` to logits `[B, T, V]`, with `vocab_size` and `context`.
        length: of the sequences; the context, but at most 32, if None.
        batch: how many sequences.
        generator: where the tokens come from; the default generator if None.

    Returns:
        the largest difference, in units of the logits; NaN if the model gives NaN, so that no demand on it holds.

    Raises:
        ValueError: if there are fewer than two places or tokens, where nothing could be told.
        TypeError: if the model has no `context` or `vocab_size`.

    Examples:
        >>> from tt_transformer import GPT, GPTConfig
        >>> model = GPT(GPTConfig(vocab_size=65, n_positions=16, n_embd=32, n_layer=2, n_head=4))
        >>> causal_leak(model) < 1e-5
        True
    """
    if not isinstance(model, LanguageModel):
        raise TypeError(
            f"causal_leak: the model must have context and vocab_size, as GPT and Llama do, got {type(model).__name__}"
        )
    length = min(model.context, 32) if length is None else length
    vocabulary: int = model.vocab_size
    if batch < 1:
        raise ValueError(f"causal_leak: batch must be at least 1, got {batch}")
    if length < 2 or vocabulary < 2:
        raise ValueError(f"causal_leak: needs at least two places and two tokens, got {length} and {vocabulary}")
    rng = numpy_generator(generator)
    ids = rng.integers(0, vocabulary, (batch, length))
    others = (ids + rng.integers(1, vocabulary, ids.shape)) % vocabulary  # another token everywhere

    def logits(ids: Any) -> Any:
        with no_grad(), evaluating(model):
            return model(from_numpy(ids)).array  # type: ignore[call-arg]

    before, worst = logits(ids), 0.0
    for place in range(1, length):
        after = logits(np.concatenate((ids[:, :place], others[:, place:]), 1))
        old, new = before[:, :place], after[:, :place]
        with np.errstate(invalid="ignore"):
            change = np.abs(np.where(new == old, 0, new - old)).max()  # -inf twice is no change
        worst = float(np.maximum(worst, change))  # keeps NaN, unlike `max`
    return worst
