"""A language model: token ids to logits of the next token. GPT and Llama are this, with different settings."""

import math
from collections.abc import Mapping
from numbers import Integral
from typing import Any

import numpy as np
from tt_nn import Dropout, Embedding, Linear, Module, ModuleList, init
from tt_nn.functional import cross_entropy, linear
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.tensor import Tensor as Base

from .blocks import DecoderBlock, Sight, norm
from .cache import Cache
from .config import DecoderConfig, is_number
from .position_layers import ALiBi, LearnedPositions, RotaryEmbedding, SinusoidalPositions
from .positions import rope_kind


class Decoder(Module):
    """Token ids to the logits of each next token: embeddings, blocks, a norm, and a linear layer.

    Args:
        config: the settings.

    Attributes:
        shape: the settings.

    Raises:
        ValueError: if the settings contradict each other.

    Examples:
        >>> from tt_tensor import tensor
        >>> model = Decoder(DecoderConfig(vocab_size=65, context=64, width=32, layers=2, heads=4))
        >>> ids = tensor([[1, 2, 3], [4, 5, 6]])
        >>> model(ids).shape
        torch.Size([2, 3, 65])
        >>> logits, loss = model(ids, targets=ids)
        >>> loss.shape
        torch.Size([])
    """

    positions: Any  # one of the layers of position_layers, if any

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.shape = config
        self.tokens = Embedding(config.vocab_size, config.width)
        if config.position == "learned":
            self.positions = LearnedPositions(config.context, config.width)
        elif config.position == "sinusoidal":
            self.positions = SinusoidalPositions(config.width)
        elif config.position == "rope":
            self.positions = RotaryEmbedding(config.head_width, config.rope_theta, scaling=_scaling(config))
        elif config.position == "alibi":
            self.positions = ALiBi(config.heads)
        self.dropout = Dropout(config.embedding_dropout)
        self.blocks = ModuleList(DecoderBlock(config, layer) for layer in range(config.layers))
        self.norm = norm(config)
        if not config.tied:
            self.head = Linear(config.width, config.vocab_size, bias=False)
        self.reset_parameters()

    @property
    def context(self) -> int:
        """How many tokens the model looks at, at most."""
        return self.shape.context

    @property
    def vocab_size(self) -> int:
        """The number of tokens."""
        return self.shape.vocab_size

    def reset_parameters(self) -> None:
        """Draw the weights anew: normal, with biases 0; smaller for what adds to the residual stream, if so configured."""
        config = self.shape
        small = config.init_std / math.sqrt(2 * config.layers) if config.scaled_init else config.init_std
        for name, module in self.named_modules():
            if isinstance(module, Linear | Embedding | LearnedPositions):
                init.normal_(module.weight, 0.0, small if name.endswith((".out", ".down")) else config.init_std)
                if isinstance(module, Linear) and module.bias is not None:
                    init.zeros_(module.bias)

    def forward(
        self,
        ids: Any,
        targets: Any = None,
        *,
        attention_mask: Any = None,
        position_ids: Any = None,
        cache: Cache | None = None,
        logits_to_keep: int = 0,
    ) -> Any:
        """The logits of each next token; and the mean cross-entropy to `targets`, if these are given.

        Args:
            ids: token ids, int64 or int32, `[B, T]`. With a cache: the new ones.
            targets: the tokens that come next, int64, `[B, T]`; -100 where none counts.
            attention_mask: bool or int, `[B, S]`: 0 for padding, which no other token looks at; or `[B, T, S]`: 0 where a
                token may not look at another, as where several documents stand in a row. S is T, or with a cache the number
                of tokens in it and T.
            position_ids: int64, `[B, T]`: where each token stands; if None 0, 1, …, without the padding that is masked.
            cache: what holds the keys and values of earlier tokens.
            logits_to_keep: how many of the last tokens to compute logits for; 0 for all. Must be 0 with targets.

        Returns:
            `[B, T, vocab_size]`; with targets a pair of that and a scalar.

        Raises:
            IndexError: names an id that is not in the vocabulary.
            ValueError: if the sequence is empty or longer than the context, shapes do not fit, a mask of floats holds other
                numbers than 0 and 1, or there are position_ids where they have no effect.
            DTypeError: if ids are not int64 or int32.
        """
        past = 0 if cache is None else cache.length
        self._check_ids(ids, past)
        self._check_options(ids, targets, position_ids, logits_to_keep)
        B, T = ids.shape
        keep = None if attention_mask is None else _kept(attention_mask, B, T, past + T)
        places = _places(position_ids, keep, B, T, past, self.context)
        x = self.tokens(ids)
        if self.shape.position in ("learned", "sinusoidal"):
            x = self.positions(x, places)
        x = self.dropout(x)
        sight = self._sight(keep, places, T, past, x)
        for block in self.blocks:
            x = block(x, sight, cache)
        if logits_to_keep:
            x = x[:, -logits_to_keep:]
        x = self.norm(x)
        logits = linear(x, self.tokens.weight) if self.shape.tied else self.head(x)
        if targets is None:
            return logits
        return logits, cross_entropy(logits.reshape(B * T, self.vocab_size), targets.reshape(B * T))

    def _check_ids(self, ids: Any, past: int) -> None:
        """Raise unless `ids` are a batch of sequences that fit into the context."""
        if not isinstance(ids, Base):
            raise TypeError(f"forward: ids must be a tensor, got {type(ids).__name__}; convert it with tensor(...)")
        if ids.dtype not in (np.int64, np.int32):
            raise DTypeError(f"forward: ids must be int64 or int32, got {ids.dtype}; convert them with .long()")
        if ids.ndim != 2 or not ids.shape[1]:
            raise ShapeError(
                f"forward: ids must be [B, T] with T at least 1, got shape {tuple(ids.shape)}; ids[None] makes a batch"
            )
        if past + ids.shape[1] > self.context:
            raise ValueError(
                f"forward: {past + ids.shape[1]} tokens are more than the context of {self.context}; "
                f"give the last {self.context}, without a cache"
            )

    def _check_options(self, ids: Any, targets: Any, position_ids: Any, logits_to_keep: int) -> None:
        """Raise unless what is given besides the ids fits them, and each other."""
        if position_ids is not None and self.shape.position in ("alibi", "none"):
            raise ValueError(f"forward: position_ids have no effect with position={self.shape.position!r}")
        if not is_number(logits_to_keep, Integral) or logits_to_keep < 0:
            raise ValueError(f"forward: logits_to_keep must be an int of at least 0, got {logits_to_keep!r}")
        if targets is None:
            return
        if logits_to_keep:
            raise ValueError("forward: logits_to_keep must be 0 where targets are given")
        if not isinstance(targets, Base):
            raise TypeError(
                f"forward: targets must be a tensor, got {type(targets).__name__}; convert it with tensor(...)"
            )
        if targets.shape != ids.shape:
            raise ShapeError(
                f"forward: targets {tuple(targets.shape)} must have the shape of the ids, {tuple(ids.shape)}"
            )

    def _sight(self, keep: Any, places: Any, T: int, past: int, x: Any) -> Sight:
        """Who may look at whom: only back, never at padding."""
        rotation = None
        if self.shape.position == "rope":
            cos, sin = self.positions.angles(places, x.dtype)
            rotation = (x.plain(cos), x.plain(sin))
        here, there = np.arange(past, past + T)[:, None], np.arange(past + T)
        if keep is None and self.shape.position != "alibi":
            if past == 0 or T == 1:
                return Sight(None, past == 0 and T > 1, rotation)
            return Sight(Base.plain(there <= here), False, rotation)
        mask = (there <= here)[None, None]  # [1, 1, T, S]
        if keep is not None:  # all look at themselves, padding too, so that no row is without a weight
            looks = keep[:, None, None, :] if keep.ndim == 2 else keep[:, None]  # [B, 1, 1 or T, S]
            mask = mask & (looks | (there == here))
        if self.shape.position == "alibi":
            bias = self.positions(T, past + T, dtype=x.dtype).array  # [heads, T, S]
            mask = np.where(mask, bias, bias.dtype.type(-np.inf))
        return Sight(x.plain(mask), False, rotation)


def _scaling(config: DecoderConfig) -> Mapping[str, Any] | None:
    """How RoPE is stretched; where the original context is not named, it is this one.

    "dynamic" stretches what lies beyond the context only, where no decoder goes: within it nothing is stretched.
    """
    scaling = config.rope_scaling
    if not isinstance(scaling, Mapping):
        return scaling
    if rope_kind(scaling) == "dynamic":
        return None
    return {"original_max_position_embeddings": config.context, **scaling}


def _kept(attention_mask: Any, B: int, T: int, S: int) -> Any:
    """The mask as an array of bools; None if nothing is masked."""
    mask = getattr(attention_mask, "array", attention_mask)
    if not isinstance(mask, np.ndarray) or mask.shape not in ((B, S), (B, T, S)):
        got = getattr(mask, "shape", None) or type(mask).__name__
        raise ShapeError(
            f"forward: attention_mask must be [B, S] = [{B}, {S}], or [B, T, S] = [{B}, {T}, {S}], got {got}"
        )
    keep = mask != 0
    if mask.dtype.kind == "f" and not np.array_equal(keep, mask):
        raise ValueError(
            "forward: attention_mask holds 0 where there is padding and 1 elsewhere, not numbers that are added to scores"
        )
    return None if keep.all() else keep


def _places(position_ids: Any, keep: Any, B: int, T: int, past: int, context: int) -> Any:
    """Where each token stands: an int64 array, `[B, T]` or `[1, T]`."""
    if position_ids is not None:
        places = getattr(position_ids, "array", position_ids)
        if not isinstance(places, np.ndarray) or places.dtype.kind not in "iu" or places.shape not in ((B, T), (1, T)):
            raise ShapeError(f"forward: position_ids must be whole numbers [B, T] = [{B}, {T}]")
        if places.size and not 0 <= places.min() <= places.max() < context:
            raise IndexError(f"forward: position_ids must be at least 0 and less than the context, {context}")
        return places
    if keep is not None and keep.ndim == 2:
        return np.maximum(np.cumsum(keep, 1) - 1, 0)[:, past:]
    return np.arange(past, past + T)[None]
