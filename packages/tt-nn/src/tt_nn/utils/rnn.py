"""Sequences of unequal length: padded to one tensor, and back."""

from collections.abc import Iterable
from typing import Any

from tt_tensor.errors import ShapeError
from tt_tensor.ops.join import cat, stack
from tt_tensor.tensor import Tensor as Base

__all__ = ["pad_sequence", "unpad_sequence"]


def pad_sequence(
    sequences: Iterable[Any], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Stack sequences of unequal length, each filled up to the length of the longest one.

    Args:
        sequences: tensors `[T, *]`, of which only T may differ; the first one's dtype is that of the result.
        batch_first: whether the result is `[B, T, *]`, not `[T, B, *]`.
        padding_value: what fills up.
        padding_side: "right" or "left".

    Returns:
        `[T, B, *]` or `[B, T, *]`, where T is the longest length; a gradient flows back through it.

    Raises:
        RuntimeError: if there are no sequences, or the side is another.
        ShapeError: if a sequence has no dimension, or they differ in another than the first.
        TypeError: if one is not a tensor.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.utils.rnn import pad_sequence
        >>> pad_sequence([tensor([1, 2, 3]), tensor([4])], batch_first=True, padding_value=-1)
        tensor([[ 1,  2,  3],
                [ 4, -1, -1]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences).__name__}"
        )
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    for k, x in enumerate(sequences):
        if not isinstance(x, Base):
            raise TypeError(f"pad_sequence: expected Tensor as element {k}, but got {type(x).__name__}")
        if not x.ndim or x.shape[1:] != sequences[0].shape[1:]:
            raise ShapeError(
                f"pad_sequence: sequences may differ in their first dimension only, got shapes "
                f"{tuple(sequences[0].shape)} and {tuple(x.shape)}"
            )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"pad_sequence: Expected padding_side to be one of left or right, but got {padding_side}.")
    first, longest = sequences[0], max(len(x) for x in sequences)
    padded = []
    for x in sequences:
        missing = first.new_full((longest - len(x), *x.shape[1:]), padding_value)
        padded.append(cat([x.to(first.dtype), missing] if padding_side == "right" else [missing, x.to(first.dtype)]))
    return stack(padded, 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences that `pad_sequence` has padded on the right.

    Args:
        padded_sequences: `[T, B, *]`, or `[B, T, *]` if `batch_first`.
        lengths: `[B]`, whole numbers.
        batch_first: see there.

    Raises:
        ValueError: if there are not as many lengths as sequences.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.utils.rnn import unpad_sequence
        >>> unpad_sequence(tensor([[1, 2, 3], [4, 0, 0]]), tensor([3, 1]), batch_first=True)
        [tensor([1, 2, 3]), tensor([4])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[: max(0, int(length))] for row, length in zip(rows, lengths, strict=True)]
