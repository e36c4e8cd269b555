"""Sequences of unequal length in one array: padding, masks, packing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .checks import integers, whole


def pad(
    sequences: Sequence[Sequence[int]],
    pad_id: int,
    *,
    length: int | None = None,
    side: str = "right",
    truncate: bool = False,
    make: Callable[[Any], Any] | None = None,
) -> tuple[Any, Any]:
    """One array of sequences of unequal length, and the mask of what is in them.

    Args:
        sequences: B sequences of ids.
        pad_id: what fills the rest.
        length: T; by default that of the longest.
        side: where the padding goes: `"right"`, or `"left"` as for generation.
        truncate: whether what is longer than `length` is cut off, at the end; otherwise it is an error.
        make: makes a tensor of an array, such as `tinytorch.from_numpy`.

    Returns:
        The ids [B, T], int64, and the attention mask [B, T], bool: True where there is a token, False where padding.

    Raises:
        ValueError: if a sequence is longer than `length`, or `side` is neither of the two.
        TypeError: if something is not a whole number.

    Examples:
        >>> ids, mask = pad([[5, 6, 7], [8]], pad_id=0)
        >>> ids.tolist(), mask.tolist()
        ([[5, 6, 7], [8, 0, 0]], [[True, True, True], [True, False, False]])
    """
    pad_id = whole(pad_id, "pad: pad_id")
    if side not in ("left", "right"):
        raise ValueError(f"pad: side should be 'left' or 'right', got {side!r}")
    rows = [integers(row, "pad") for row in sequences]
    longest = max(map(len, rows), default=0)
    length = longest if length is None else whole(length, "pad: length", 0)
    if longest > length:
        if not truncate:
            raise ValueError(
                f"pad: a sequence has {longest} ids, more than length={length}; pass truncate=True to cut it off"
            )
        rows = [row[:length] for row in rows]
    ids = np.full((len(rows), length), pad_id, np.int64)
    mask = np.zeros((len(rows), length), bool)
    for k, row in enumerate(rows):
        place = slice(0, len(row)) if side == "right" else slice(length - len(row), length)
        ids[k, place] = row
        mask[k, place] = True
    return (ids, mask) if make is None else (make(ids), make(mask))


def pack(
    documents: Iterable[Sequence[int]],
    length: int,
    *,
    separator: int | None = None,
    pad_id: int | None = None,
    make: Callable[[Any], Any] | None = None,
) -> tuple[Any, Any]:
    """Documents one after the other in rows of equal length, so that no place is lost to padding.

    Args:
        documents: sequences of ids.
        length: T, the ids in a row; a document goes on in the next row.
        separator: the id that follows each document, such as that of `<|endoftext|>`.
        pad_id: what fills the last row. Without it, an incomplete last row is left out.
        make: makes a tensor of an array, such as `tinytorch.from_numpy`.

    Returns:
        The ids [N, T], int64, and the number of each id's document [N, T], int64: from 0 on, a separator counts with the
        document before it, and -1 is padding. Where these numbers agree a position may attend to another:
        `(numbers[:, :, None] == numbers[:, None, :])` is the mask [N, T, T] that keeps documents apart.

    Raises:
        ValueError: if `length` is not positive.
        TypeError: if something is not a whole number.

    Examples:
        >>> ids, numbers = pack([[1, 2, 3], [4, 5]], 4, separator=0, pad_id=9)
        >>> ids.tolist(), numbers.tolist()
        ([[1, 2, 3, 0], [4, 5, 0, 9]], [[0, 0, 0, 0], [1, 1, 1, -1]])
    """
    length = whole(length, "pack: length", 1)
    end = [] if separator is None else [whole(separator, "pack: separator")]
    rows = [np.array(integers(document, "pack") + end, np.int64) for document in documents]
    ids = np.concatenate([np.empty(0, np.int64), *rows])
    numbers = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    rest = -len(ids) % length
    if pad_id is None:
        end_of_rows = len(ids) // length * length
        ids, numbers = ids[:end_of_rows], numbers[:end_of_rows]
    else:
        pad_id = whole(pad_id, "pack: pad_id")
        ids, numbers = np.pad(ids, (0, rest), constant_values=pad_id), np.pad(numbers, (0, rest), constant_values=-1)
    packed = ids.reshape(-1, length), numbers.reshape(-1, length)
    return packed if make is None else (make(packed[0]), make(packed[1]))
