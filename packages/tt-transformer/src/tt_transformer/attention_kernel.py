"""The core of attention as one operation: scores, mask, softmax, dropout and the product with the values, and its derivative.

Kept for backward are, besides the inputs, the output, one number per query, and the exponentials of the scores as long as they
take no more memory than inputs and output do: in longer sequences they are computed again. What saves time:

- exp(s) needs no maximum subtracted as long as the sums stay in a range where nothing is lost, which is seen afterwards; only
  rows that leave it are done again with a shift, column by column as in Milakov and Gimelshein, Online normalizer calculation
  for softmax, 2018.
- The gradient of a row of scores is p · (dp - Σ p dp), and Σ p dp = Σ g · out (Dao et al., FlashAttention, 2022). That, and the
  logarithm of the sum of exponentials, are subtracted by the products: queries and gradients get one more column.
- BLAS multiplies by a transposed right side at half the speed, so keys and values are transposed first, and scaled on the way.
- Powers of two are faster than exponentials: see `tt_tensor.ops.exponential`.
"""

from math import prod
from typing import Any

import numpy as np
from tt_autograd.rule import joint_derivative
from tt_nn.flops import FLOPS
from tt_tensor.ops.exponential import LOG, raised
from tt_tensor.ops.matmul import few_rows, multiply
from tt_tensor.ops.rows import half
from tt_tensor.primitive import primitive

from .attention_second import attention_gradients
from .attention_small import few, small_backward, small_forward
from .attention_work import Work, kept_room, product, room, row_sums, transposed, with_column

LOW, HIGH = 1e-30, 1e30  # sums of exp(s) between these need no shift
NEAR = 1e-10, 1e10  # sums by which small gradients can be divided without a loss of digits
FAR = 1e3  # logarithms of sums beyond which a float32 has too few digits left behind the point
KEPT = 1.0  # memory that the exponentials may take, in that of inputs and output, to be kept for backward


def forward(work: Work, keep: bool) -> tuple[Any, Any, Any]:
    """The output, the logarithm of the sum of exponentials of each row of scores, in units of `LOG`, inf for an empty one; and
    the exponentials if they are to be kept, else an empty array.
    """
    cuts, v, out = work.cuts, work.v, work.room_for_output()
    log_sums = np.empty((*cuts.lead, cuts.rows), v.dtype)
    kept = np.empty((*cuts.lead, cuts.scores) if keep else 0, v.dtype)
    usable = []  # for each row of sheets, whether backward can use its exponentials

    def sheet(number: int, heads: Any) -> None:
        queries, keys = work.factors(heads)
        place = kept_room(kept[heads], cuts) if keep else room(keys.shape[:-2], cuts, v.dtype)
        y, found = out[heads], log_sums[heads]
        for rows in cuts.downwards():
            arguments = (work, number, heads, rows, queries[..., rows, :], keys, v[heads], place, y[..., rows, :])
            sums = plain_rows(*arguments)
            usable.append(keep and sums is not None and in_range(sums, *NEAR))
            if sums is None:
                found[..., rows] = shifted_rows(*arguments)
            else:
                np.multiply(np.log(sums, sums), LOG, found[..., rows])

    work.run(sheet)
    return out, log_sums, kept if all(usable) else kept[:0]


def plain_rows(
    work: Work, number: int, heads: Any, rows: slice, q: Any, keys: Any, values: Any, place: Any, out: Any
) -> Any:
    """Write the output of some rows into `out` and return Σ exp(s); None if they need a shift."""
    cuts, dropout = work.cuts, work.dropout
    stream = dropout and dropout.stream(number, rows)
    all_columns = cuts.across(rows)
    sums: Any = 0
    for columns in all_columns:
        p = product(q, keys[..., columns], place(rows, columns))
        work.exponentials(p, heads, rows, columns)
        sums = sums + row_sums(p)
        if dropout:
            p = np.multiply(p, dropout.kept(stream, p.shape, p.dtype))
        add_product(out, p, values[..., columns, :], columns.start == 0)
    if not in_range(sums):
        return None
    out *= ((dropout.factor if dropout else 1) / sums)[..., None]
    return sums


def in_range(sums: Any, low: float = LOW, high: float = HIGH) -> bool:
    """Whether the exponentials were neither too small nor too large to be exact."""
    return bool(sums.min() > low and sums.max() < high)  # not of NaN


def shifted_rows(
    work: Work, number: int, heads: Any, rows: slice, q: Any, keys: Any, values: Any, place: Any, out: Any
) -> Any:
    """Write the output of some rows into `out`, with the maximum of each subtracted; return log Σ exp(s)."""
    top: Any = -np.inf
    sums: Any = 0
    out[...] = 0
    stream = work.dropout and work.dropout.stream(number, rows)
    for columns in work.cuts.across(rows):
        s = product(q, keys[..., columns], place(rows, columns))
        top, fade = shifted(work, s, heads, rows, columns, top)
        sums = sums * fade + row_sums(s)
        if work.dropout:
            s *= work.dropout.kept(stream, s.shape, s.dtype)
        out *= fade[..., None]
        out += s @ values[..., columns, :]
    empty = sums == 0
    sums[empty] = 1
    out *= ((work.dropout.factor if work.dropout else 1) / sums)[..., None]
    return np.where(empty, np.inf, top + np.log(sums) * LOG)


def shifted(work: Work, s: Any, heads: Any, rows: slice, columns: slice, top: Any) -> tuple[Any, Any]:
    """Set scores to their exponentials, less the greatest so far, `top`; return that, and what the earlier ones are multiplied
    with where it is greater now, which is 0 in the first columns.
    """
    work.masked(s, heads, rows, columns)
    new = np.maximum(top, s.max(-1))
    base = np.where(new == -np.inf, 0, new)
    s -= base[..., None]
    raised(s, s)
    return new, raised(top - base)


def shift_of(work: Work, heads: Any, rows: slice, q: Any, keys: Any, place: Any) -> tuple[Any, Any]:
    """What `shifted_rows` subtracts from the scores, and divides their exponentials by: a column each."""
    top: Any = -np.inf
    sums: Any = 0
    for columns in work.cuts.across(rows):
        s = product(q, keys[..., columns], place(rows, columns))
        top, fade = shifted(work, s, heads, rows, columns, top)
        sums = sums * fade + row_sums(s)
    return np.where(top == -np.inf, 0, top)[..., None], np.where(sums == 0, 1, sums)[..., None]


def backward(work: Work, g: Any, out: Any, log_sums: Any, kept: Any, mask_gradient: bool) -> tuple[Any, Any, Any, Any]:
    """The gradients of queries, keys, values and, if wanted, scores."""
    cuts, q, k, v = work.cuts, work.q, work.k, work.v
    dq, dk, dv = (np.empty_like(x) for x in (q, k, v))
    ds_all = np.zeros((*cuts.lead, cuts.rows, cuts.columns), q.dtype) if mask_gradient else None
    width, dropout = v.shape[-1], work.dropout
    factor = 1.0 if mask_gradient else work.scale

    def sheet(number: int, heads: Any) -> None:
        queries, plain_k = q[heads], k[heads]
        values = transposed(v[heads], factor, factor)
        lead = values.shape[:-2]
        other = room(lead, cuts, q.dtype)
        if kept.size:
            place = kept_room(kept[heads], cuts)
        else:
            place, keys = room(lead, cuts, q.dtype), transposed(plain_k, work.scale * LOG, 1.0)
        gq, gk, gv, gy, y = dq[heads], dk[heads], dv[heads], g[heads], out[heads]
        if cuts.causal:  # keys that no query sees
            gk[..., cuts.rows :, :] = 0
            gv[..., cuts.rows :, :] = 0
        for rows in reversed(cuts.downwards()):  # the last rows see all the keys that any row sees
            first = rows.stop == cuts.rows
            g_rows, q_rows = gy[..., rows, :], queries[..., rows, :]
            if kept.size:  # not divided by their sums: the gradient is
                g_rows = g_rows * raised(-log_sums[heads][..., rows])[..., None]
            else:
                row_logs = log_sums[heads][..., rows]
                far = bool(((np.abs(row_logs) > FAR) & (row_logs != np.inf)).any())
                less_sums = with_column(q_rows, 0.0 if far else np.negative(row_logs))
                base, total = shift_of(work, heads, rows, less_sums, keys, place) if far else (0.0, 1.0)
            inner = np.vecdot(g_rows, y[..., rows, :])
            less_inner = with_column(g_rows, np.negative(inner))
            stream = dropout and dropout.stream(number, rows)
            for columns in cuts.across(rows):
                p = place(rows, columns)
                if not kept.size:
                    product(less_sums, keys[..., columns], p)
                    if far:
                        work.masked(p, heads, rows, columns)
                        p -= base
                        raised(p, p)
                        p /= total
                    else:
                        if work.hides and p.max() > 1:  # a score that counts is at most 0 here
                            np.minimum(p, 1, out=p)
                        work.exponentials(p, heads, rows, columns)
                weights = p
                if not dropout:
                    ds = product(less_inner, values[..., columns], other(rows, columns))
                else:
                    stay = dropout.kept(stream, p.shape, p.dtype)
                    stay *= dropout.factor
                    ds = product(g_rows, values[..., :width, columns], other(rows, columns))
                    ds *= stay
                    ds -= (inner * factor)[..., None]
                    weights = np.multiply(stay, p, stay)
                ds *= p
                if mask_gradient:
                    ds_all[heads][..., rows, columns] = ds  # type: ignore[index]
                    ds *= work.scale
                add_product(gv[..., columns, :], weights.swapaxes(-1, -2), g_rows, first)
                add_product(gk[..., columns, :], ds.swapaxes(-1, -2), q_rows, first)
                add_product(gq[..., rows, :], ds, plain_k[..., columns, :], columns.start == 0)

    work.run(sheet)
    return dq, dk, dv, ds_all


def add_product(target: Any, a: Any, b: Any, first: bool) -> None:
    """`target += a @ b`, or `=` the first time."""
    if first:
        multiply(a, b, target, few_rows(a, b) if a.strides[-1] == a.itemsize else 0)
    else:
        target += a @ b


def widened(*xs: Any) -> list[Any]:
    """float16 as float32."""
    return [half(x) for x in xs]


@primitive()
def attention_p(
    q: Any, k: Any, v: Any, mask: Any,
    *, scale: float, causal: bool, seed: int, level: int, keep: bool, mask_gradient: bool,  # noqa: ARG001 - for backward
) -> Any:  # fmt: skip
    """softmax(q kᵀ · scale + mask) v; and for backward the logarithm of the sum of the exponentials of each query's scores, and
    the exponentials if `keep` and they are few enough: else an empty array.

    `mask` is 0.0 if there is none. `seed` and `level` are those of `Dropout`.
    """
    wide_q, wide_k, wide_v = widened(q, k, v)
    work = Work(wide_q, wide_k, wide_v, mask, causal, scale, seed, level)
    if not work.any():
        return np.zeros((*work.cuts.lead, q.shape[-2], v.shape[-1]), q.dtype), np.zeros(()), np.zeros(0, q.dtype)
    most = KEPT * (q.shape[-2] + k.shape[-2]) * (q.shape[-1] + v.shape[-1])
    if few(work):
        out, p, sums = small_forward(work)
        if in_range(sums):
            stays = keep and p.shape[-2] * p.shape[-1] <= most and in_range(sums, *NEAR)
            return out.astype(q.dtype, copy=False), np.log(sums) * LOG, p if stays else p[:0]
    out, log_sums, kept = forward(work, keep and work.cuts.scores <= most)
    return out.astype(q.dtype, copy=False), log_sums, kept


@primitive()
def attention_backward_p(
    g: Any, q: Any, k: Any, v: Any, mask: Any, out: Any, log_sums: Any, kept: Any,
    *, scale: float, causal: bool, seed: int, level: int, mask_gradient: bool,
) -> Any:  # fmt: skip
    """The gradients of the queries, keys and values, and of the mask if it is wanted."""
    q, k, v, g, out = widened(q, k, v, g, out)
    work = Work(q, k, v, mask, causal, scale, seed, level)
    if not work.any():
        return tuple(np.zeros(x.shape, x.dtype) for x in (q, k, v, mask)[: 3 + mask_gradient])
    if kept.size and few(work):
        return small_backward(work, g, out, log_sums, kept)[: 3 + mask_gradient]
    return backward(work, g, out, log_sums, kept, mask_gradient)[: 3 + mask_gradient]


def attention_rule(
    g: Any, q: Any, k: Any, v: Any, mask: Any, out: Any,
    scale: float, causal: bool, seed: int, level: int, keep: bool, mask_gradient: bool,  # noqa: ARG001 - for forward
) -> tuple[Any, ...]:  # fmt: skip
    """The fast backward pass; where it is itself to be differentiated, the same formulas in operations that can be."""
    g, inputs = g[0], (q, k, v, mask)
    settings: dict[str, Any] = dict(scale=scale, causal=causal, seed=seed, level=level, mask_gradient=mask_gradient)
    if type(g) is np.ndarray:
        gradients = attention_backward_p.kernel(g, *inputs, *out, **settings)
    elif all(getattr(x, "more", None) is None for x in (g, *inputs)):
        gradients = attention_backward_p(g, *inputs, *out, **settings)
    else:
        gradients = attention_gradients(g, *inputs, **settings)
    return gradients if mask_gradient else (*gradients, None)


joint_derivative(attention_p, attention_rule)


def product_flops(rows: Any, k: Any, width: int) -> Any:
    """What products of the scores that belong to these rows with vectors of this width take."""
    return 2 * int(prod(rows.shape[:-1])) * k.shape[-2] * width


FLOPS[attention_p] = lambda out, q, k, v, *_, **__: product_flops(out[0], k, q.shape[-1] + v.shape[-1])
FLOPS[attention_backward_p] = lambda _, g, q, k, v, *others, **__: product_flops(
    g, k, (2 if others[-1].size else 3) * q.shape[-1] + 2 * v.shape[-1]
)
