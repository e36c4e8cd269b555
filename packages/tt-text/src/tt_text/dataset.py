"""Windows of a token stream, to learn the next token from."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .checks import as_array, whole
from .tokenfile import read_tokens


class TokenDataset:
    """Windows of a stream of tokens: inputs `x[t]` and, one place on, the tokens to be predicted, `y[t] = x[t + 1]`.

    It has what a `DataLoader` asks for (`len`, items, `gather`) and can also draw windows at random places (`sample`).
    Window `i` begins at token `i * stride`; what does not fill a window at the end is left out.

    Args:
        tokens: ids [N]: an array (a memory map stays one), a list, or the name of a token file, which is mapped.
        context: T, the length of a window.
        stride: the distance between the beginnings of windows; by default `context`, so that no token is predicted twice.
            With 1 there is a window at every place.
        make: makes a tensor of an array, such as `tinytorch.from_numpy`; by default arrays are returned.
        dtype: how ids are held in a `.bin` file.

    Raises:
        ValueError: if there is not one window, or `context` or `stride` is not positive.
        TypeError: if the tokens are not integers.

    Examples:
        >>> dataset = TokenDataset([1, 2, 3, 4, 5, 6, 7], context=3)
        >>> len(dataset), dataset[1]
        (2, (array([4, 5, 6]), array([5, 6, 7])))
    """

    def __init__(
        self,
        tokens: np.ndarray[Any, Any] | Sequence[int] | str | os.PathLike[str],
        context: int,
        *,
        stride: int | None = None,
        make: Callable[[Any], Any] | None = None,
        dtype: Any = np.uint16,
    ) -> None:
        context = whole(context, "TokenDataset: context", 1)
        stride = context if stride is None else whole(stride, "TokenDataset: stride", 1)
        stream = (
            read_tokens(tokens, dtype) if isinstance(tokens, (str, os.PathLike)) else as_array(tokens, "TokenDataset")
        )
        if stream.ndim != 1 or (stream.dtype.kind not in "iu" and stream.size):
            raise TypeError(
                f"TokenDataset: expected integers [N], got an array of shape {list(stream.shape)} and dtype {stream.dtype}"
            )
        if len(stream) <= context:
            raise ValueError(
                f"TokenDataset: a window of {context} tokens and the one after it do not fit into {len(stream)} tokens; "
                "use a shorter context"
            )
        self.tokens, self.context, self.stride, self.make = stream, context, stride, make
        self._file = (os.path.abspath(tokens), dtype) if isinstance(tokens, (str, os.PathLike)) else None
        self._offsets = np.arange(context + 1)

    def __len__(self) -> int:
        return (len(self.tokens) - self.context - 1) // self.stride + 1

    def __repr__(self) -> str:
        return f"TokenDataset({len(self.tokens)} tokens, {len(self)} windows of {self.context}, stride {self.stride})"

    def __getstate__(self) -> dict[str, Any]:
        """For another process: a mapped file is mapped there anew and not sent."""
        return self.__dict__ | ({"tokens": None} if self._file else {})

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if self._file:
            self.tokens = read_tokens(*self._file)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        """Window `index`: the inputs [T] and the targets [T], int64."""
        i, n = operator.index(index), len(self)
        if not -n <= i < n:
            raise IndexError(f"TokenDataset: window {i} is out of range for {n} windows")
        start = (i % n) * self.stride
        window = self.tokens[start : start + self.context + 1].astype(np.int64)
        return self._made(window[:-1]), self._made(window[1:])

    def gather(self, indices: Any) -> list[Any]:
        """The windows of the given numbers (int [B]), read in one go: inputs [B, T] and targets [B, T], int64."""
        rows, n = np.asarray(indices), len(self)
        if rows.ndim != 1 or (rows.dtype.kind not in "iu" and rows.size):
            raise TypeError(f"TokenDataset: indices should be integers [B], got {list(rows.shape)} of {rows.dtype}")
        rows = rows.astype(np.int64)
        if rows.size and not (-n <= rows.min() and rows.max() < n):
            raise IndexError(f"TokenDataset: windows {rows.min()} to {rows.max()} are out of range for {n} windows")
        return self._at(rows % n * self.stride)

    def sample(self, batch_size: int, generator: np.random.Generator) -> list[Any]:
        """Windows that begin at random places, whatever the stride: inputs [B, T] and targets [B, T], int64.

        Args:
            batch_size: B.
            generator: where the places come from, such as `np.random.default_rng(0)`.

        Raises:
            TypeError: if the generator is not one of NumPy's, or `batch_size` not an int.

        Examples:
            >>> import numpy as np
            >>> x, y = TokenDataset(list(range(100)), context=4).sample(8, np.random.default_rng(0))
            >>> x.shape, bool((y == x + 1).all())
            ((8, 4), True)
        """
        if not isinstance(generator, np.random.Generator):
            raise TypeError(
                f"TokenDataset.sample: generator should be one of NumPy's, such as np.random.default_rng(0), got "
                f"{type(generator).__name__}"
            )
        batch_size = whole(batch_size, "TokenDataset.sample: batch_size", 0)
        return self._at(generator.integers(0, len(self.tokens) - self.context, batch_size))

    def _at(self, starts: np.ndarray[Any, Any]) -> list[Any]:
        windows = self.tokens[starts[:, None] + self._offsets].astype(np.int64)
        return [self._made(windows[:, :-1]), self._made(windows[:, 1:])]

    def _made(self, array: np.ndarray[Any, Any]) -> Any:
        """A copy of its own, since inputs and targets overlap; as a tensor if there is a `make`."""
        own = array.copy()
        return own if self.make is None else self.make(own)
