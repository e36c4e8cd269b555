"""What attention remembers of earlier tokens, so that a text can grow token by token: the protocol, and a plain form."""

from typing import Any, Protocol, runtime_checkable

from tt_tensor import cat, from_numpy
from tt_tensor.errors import ShapeError


@runtime_checkable
class Cache(Protocol):
    """Keys and values of the tokens seen so far, for every layer: what a decoder's `forward` takes as `cache`.

    A pass over T new tokens reads `length` once and calls `update` once per layer, in order. Positions are already in the
    keys (RoPE turns them before they come here).

    Attributes:
        length: how many tokens it holds; 0 at first.

    Examples:
        >>> isinstance(DynamicCache(), Cache)
        True
    """

    @property
    def length(self) -> int:
        """How many tokens it holds."""
        ...

    def update(self, layer: int, k: Any, v: Any) -> tuple[Any, Any]:
        """Add the keys and values of new tokens, `[B, kv_heads, T, head_width]` each, and return those of all tokens.

        Args:
            layer: the number of the layer, from 0.
            k: keys.
            v: values.

        Returns:
            two tensors, `[B, kv_heads, length, head_width]`, the oldest token first.
        """
        ...

    def reorder(self, rows: Any) -> None:
        """Let row i of the batch go on from what row `rows[i]` held; the batch has then as many rows as `rows`.

        Args:
            rows: an int64 array, `[B]`.
        """
        ...

    def reset(self) -> None:
        """Forget everything."""
        ...


class DynamicCache:
    """A cache that grows by concatenation: simple, and quadratic in what it copies. See `Cache`.

    Examples:
        >>> from tt_tensor import ones
        >>> cache = DynamicCache()
        >>> k, v = cache.update(0, ones(1, 2, 3, 4), ones(1, 2, 3, 4))
        >>> k, v = cache.update(0, ones(1, 2, 1, 4), ones(1, 2, 1, 4))
        >>> k.shape, cache.length
        (torch.Size([1, 2, 4, 4]), 4)
    """

    def __init__(self) -> None:
        self.layers: list[tuple[Any, Any]] = []

    @property
    def length(self) -> int:
        """How many tokens it holds."""
        return int(self.layers[0][0].shape[-2]) if self.layers else 0

    def update(self, layer: int, k: Any, v: Any) -> tuple[Any, Any]:
        """Add the keys and values of new tokens, and return those of all tokens."""
        if layer == len(self.layers):
            self.layers.append((k, v))
        elif layer < len(self.layers):
            before_k, before_v = self.layers[layer]
            if (*k.shape[:2], k.shape[3]) != (*before_k.shape[:2], before_k.shape[3]):
                raise ShapeError(
                    f"DynamicCache: keys {tuple(k.shape)} do not go on from {tuple(before_k.shape)}, [B, heads, T, width]; "
                    f"reset() it for another batch or model"
                )
            self.layers[layer] = cat((before_k, k), -2), cat((before_v, v), -2)
        else:
            raise IndexError(f"DynamicCache: layer {layer} comes before layer {len(self.layers)}")
        return self.layers[layer]

    def reorder(self, rows: Any) -> None:
        """Let row i of the batch go on from what row `rows[i]` held."""
        index = from_numpy(rows)
        self.layers = [(k[index], v[index]) for k, v in self.layers]

    def reset(self) -> None:
        """Forget everything."""
        self.layers = []
