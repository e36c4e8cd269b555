"""Derivatives of shapes, reductions, indexing, scattering and sorting, against finite differences at first and second order."""

import math

import numpy as np
import pytest
import tt_tensor as tt
from tt_autograd import Tensor

rng = np.random.default_rng(7)
X = rng.uniform(-2, 2, (2, 3))
Y = rng.uniform(-2, 2, (2, 3))
BOX = rng.uniform(-2, 2, (3, 4, 5))
V = rng.uniform(-2, 2, 4)
S = np.array(1.5)
POSITIVE = rng.uniform(0.5, 1.5, (2, 3))
ZEROS = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0], [4.0, 5.0, 6.0]])
MASK = np.array([[True, False, True], [False, False, True]])
AT = tt.tensor([[0, 2, 1], [2, 2, 0]])
K = tt.tensor([1, 0, 1])

SHAPE = {
    "reshape": (lambda x: x.reshape(3, 2), X), "view": (lambda x: x.view(-1), X), "permute": (lambda x: x.permute(2, 0, 1), BOX),
    "transpose": (lambda x: x.transpose(0, 2), BOX), "mT": (lambda x: x.mT, BOX), "movedim": (lambda x: x.movedim(0, -1), BOX),
    "squeeze": (lambda x: x.unsqueeze(1).squeeze(), X), "expand": (lambda x: x.expand(2, 4), V), "flatten": (lambda x: x.flatten(1), BOX),
    "unflatten": (lambda x: x.unflatten(1, (2, 2)), BOX), "broadcast_tensors": (lambda x, y: tt.broadcast_tensors(x, y[0])[1], X, Y),
    "cat": (lambda x, y: tt.cat([x, y, x], 1), X, Y), "cat nothing": (lambda x: tt.cat([x, x[:0]]), X),
    "cat legacy": (lambda x, v: tt.cat([x, v[:0]]), X, V), "stack": (lambda x, y: tt.stack([x, y], 1), X, Y), "vstack": (lambda v: tt.vstack([v, v]), V),
    "split": (lambda x: x.split(2, 1)[1], BOX), "split all": (lambda x: x.split([1, 3], 1), BOX), "chunk": (lambda x: x.chunk(2)[0], X),
    "unbind": (lambda x: x.unbind(1)[1], BOX), "tensor_split": (lambda x: x.tensor_split((1, 3), 2)[1], BOX), "flip": (lambda x: x.flip(0, 1), X),
    "rot90": (tt.rot90, X), "roll": (lambda x: x.roll((1, 2), (0, 1)), X), "roll all": (lambda x: x.roll(1), X), "repeat": (lambda x: x.repeat(2, 1, 2), X),
    "repeat_interleave": (lambda x: x.repeat_interleave(K, 1), X), "narrow": (lambda x: x.narrow(1, 1, 2), X), "select": (lambda x: x.select(1, 2), X),
    "diagonal": (lambda x: x.diagonal(1, 0, 2), BOX), "diag": (tt.diag, V), "diag_embed": (lambda x: tt.diag_embed(x, 1, 0, 2), X), "tril": (lambda x: x.tril(1), BOX),
    "triu": (lambda x: x.triu(), BOX), "unfold": (lambda x: x.unfold(2, 3, 1), BOX), "unfold apart": (lambda x: x.unfold(1, 2, 2), BOX),
    "contiguous": (lambda x: x.T.contiguous(), BOX),
}  # fmt: skip
REDUCE = {
    "sum": (lambda x: x.sum(), X), "sum 0": (lambda x: x.sum(0), X), "sum 02": (lambda x: x.sum((0, 2), True), BOX), "sum 1": (lambda x: x.sum(1), BOX), "sum 0-d": (lambda x: x.sum(0), S),
    "mean": (lambda x: x.mean(), X), "mean 01": (lambda x: x.mean((0, 1)), BOX), "nansum": (lambda x: x.nansum(0), X), "nanmean": (lambda x: x.nanmean(0), X),
    "prod": (lambda x: x.prod(1), X), "prod all": (lambda x: x.prod(), POSITIVE), "prod zeros": (lambda x: x.prod(1), ZEROS), "prod all zeros": (lambda x: x.prod(), ZEROS),
    "prod one zero": (lambda x: x[:1, :2].prod(1, True), ZEROS), "prod 0-d": (lambda x: x.prod(), S), "var": (lambda x: x.var(), X), "var 02": (lambda x: x.var((0, 2), keepdim=True), BOX),
    "var 0": (lambda x: x.var(1, correction=0), X), "std": (lambda x: x.std(1), BOX), "var_mean": (lambda x: tt.var_mean(x, 0), BOX), "amax": (lambda x: x.amax((0, 2)), BOX),
    "amin": (lambda x: x.amin(1, True), BOX), "max": (lambda x: x.max(), X), "max 1": (lambda x: x.max(1).values, BOX), "min 0": (lambda x: x.min(0, True).values, BOX),
    "logsumexp": (lambda x: x.logsumexp((0, 2)), BOX), "norm": (lambda x: x.norm(), X), "norm 1": (lambda x: x.norm(1, 0), X), "norm 3": (lambda x: x.norm(3, 1, True), X),
    "norm inf": (lambda x: x.norm(math.inf, 1), X), "norm -inf": (lambda x: x.norm(-math.inf), X), "norm half": (lambda x: x.norm(0.5), POSITIVE), "norm 0": (lambda x: x.norm(0), X),
    "median": (lambda x: x.median(), X), "median 1": (lambda x: x.median(1).values, BOX), "nanmedian": (lambda x: x.nanmedian(0).values, BOX), "quantile": (lambda x: x.quantile(0.3, 1), BOX),
    "quantile all": (lambda x: x.quantile(0.4), X), "mode": (lambda x: x.mode(1).values, X), "cumsum": (lambda x: x.cumsum(1), BOX), "cumprod": (lambda x: x.cumprod(1), POSITIVE),
    "cumprod zeros": (lambda x: x.cumprod(1), ZEROS), "cumprod 0": (lambda x: x.cumprod(0), ZEROS), "logcumsumexp": (lambda x: x.logcumsumexp(1), BOX), "cummax": (lambda x: x.cummax(1).values, BOX),
    "cummin": (lambda x: x.cummin(0).values, BOX), "diff": (lambda x: x.diff(2, 1), BOX),
}  # fmt: skip
INDEX = {
    "int": (lambda x: x[0], X), "column": (lambda x: x[:, 1], X), "new": (lambda x: x[None, ..., 1:], X), "mask": (lambda x: x[tt.tensor(MASK)], X), "tensor": (lambda x: x[K], X),
    "repeated": (lambda x: x[[0, 0, 1]], X), "pairs": (lambda x: x[K, AT[0]], X), "second": (lambda x: x[:, K], X), "mixed": (lambda x: x[0, :, K], BOX), "apart": (lambda x: x[K, :, K], BOX),
    "many": (lambda x: x[tt.tensor(np.arange(90) % 3)], BOX), "0-d": (lambda x: x[...], S), "index_select": (lambda x: x.index_select(1, K), X), "take": (lambda x: x.take(AT), X),
    "take_along_dim": (lambda x: x.take_along_dim(AT[:1], 1), X), "gather": (lambda x: x.gather(1, AT), X), "gather rows": (lambda x: x.gather(0, K[:, None].expand(K.numel(), X.shape[1])), X), "scatter": (lambda x, y: x.scatter(1, AT[:, :1], y), X, Y),
    "scatter number": (lambda x: x.scatter(1, AT, 2.0), X), "scatter_add": (lambda x, y: x.scatter_add(1, AT, y), X, Y), "masked_fill": (lambda x, s: x.masked_fill(tt.tensor(MASK), s), X, S),
    "masked_select": (lambda x: x.masked_select(tt.tensor(MASK[0])), X), "masked_scatter": (lambda x, y: x.masked_scatter(tt.tensor(MASK), y), X, Y),
    "index_add": (lambda x, y: x.index_add(1, K, y, alpha=2), X, Y), "index_copy": (lambda x, y: x.index_copy(1, AT[0], y), X, Y), "index_fill": (lambda x, s: x.index_fill(1, K, s), X, S),
    "index_put": (lambda x, y: x.index_put((K[:2],), y), X, Y), "index_put add": (lambda x, y: x.index_put((K, K), y[0], accumulate=True), X, Y),
    "sum": (lambda x, y: x.scatter_reduce(1, AT, y, "sum"), X, Y), "mean": (lambda x, y: x.scatter_reduce(1, AT, y, "mean"), X, Y), "prod": (lambda x, y: x.scatter_reduce(1, AT, y, "prod"), X, Y),
    "amax": (lambda x, y: x.scatter_reduce(1, AT, y, "amax"), X, Y), "amin": (lambda x, y: x.scatter_reduce(1, AT, y, "amin"), X, Y),
    "mean alone": (lambda x, y: x.scatter_reduce(1, AT, y, "mean", include_self=False), X, Y), "prod alone": (lambda x, y: x.scatter_reduce(1, AT, y, "prod", include_self=False), X, Y),
    "amax alone": (lambda x, y: x.scatter_reduce(1, AT, y, "amax", include_self=False), X, Y), "sort": (lambda x: x.sort(1).values, BOX), "sort down": (lambda x: x.sort(0, True).values, BOX),
    "topk": (lambda x: x.topk(2, 1).values, BOX), "kthvalue": (lambda x: x.kthvalue(2).values, BOX), "bincount": (lambda y: tt.bincount(K, y), X[0]),
}  # fmt: skip
ASSIGN = {
    "row": (lambda y, v, _s: y.__setitem__(0, v[0])), "number": (lambda y, _v, _s: y.__setitem__(0, 5.0)), "0-d": (lambda y, _v, s: y.__setitem__((slice(None), 1), s)),
    "all": (lambda y, v, _s: y.__setitem__(..., v)), "more dims": (lambda y, v, _s: y.__setitem__(0, v[:1])), "index": (lambda y, v, _s: y.__setitem__(K[:2], v)),
    "mask": (lambda y, v, _s: y.__setitem__(tt.tensor(MASK), v[0])), "fill": (lambda y, _v, s: y.masked_fill_(tt.tensor(MASK), 2.0)), "add": (lambda y, v, _s: y.index_add_(1, K, v)),
    "scatter": (lambda y, v, _s: y.scatter_(1, AT[:, :1], v[:, :1])), "put": (lambda y, v, _s: y.index_put_((K, K), v[0], accumulate=True)), "cumsum": (lambda y, _v, _s: y.cumsum_(1)),
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPE)
def test_shape(check, name):
    check(*SHAPE[name])


@pytest.mark.parametrize("name", REDUCE)
def test_reduce(check, name):
    check(*REDUCE[name])


@pytest.mark.parametrize("name", INDEX)
def test_index(check, name):
    check(*INDEX[name])


@pytest.mark.parametrize("name", ASSIGN)
def test_assignment(check, name):
    def after(x, v, s):
        y = x * 1.0
        ASSIGN[name](y, v, s)
        return y

    check(after, X, Y, S)


def gradient(f, values):
    x = Tensor(np.array(values, np.float32), True)
    f(x).sum().backward()
    assert x.grad.dtype == np.float32
    return x.grad.array.tolist()


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: x.max(), [3, 1, 3], [0.5, 0, 0.5]),
        (lambda x: x.amin(0), [3, 1, 1], [0, 0.5, 0.5]),
        (lambda x: x.max(0).values, [3, 1, 3], [1, 0, 0]),
        (lambda x: x.norm(), [0, 0], [0, 0]),
        (lambda x: x.norm(1), [0, 2], [0, 1]),
        (lambda x: x.std(), [2, 2], [0, 0]),
        (lambda x: x.prod(), [0, 2, 3], [6, 0, 0]),
        (lambda x: x.prod(), [0, 0, 3], [0, 0, 0]),
        (lambda x: x[[0, 0, 2]], [1, 2, 3], [2, 0, 1]),
        (lambda x: x.sum(0) * 0 + x[:0].sum(), [1, 2], [0, 0]),
        (lambda x: x.cummax(0).values, [1, 3, 3, 2], [1, 1, 2, 0]),
        (lambda x: x.nansum(), [1, math.nan], [1, 0]),
    ],
)
def test_what_pytorch_settles(f, x, expected):
    assert gradient(f, x) == expected


def test_one_result_of_several_and_none():
    x = Tensor(np.arange(6.0), True)
    a, _, c = x.split(2)
    (a * 2 + c).sum().backward()
    assert x.grad.array.tolist() == [2, 2, 0, 0, 1, 1]
    assert not x.argmax().requires_grad
    assert not x.sort().indices.requires_grad
    assert not (x.max(0).indices).requires_grad


def test_the_input_may_change_after_it_was_indexed():
    w = Tensor(np.ones(3), True)
    x = w * 1.0
    y = x[tt.tensor([0, 0])]
    x.add_(1.0)
    y.sum().backward()
    assert w.grad.array.tolist() == [2, 0, 0]


def test_distinct_values_have_no_derivative():
    x = Tensor(np.ones(3), True)
    with pytest.raises(NotImplementedError, match="unique"):
        x.unique().sum().backward()
