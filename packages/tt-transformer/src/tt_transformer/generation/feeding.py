"""The model's side of generation: a batch of growing sequences, and the logits of their next tokens."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import repeat
from typing import Any, Protocol, runtime_checkable

import numpy as np
from tt_autograd import no_grad
from tt_nn import Module
from tt_tensor import from_numpy

from ..cache import Cache


@runtime_checkable
class LanguageModel(Protocol):
    """What `generate` needs of a model; `GPT`, `Llama` and every `Decoder` have it.

    Attributes:
        context: how many tokens it looks at, at most.
        vocab_size: the number of tokens.

    Examples:
        >>> from tt_tensor import eye
        >>> from tt_transformer import generate
        >>> class Successor:  # after each token comes the next number
        ...     context, vocab_size = 8, 10
        ...     def __call__(self, ids, *, attention_mask=None, cache=None, logits_to_keep=0):
        ...         return eye(10)[(ids[:, -logits_to_keep:] + 1) % 10]
        >>> generate(Successor(), [3], max_new_tokens=4).ids
        [[4, 5, 6, 7]]
    """

    @property
    def context(self) -> int:
        """How many tokens it looks at, at most."""
        ...

    @property
    def vocab_size(self) -> int:
        """The number of tokens."""
        ...

    def __call__(self, ids: Any, *, attention_mask: Any, cache: Cache | None, logits_to_keep: int) -> Any:
        """Ids `[B, T]` to logits `[B, logits_to_keep, vocab_size]`: see `Decoder.forward`."""
        ...


class Feed:
    """Sequences of a batch, padded on the left so that all end together.

    Attributes:
        ids: int64, `[B, n]`.
        keep: bool, `[B, n]`: False where there is padding.
    """

    def __init__(self, model: LanguageModel, prompts: list[list[int]], cache: Cache | None) -> None:
        self.model, self.cache = model, cache
        self.held = 0  # so many tokens are in the cache
        n = max(map(len, prompts))
        self.ids, self.keep = np.zeros((len(prompts), n), np.int64), np.zeros((len(prompts), n), bool)
        for k, prompt in enumerate(prompts):
            self.ids[k, n - len(prompt) :], self.keep[k, n - len(prompt) :] = prompt, True

    def logits(self) -> Any:
        """The logits of each next token, `[B, V]`.

        The model sees the last `context` tokens. Once there are more, a cache is of no use: each token that moves out of sight
        changes the positions of all others, and what was computed from it.
        """
        n, context = self.ids.shape[1], self.model.context
        seen = 0
        if self.cache is not None:
            if self.cache.length != self.held:
                raise ValueError(
                    f"generate: the cache holds {self.cache.length} tokens, but {self.held} are from here; "
                    "give each generation a cache of its own"
                )
            if n > context:
                self.cache.reset()
            seen = self.cache.length
        first = max(0, n - context)
        keep = self.keep[:, first:]
        with no_grad(), evaluating(self.model):
            out = self.model(
                from_numpy(np.ascontiguousarray(self.ids[:, first + seen :])),
                attention_mask=None if keep.all() else from_numpy(keep),
                cache=self.cache,
                logits_to_keep=1,
            )
        if self.cache is not None:
            self.held = self.cache.length
        logits = out.array[:, -1]
        if not np.isfinite(logits.max(-1)).all():  # NaN, +inf, or -inf for all tokens
            raise ValueError("generate: the model gives NaN or infinity as logits")
        return logits

    def append(self, tokens: Any) -> None:
        """Add one token to each sequence."""
        self.ids = np.concatenate((self.ids, np.reshape(tokens, (-1, 1))), 1)
        self.keep = np.concatenate((self.keep, np.ones((len(self.ids), 1), bool)), 1)

    def reorder(self, rows: Any) -> None:
        """Let sequence i go on from sequence `rows[i]`."""
        self.ids, self.keep = self.ids[rows], self.keep[rows]
        if self.cache is not None and not np.array_equal(rows, np.arange(len(rows))):
            self.cache.reorder(rows)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Within this block the model is in evaluation mode; afterwards each part of it is in the mode that it was in."""
    training = [m for m in model.modules() if m.training] if isinstance(model, Module) else []
    try:
        switch(training, False)
        yield
    finally:
        switch(training, True)


def switch(modules: Sequence[Module], training: bool) -> None:
    """Set the modes in one go that no Ctrl-C interrupts: of a loop it would leave a part of the model in evaluation mode."""
    deque(map(object.__setattr__, modules, repeat("training"), repeat(training)), maxlen=0)
