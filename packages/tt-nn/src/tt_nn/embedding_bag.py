"""Sums, means or maxima of looked-up vectors, bag by bag: EmbeddingBag."""

from typing import Any, Self

import numpy as np
from tt_autograd.tensor import Tensor
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.by_index import index_add
from tt_tensor.ops.scatter import scatter_reduce
from tt_tensor.tensor import Tensor as Base

from .embedding import Embedding, draw, embedding
from .module import Module
from .parameter import Parameter


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or maximum of the rows of `weight` that each bag of numbers names; zeros for an empty bag.

    Args:
        input: ids, int64 or int32: `[B, n]`, n in each bag; or `[N]`, all bags one after the other.
        weight: the table, `[rows, width]`.
        offsets: int64 or int32, `[B]`: where in a 1-D input each bag begins, ascending, the first at 0.
        max_norm: rows longer than this are scaled to it, in place, when they are looked up.
        norm_type: the p of the norm that `max_norm` is about.
        scale_grad_by_freq: whether the gradient of a row is divided by how often it was looked up; not with "max".
        mode: "sum", "mean" or "max". Where several rows attain the maximum they share its gradient.
        sparse: must be False; there are no sparse gradients.
        per_sample_weights: what each row is multiplied with, of the shape of the input; only with "sum".
        include_last_offset: whether `offsets` has one more entry, where the last bag ends.
        padding_idx: a row that counts in no bag, and gets no gradient.

    Returns:
        `[B, width]`.

    Raises:
        IndexError: names an id that is negative or too large.
        ShapeError: if shapes do not fit, or the offsets do not ascend from 0 to N. (A ValueError and a RuntimeError.)
        DTypeError: if ids or offsets are not whole numbers.

    Examples:
        >>> from tt_tensor import tensor
        >>> table = tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
        >>> embedding_bag(tensor([2, 0, 1]), table, tensor([0, 2]))
        tensor([[2., 3.],
                [2., 3.]])
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"embedding_bag: mode has to be one of sum, mean or max, got {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("embedding_bag: max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None:
        if mode != "sum":
            raise NotImplementedError(f"embedding_bag: per_sample_weights need mode='sum', got {mode!r}")
        if per_sample_weights.shape != input.shape:
            raise ShapeError(
                f"embedding_bag: per_sample_weights {tuple(per_sample_weights.shape)} must have the shape of the input, "
                f"{tuple(input.shape)}"
            )
        if per_sample_weights.dtype != weight.dtype:
            raise DTypeError(
                f"embedding_bag: per_sample_weights must have the dtype of the weight, {weight.dtype}, "
                f"got {per_sample_weights.dtype}"
            )
    ids = input.reshape(-1) if isinstance(input, Base) else input
    rows = embedding(ids, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)  # [N, width]
    bags, count = _bags(input, offsets, include_last_offset)
    factors = per_sample_weights if per_sample_weights is None else per_sample_weights.reshape(-1)
    if padding_idx is not None:
        kept = np.flatnonzero(ids.array != padding_idx % len(weight.array))
        rows, bags = rows[kept], bags[kept]
        factors = factors if factors is None else factors[kept]
    if factors is not None:
        rows = rows * factors[:, None]
    if input.ndim == 2 and padding_idx is None and mode != "max":  # bags of one size, one after another
        total = rows.reshape(*input.shape, weight.shape[1]).sum(1)
        return total if mode == "sum" else total / max(1, input.shape[1])
    zeros = weight.new_zeros((count, weight.shape[1]))
    if mode == "max":
        index = Tensor(np.broadcast_to(bags[:, None], rows.shape))
        return scatter_reduce(zeros, 0, index, rows, "amax", include_self=False)
    total = index_add(zeros, 0, Tensor(bags), rows)
    if mode == "sum":
        return total
    sizes = np.maximum(np.bincount(bags, minlength=count), 1)
    return total / Tensor(sizes.astype(weight.array.dtype)[:, None])


def _bags(input: Any, offsets: Any, include_last_offset: bool) -> tuple[Any, int]:
    """For each id the number of its bag, and how many bags there are."""
    if input.ndim == 2:
        if offsets is not None:
            raise ShapeError("embedding_bag: if input is 2D, then offsets has to be None: each row is a bag")
        return np.repeat(np.arange(input.shape[0]), input.shape[1]), input.shape[0]
    if input.ndim != 1:
        raise ShapeError(f"embedding_bag: input has to be 1D or 2D Tensor, but got shape {tuple(input.shape)}")
    if not isinstance(offsets, Base) or offsets.ndim != 1:
        got = "None" if offsets is None else f"shape {tuple(np.shape(offsets))}"
        raise ShapeError(f"embedding_bag: offsets has to be a 1D Tensor, got {got}")
    starts, n = offsets.array, input.shape[0]
    if starts.dtype not in (np.int64, np.int32):
        raise DTypeError(f"embedding_bag: offsets must be int64 or int32, got {starts.dtype}")
    bounds = starts if include_last_offset else np.append(starts, n)
    lengths = np.diff(bounds)
    if not len(bounds) or bounds[0] != 0 or bounds[-1] != n or (lengths < 0).any():
        last = f"end at {n}" if include_last_offset else f"not exceed {n}"
        raise ShapeError(f"embedding_bag: offsets must begin at 0, ascend and {last}, got {starts.tolist()[:20]}")
    return np.repeat(np.arange(len(lengths)), lengths), len(lengths)


class EmbeddingBag(Module):
    """A table of learned vectors, of which bags are looked up, and each bag's sum, mean or maximum taken.

    Args:
        num_embeddings: how many rows the table has.
        embedding_dim: the size of a vector.
        max_norm: rows longer than this are scaled to it when they are looked up.
        norm_type: the p of that norm.
        scale_grad_by_freq: whether the gradient of a row is divided by how often it was looked up; not with "max".
        mode: "sum", "mean" or "max".
        sparse: must be False; there are no sparse gradients.
        include_last_offset: whether offsets have one more entry, where the last bag ends.
        padding_idx: a row that starts at zero, counts in no bag and gets no gradient; negative counts from the end.
        device: None or "cpu".
        dtype: of the table; the default float if None.

    Attributes:
        weight: `[num_embeddings, embedding_dim]`, at first standard normal.

    Examples:
        >>> from tt_tensor import tensor
        >>> table = EmbeddingBag(10, 3, mode="sum")
        >>> table(tensor([1, 2, 4, 5, 4]), offsets=tensor([0, 3])).shape  # the bags [1, 2, 4] and [5, 4]
        torch.Size([2, 3])
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Any = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        table = Embedding(
            num_embeddings, embedding_dim, padding_idx, sparse=sparse, _weight=_weight, device=device, dtype=dtype
        )
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, table.padding_idx
        self.max_norm, self.norm_type, self.scale_grad_by_freq = max_norm, norm_type, scale_grad_by_freq
        self.mode, self.sparse, self.include_last_offset = mode, sparse, include_last_offset
        self.weight = table.weight

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        draw(self.weight, self.padding_idx)

    def forward(self, input: Any, offsets: Any = None, per_sample_weights: Any = None) -> Any:
        """Ids `[B, n]`, or `[N]` with offsets `[B]`, to vectors `[B, embedding_dim]`: see `functional.embedding_bag`."""
        return embedding_bag(
            input,
            self.weight,
            offsets,
            self.max_norm,
            self.norm_type,
            self.scale_grad_by_freq,
            self.mode,
            self.sparse,
            per_sample_weights,
            self.include_last_offset,
            self.padding_idx,
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> Self:
        """A layer with a given table, `[rows, width]`, whose memory is shared; the other arguments as in the constructor.

        Args:
            embeddings: the table.
            freeze: whether it is not to be learned.
            max_norm: see the constructor, as for all that follow.
            norm_type: see there.
            scale_grad_by_freq: see there.
            mode: see there.
            sparse: see there.
            include_last_offset: see there.
            padding_idx: see there.
        """
        if len(embeddings.shape) != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        layer = cls(
            embeddings.shape[0],
            embeddings.shape[1],
            max_norm,
            norm_type,
            scale_grad_by_freq,
            mode,
            sparse,
            embeddings,
            include_last_offset,
            padding_idx,
        )
        layer.weight.requires_grad_(not freeze)
        return layer

    def extra_repr(self) -> str:
        """The sizes, the mode, and the settings that differ from the usual ones."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        if self.scale_grad_by_freq:
            text += ", scale_grad_by_freq=True"
        text += f", mode={self.mode!r}"
        return text if self.padding_idx is None else text + f", padding_idx={self.padding_idx}"
