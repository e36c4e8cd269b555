"""Connectionist temporal classification: the likelihood of a sequence of labels whose times are not known."""

from typing import Any

import numpy as np
from tt_autograd.rule import derivative
from tt_tensor.errors import DTypeError, ShapeError
from tt_tensor.ops.compare import clamp_p, where_p
from tt_tensor.primitive import primitive

from .common import checked

NEVER = -np.inf


class Lattice:
    """The ways through a sequence: the labels with blanks between and around them, for each sample of a batch.

    Attributes:
        emitted: `[T, N, L]`: the log-probabilities of each place of the lattice, L = 2 S + 1.
        skip: `[N, L]`: whether a place can be reached from the last but one: a label that differs from the one before.
        last: `[N]`: the last place of each sample, the blank after its last label.
    """

    def __init__(self, log_probs: Any, targets: Any, target_lengths: Any, blank: int) -> None:
        n, s = targets.shape
        self.labels = np.full((n, 2 * s + 1), blank)
        self.labels[:, 1::2] = targets
        self.skip = np.zeros(self.labels.shape, bool)
        self.skip[:, 3::2] = targets[:, 1:] != targets[:, :-1]
        self.last = 2 * target_lengths
        self.emitted = np.take_along_axis(log_probs, self.labels[None], axis=2)

    def forward(self) -> Any:
        """`[T, N, L]`: the log-probability of all ways that are at a place at a time."""
        alpha = np.full(self.emitted.shape, NEVER, self.emitted.dtype)
        alpha[0, :, :2] = self.emitted[0, :, :2]
        for t in range(1, len(alpha)):
            before = alpha[t - 1]
            now = before.copy()
            now[:, 1:] = np.logaddexp(now[:, 1:], before[:, :-1])
            now[:, 2:] = np.logaddexp(now[:, 2:], np.where(self.skip[:, 2:], before[:, :-2], NEVER))
            alpha[t] = now + self.emitted[t]
        return alpha

    def backward(self, input_lengths: Any) -> Any:
        """`[T, N, L]`: the log-probability of what follows a place at a time, to the end."""
        beta = np.full(self.emitted.shape, NEVER, self.emitted.dtype)
        samples = np.arange(beta.shape[1])
        end = np.full(beta.shape[1:], NEVER, beta.dtype)
        end[samples, self.last] = 0
        labelled = self.last > 0
        end[samples[labelled], self.last[labelled] - 1] = 0
        for t in reversed(range(len(beta))):
            if t + 1 < len(beta):
                after = beta[t + 1] + self.emitted[t + 1]
                now = after.copy()
                now[:, :-1] = np.logaddexp(now[:, :-1], after[:, 1:])
                now[:, :-2] = np.logaddexp(now[:, :-2], np.where(self.skip[:, 2:], after[:, 2:], NEVER))
            else:
                now = end
            beta[t] = np.where((input_lengths == t + 1)[:, None], end, now)
        return beta

    def log_likelihood(self, alpha: Any, input_lengths: Any) -> Any:
        """`[N]`: log p(labels)."""
        samples = np.arange(len(self.last))
        final = alpha[np.maximum(input_lengths, 1) - 1, samples]
        result = final[samples, self.last]
        labelled = self.last > 0
        result[labelled] = np.logaddexp(result[labelled], final[samples[labelled], self.last[labelled] - 1])
        return np.where(input_lengths > 0, result, np.where(labelled, NEVER, 0)).astype(alpha.dtype)


@primitive()
def ctc_loss_p(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, *, blank: int) -> Any:
    """-log p(targets) for each sample."""
    lattice = Lattice(log_probs, targets, target_lengths, blank)
    return -lattice.log_likelihood(lattice.forward(), input_lengths)


@primitive()
def ctc_loss_backward_p(
    g: Any, log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, *, blank: int
) -> Any:
    """-g · p(label at time t | targets): the sum over all places of the lattice with that label."""
    lattice = Lattice(log_probs, targets, target_lengths, blank)
    alpha = lattice.forward()
    total = lattice.log_likelihood(alpha, input_lengths)[:, None]
    share = np.exp(alpha + lattice.backward(input_lengths) - total)
    steps, samples, classes = log_probs.shape
    share[np.arange(steps)[:, None] >= input_lengths] = 0
    share = np.where(g[:, None] != 0, share * -g[:, None], 0)
    place = (np.arange(steps * samples).reshape(steps, samples, 1) * classes + lattice.labels).reshape(-1)
    grad = np.bincount(place, share.reshape(-1), minlength=log_probs.size)
    return grad.reshape(log_probs.shape).astype(log_probs.dtype)


derivative(
    ctc_loss_p,
    lambda g, log_probs, targets, input_lengths, target_lengths, blank: ctc_loss_backward_p(
        g, log_probs, targets, input_lengths, target_lengths, blank=blank
    ),
    None,
    None,
    None,
)


def _lengths(name: str, lengths: Any, batch: int, limit: int) -> Any:
    """Lengths as an int64 array with one value per sample, none above `limit`."""
    array = np.asarray(getattr(lengths, "array", lengths))
    if array.dtype.kind not in "iu":
        raise DTypeError(f"ctc_loss: {name} must be integral, got {array.dtype}")
    array = array.reshape(-1).astype(np.int64)
    if array.shape != (batch,):
        raise ShapeError(f"ctc_loss: {name} must be of size batch_size: expected {batch} values, got {array.size}")
    if array.size and (array.min() < 0 or array.max() > limit):
        raise RuntimeError(
            f"ctc_loss: Expected {name} to have value at most {limit} and not negative, got {array.tolist()}"
        )
    return array


def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """The negative log-likelihood of label sequences, summed over all the times at which the labels could occur.

    Args:
        log_probs: log-probabilities, `[T, N, C]` or `[T, C]`, as from `log_softmax`.
        targets: labels, int64, `[N, S]`, or all of them one after the other in one dimension.
        input_lengths: how many of the T steps count, `[N]`.
        target_lengths: how many labels each sample has, `[N]`.
        blank: the class that stands for no label.
        reduction: `"mean"`: each loss is divided by its number of labels, then they are averaged; `"sum"`; `"none"`, `[N]`.
        zero_infinity: let a sample whose labels do not fit into its steps count 0 rather than infinity.

    Raises:
        ShapeError: if the shapes do not fit.
        RuntimeError: if a length is out of range, or `blank` is no class.
        IndexError: if a label is out of range.

    Source:
        Graves et al., Connectionist temporal classification, 2006.

    Examples:
        >>> from tt_tensor import tensor
        >>> from tt_nn.functional import ctc_loss
        >>> log_probs = tensor([[[0.5, 0.5]], [[0.5, 0.5]]]).log()  # [T, N, C]
        >>> ctc_loss(log_probs, tensor([[1]]), tensor([2]), tensor([1]))
        tensor(0.2877)
    """
    checked("ctc_loss", reduction)
    single = log_probs.ndim == 2
    if single:
        log_probs = log_probs.unsqueeze(1)
    if log_probs.ndim != 3:
        raise ShapeError(f"ctc_loss: log_probs must have shape [T, N, C] or [T, C], got {tuple(log_probs.shape)}")
    if log_probs.dtype.kind != "f" or log_probs.dtype.itemsize < 4:
        raise DTypeError(f"ctc_loss: expected log_probs of dtype float32 or float64, got {log_probs.dtype}")
    steps, batch, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError(f"ctc_loss: blank must be in label range: {blank} is not one of {classes} classes")
    if targets.dtype.kind not in "iu":
        raise DTypeError(f"ctc_loss: targets must be integral, got {targets.dtype}")
    used = _lengths("input_lengths", input_lengths, batch, steps)
    labels = targets.array[None] if single and targets.ndim == 1 else targets.array
    if labels.ndim == 1:
        counts = _lengths("target_lengths", target_lengths, batch, labels.size)
        if counts.sum() != labels.size:
            raise RuntimeError(
                f"ctc_loss: the targets have {labels.size} labels, but target_lengths add up to {counts.sum()}"
            )
        padded = np.full((batch, int(counts.max(initial=0))), blank)
        padded[np.arange(padded.shape[1]) < counts[:, None]] = labels
        labels = padded
    elif labels.shape[0] != batch or labels.ndim != 2:
        raise ShapeError(f"ctc_loss: Expected targets of shape [{batch}, S], got {labels.shape}")
    else:
        counts = _lengths("target_lengths", target_lengths, batch, labels.shape[1])
    inside = np.arange(labels.shape[1]) < counts[:, None]
    if (labels[inside] < 0).any() or (labels[inside] >= classes).any():
        raise IndexError(f"ctc_loss: a label is out of bounds: with {classes} classes, labels are 0 to {classes - 1}")
    kind = targets.plain
    losses = ctc_loss_p(
        log_probs, kind(np.where(inside, labels, blank).astype(np.int64)), kind(used), kind(counts), blank=blank
    )
    if zero_infinity:
        losses = where_p(losses == np.inf, 0.0, losses)
    if reduction == "mean":
        return (losses / clamp_p(kind(counts.astype(log_probs.dtype)), 1.0, np.inf)).mean()
    if reduction == "sum":
        return losses.sum()
    return losses.squeeze(0) if single else losses
