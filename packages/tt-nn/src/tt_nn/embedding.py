"""A table of vectors that is looked up by number: Embedding, and one_hot."""

from typing import Any, Self

import numpy as np
from tt_autograd.rule import derivative
from tt_autograd.tensor import Tensor
from tt_tensor import versions
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.accumulate import add_rows
from tt_tensor.primitive import primitive
from tt_tensor.tensor import Tensor as Base

from . import init
from .module import Module
from .parameter import Parameter, empty


@primitive()
def embedding_p(ids: Any, weight: Any, *, padding_idx: int | None, scale_grad_by_freq: bool) -> Any:  # noqa: ARG001
    """The rows of `weight` with the numbers `ids`."""
    if ids.size:
        worst = ids.min()
        if worst >= 0:
            worst = ids.max()
        if not 0 <= worst < len(weight):
            raise IndexError(
                f"embedding: id {worst} is out of range: the table has {len(weight)} rows, numbered from 0"
            )
    return weight.take(ids, 0)


@primitive()
def embedding_backward_p(g: Any, ids: Any, *, rows: int) -> Any:
    """A table of `rows` rows, each the sum of the vectors of `g` whose id it is."""
    return add_rows(ids.reshape(-1), g.reshape(ids.size, g.shape[-1]), rows)


def embedding_weight(g: Any, ids: Any, weight_shape: Any, padding_idx: int | None, scale_grad_by_freq: bool) -> Any:
    """∂weight: each row's sum of the gradients of its copies; none for the padding, the mean of them if scaled."""
    numbers = getattr(ids, "array", ids)
    if padding_idx is not None:
        g = g * (numbers != padding_idx)[..., None].astype(g.dtype)
    if scale_grad_by_freq and numbers.size:
        often = np.bincount(numbers.reshape(-1))[numbers]
        g = g * (1 / often)[..., None].astype(g.dtype)
    return embedding_backward_p(g, ids, rows=weight_shape[0])


derivative(embedding_p, None, embedding_weight)
derivative(
    embedding_backward_p,
    lambda gg, ids: embedding_p(ids, gg, padding_idx=None, scale_grad_by_freq=False),
    None,
)


def _renormalise(ids: Any, weight: Any, max_norm: float, norm_type: float) -> None:
    """Scale the rows that are looked up, and are longer than `max_norm`, to that length; in place, past the tape."""
    table = weight.array
    rows = np.unique(ids.array)
    rows = rows[(rows >= 0) & (rows < len(table))]  # the look-up names those that are not
    norms = np.linalg.norm(table[rows], norm_type, axis=1)
    long = norms > max_norm
    if long.any():
        table[rows[long]] *= (max_norm / (norms[long] + 1e-7)).astype(table.dtype)[:, None]
        versions.touch(table)


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of `weight` with the numbers in `input`.

    Args:
        input: ids, int64 or int32, of any shape `[...]`.
        weight: the table, `[rows, width]`.
        padding_idx: a row that gets no gradient.
        max_norm: rows longer than this are scaled to it, in place, when they are looked up.
        norm_type: the p of the norm that `max_norm` is about.
        scale_grad_by_freq: whether the gradient of a row is divided by how often it was looked up.
        sparse: must be False; there are no sparse gradients.

    Returns:
        `[..., width]`.

    Raises:
        IndexError: names an id that is negative or too large.
        DTypeError: if the ids are not int64 or int32.

    Examples:
        >>> from tt_tensor import tensor
        >>> embedding(tensor([2, 0]), tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
        tensor([[4., 5.],
                [0., 1.]])
    """
    if sparse:
        raise NotImplementedError("embedding: sparse=True is not supported; gradients are dense")
    for x, name in ((input, "input"), (weight, "weight")):
        if not isinstance(x, Base):
            raise TypeError(f"embedding: {name} must be a tensor, got {type(x).__name__}; convert it with tensor(...)")
    if input.array.dtype not in (np.int64, np.int32):
        raise DTypeError(f"embedding: ids must be int64 or int32, got {input.array.dtype}; convert them with .long()")
    if weight.array.ndim != 2:
        raise ShapeError(f"embedding: weight must be 2-D, [rows, width], got shape {weight.array.shape}")
    if padding_idx is not None:
        rows = len(weight.array)
        if not -rows <= padding_idx < rows:
            raise AssertionError(f"Padding_idx must be within num_embeddings, got {padding_idx} for {rows} rows")
        padding_idx %= rows
    if max_norm is not None:
        _renormalise(input, weight, max_norm, norm_type)
    return embedding_p(input, weight, padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Vectors that are 1 at the place that each number names, 0 elsewhere.

    Args:
        tensor: int64 numbers of any shape `[...]`, each at least 0.
        num_classes: the length of the vectors; one more than the largest number if -1.

    Returns:
        int64, `[..., num_classes]`.

    Raises:
        RuntimeError: if a number is negative or too large, or the dtype is not int64.

    Examples:
        >>> from tt_tensor import tensor
        >>> one_hot(tensor([1, 0]), 3)
        tensor([[0, 1, 0],
                [1, 0, 0]])
    """
    if not isinstance(tensor, Base) or tensor.array.dtype != np.int64:
        raise DTypeError(
            "one_hot is only applicable to index tensor of type LongTensor (int64); convert it with .long()"
        )
    numbers = tensor.array
    if not numbers.size:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
    elif numbers.min() < 0:
        raise RuntimeError(f"Class values must be non-negative, got {numbers.min()}.")
    elif num_classes == -1:
        num_classes = int(numbers.max()) + 1
    elif numbers.max() >= num_classes:
        raise RuntimeError(f"Class values must be smaller than num_classes, got {numbers.max()} for {num_classes}.")
    vectors = np.zeros((*numbers.shape, num_classes), np.int64)
    vectors.reshape(-1)[np.arange(numbers.size) * num_classes + numbers.reshape(-1)] = 1
    return tensor.plain(vectors)


def draw(weight: Parameter, padding_idx: int | None) -> None:
    """Fill a table with standard normal numbers, and the row of the padding with zeros."""
    init.normal_(weight)
    if padding_idx is not None:
        init.zeros_(Tensor(weight.array[padding_idx]))


class Embedding(Module):
    """A table of learned vectors, looked up by number.

    Args:
        num_embeddings: how many rows the table has.
        embedding_dim: the size of a vector.
        padding_idx: a row that starts at zero and gets no gradient; negative counts from the end.
        max_norm: rows longer than this are scaled to it when they are looked up.
        norm_type: the p of that norm.
        scale_grad_by_freq: whether the gradient of a row is divided by how often it was looked up.
        sparse: must be False; there are no sparse gradients.
        device: None or "cpu".
        dtype: of the table; the default float if None.

    Attributes:
        weight: `[num_embeddings, embedding_dim]`, at first standard normal.

    Examples:
        >>> from tt_tensor import tensor
        >>> table = Embedding(10, 3)
        >>> table(tensor([[1, 2, 4, 5], [4, 3, 2, 9]])).shape
        torch.Size([2, 4, 3])
    """

    weight: Parameter

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Any = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        if sparse:
            raise NotImplementedError("Embedding: sparse=True is not supported; gradients are dense")
        if padding_idx is not None:
            if not -num_embeddings <= padding_idx < num_embeddings:
                raise AssertionError("Padding_idx must be within num_embeddings")
            padding_idx %= num_embeddings
        self.num_embeddings, self.embedding_dim, self.padding_idx = num_embeddings, embedding_dim, padding_idx
        self.max_norm, self.norm_type = max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        if _weight is None:
            self.weight = empty(num_embeddings, embedding_dim, device=device, dtype=dtype)
            self.weight.requires_grad_(not _freeze)
            self.reset_parameters()
        else:
            if tuple(_weight.shape) != (num_embeddings, embedding_dim):
                raise AssertionError("Shape of weight does not match num_embeddings and embedding_dim")
            self.weight = Parameter(_weight, requires_grad=not _freeze)

    def reset_parameters(self) -> None:
        """Draw the table anew."""
        draw(self.weight, self.padding_idx)

    def forward(self, input: Any) -> Any:
        """Ids `[...]` to vectors `[..., embedding_dim]`."""
        return embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Any,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Self:
        """A layer with a given table.

        Args:
            embeddings: `[rows, width]`; its memory is shared.
            freeze: whether the table is not to be learned.
            padding_idx: as in the constructor, and so are the others.
            max_norm: see there.
            norm_type: see there.
            scale_grad_by_freq: see there.
            sparse: see there.
        """
        if len(embeddings.shape) != 2:
            raise AssertionError("Embeddings parameter is expected to be 2-dimensional")
        return cls(
            embeddings.shape[0],
            embeddings.shape[1],
            padding_idx=padding_idx,
            max_norm=max_norm,
            norm_type=norm_type,
            scale_grad_by_freq=scale_grad_by_freq,
            sparse=sparse,
            _weight=embeddings,
            _freeze=freeze,
        )

    def extra_repr(self) -> str:
        """The sizes, and the settings that differ from the usual ones."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        if self.padding_idx is not None:
            text += f", padding_idx={self.padding_idx}"
        if self.max_norm is not None:
            text += f", max_norm={self.max_norm}"
        if self.norm_type != 2:
            text += f", norm_type={self.norm_type}"
        return text + (", scale_grad_by_freq=True" if self.scale_grad_by_freq else "")
