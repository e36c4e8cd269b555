"""First and second derivatives of shapes, reductions, indexing, scattering and sorting, compared with PyTorch's.

Every case is an expression that is evaluated twice: `f` is tt_autograd or torch, and the tensors require gradients. The
result is reduced to a number by fixed weights; then the gradients are compared, and those of their weighted sum.
"""

import math
import warnings

import numpy as np
import pytest
import tt_autograd

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(1)
FLOATS = {
    "x": RNG.standard_normal((2, 3)),
    "r": RNG.standard_normal((3, 4, 5)),
    "p": RNG.random((3, 4)) + 0.5,
    "w": np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0], [4.0, 5.0, 6.0]]),
    "ties": np.array([[3.0, 1.0, 3.0, 1.0], [2.0, 2.0, 0.0, 0.0]]),
    "s": np.array(2.5),
    "v": RNG.standard_normal(5),
    "o": RNG.standard_normal((2, 3)) + 1,
    "q": RNG.standard_normal((20, 12)),
}
OTHERS = {
    "k": np.array([1, 0, 1]),
    "k2": np.array([[0, 2, 1], [2, 2, 0]]),
    "b": np.array([[True, False, True], [False, False, True]]),
    "many": RNG.integers(0, 6, 20),
}

CASES = """
x.reshape(3, 2)  x.view(-1)  r.permute(2, 0, 1)  r.transpose(0, 2)  x.t()  r.mT  r.movedim(0, 2)  x.unsqueeze(1).squeeze()  x.expand(4, 2, 3)  s.expand(3)  r.flatten(1)
r.unflatten(1, (2, 2))  f.broadcast_tensors(x, o[0])[1]  f.cat([x, o, x])  f.cat([x, o], 1)  f.cat([x, x[:0]])  f.stack([x, o], 1)  f.hstack([v, v])  f.vstack([v, v])
r.split(2, 1)[1]  r.split([1, 3], 1)[0]  r.chunk(2, 2)[0] * r.chunk(2, 2)[1].sum()  r.unbind(1)[2]  r.tensor_split((1, 3), 2)[1]  x.flip(0, 1)  f.rot90(x)  x.roll((1, 2), (0, 1))
x.repeat(2, 1, 2)  x.tile(2)  x.repeat_interleave(2, 0)  x.repeat_interleave(k, 1)  x.narrow(1, 1, 2)  x.select(0, -1)  r.diagonal(1, 0, 2)  f.diag(v)  f.diag(x)  f.diag_embed(x, 1, 0, 2)
r.tril(1)  r.triu()  r.unfold(2, 3, 1)  r.unfold(1, 2, 2)  x.t().contiguous()  q.t().contiguous()[::2]
x.sum()  x.sum(0)  r.sum((0, 2), True)  r.sum(1)  x.mean()  r.mean((0, 1))  s.mean()  s.sum(0)  w.prod()  w.prod(1)  w.prod(0, True)  p.prod()  p.prod(1)  w[2].prod()  s.prod()
x.var()  r.var((0, 2), keepdim=True)  x.var(1, correction=0)  x.std()  r.std(1)  f.var_mean(x, 1)[1]  f.std_mean(x)[0]
x.max()  x.max(1).values  r.max(1, True)[0]  ties.max()  ties.min()  ties.amax(1)  ties.amin(0)  ties.amax((0, 1), True)  x.min(0)[0]  f.aminmax(x, dim=1)[0]  r.amax((0, 2))
x.logsumexp(0)  r.logsumexp((0, 2))  x.norm()  x.norm(1)  x.norm(3, 1)  x.norm(math.inf)  ties.norm(math.inf, 1)  x.norm(-math.inf, 0)  x.norm(2, 1)  p.norm(0.5)  w.norm(2, 0)
x.nansum()  f.nanmean(x, 1)  x.median()  x.median(1).values  x.nanmedian(0)[0]  x.quantile(0.3)  x.quantile(0.5, 1)  r.quantile(0.25, 0, True)  x.mode(1)[0]
x.cumsum(1)  r.cumsum(0)  w.cumprod(1)  w.cumprod(0)  p.cumprod(1)  x.logcumsumexp(1)  x.cummax(1)[0]  ties.cummax(1)[0]  x.cummin(0)[0]  f.diff(x, 2)  f.trapezoid(x, o, dim=0)  f.cumulative_trapezoid(r, dim=1)  x.cov()  x.corrcoef()  f.block_diag(x, w, s)  f.combinations(v)  f.cartesian_prod(v, v)  x.diff(prepend=o)
x[0]  x[:, 1]  x[None, ..., 1:]  x[b]  x[k]  x[k, k]  x[:, k]  r[0, :, k]  r[k, :, k]  r[:, k, 1:]  x[[0, 0, 1]]  q[many]  q[:, many % 3]  s[...]  x[x > 0]  r[:, [[0, 1], [1, 1]]]  s[None]  q[many, 2]
x.gather(1, k2)  x.gather(1, k2[:1])  x.gather(0, k2[0][:, None].expand(-1, x.shape[1]) % x.shape[0])  x.scatter(1, k2[:, :1], 2.0)  x.scatter_add(1, k2, o)
x.scatter_reduce(1, k2, o, "sum")  x.scatter_reduce(1, k2, o, "mean")  x.scatter_reduce(1, k2, o, "prod")  x.scatter_reduce(1, k2, o, "amax")  x.scatter_reduce(1, k2, o, "amin")
x.scatter_reduce(1, k2, o, "sum", include_self=False)  x.scatter_reduce(1, k2, o, "mean", include_self=False)  x.scatter_reduce(1, k2, o, "prod", include_self=False)
x.scatter_reduce(1, k2, o, "amax", include_self=False)  x.scatter_reduce(1, k2, ties[:, :3], "amax")  w[:2].scatter_reduce(1, k2, ties[:, :3], "prod")
x.index_select(1, k)  q.index_select(0, many)  x.take(k2)  x.take_along_dim(k2[:1], 1)  x.masked_select(b)  x.masked_fill(b, 2.0)  x.masked_fill(b[0], s)  x.masked_scatter(b, o)
x.index_add(1, k, o)  x.index_add(1, k, o, alpha=2)  x.index_copy(1, k2[0], o)  x.index_fill(1, k, 2.0)  x.index_fill(1, k, s)  x.index_put((k,), o[:1])  x.index_put((k, k), o[0], True)  x.index_put((b,), s)
r.sort(1)[0]  r.sort(0, True).values  r.topk(2, 1)[0]  r.topk(2, 0, False).values  q.topk(2, 0)[0]  r.kthvalue(2)[0]  f.msort(r)
"""
NAMES = [case for line in CASES.strip().splitlines() for case in line.strip().split("  ")]

ASSIGN = [
    "y[0] = 5.0", "y[0] = o[0]", "y[:, 1] = s", "y[b] = 1.5", "y[b] = o[0]", "y[:, k] = s", "y[...] = o", "y[None] = o",
    "y[0, 1] = s * 2", "y.masked_fill_(b, 4.0)", "y.scatter_(1, k2[:, :1], o[:, :1])", "y.scatter_add_(1, k2, o)", "y.index_add_(1, k, o)",
    "y.index_fill_(1, k, 4.0)", "y.index_copy_(1, k2[0], o)", "y.index_put_((k, k), o[0], True)", "y.cumsum_(1)", "y.tril_()",
]  # fmt: skip


def names(module):
    """The tensors of the cases, those with floats requiring gradients, and the library itself."""
    made = {k: module.tensor(a.copy()).requires_grad_() for k, a in FLOATS.items()}
    return {"f": module, "math": math, **made, **{k: module.tensor(a.copy()) for k, a in OTHERS.items()}}


def weights(shape, seed):
    """Fixed weights that make a number of a tensor."""
    return np.random.default_rng(seed).standard_normal(tuple(shape))


def derivatives(module, case, run):
    """The first and second derivatives of a case by all tensors that it uses."""
    scope = names(module)
    y = run(case, scope)
    used = [scope[k] for k in FLOATS if k in scope]
    loss = (y * module.tensor(weights(y.shape, 2))).sum()
    first = module.autograd.grad(loss, used, create_graph=True, allow_unused=True) if module is torch else tt_autograd.grad(
        loss, used, create_graph=True, allow_unused=True
    )  # fmt: skip
    total = sum((g * g * module.tensor(weights(g.shape, 3))).sum() for g in first if g is not None)
    second = [None] * len(used)
    if getattr(total, "requires_grad", False):
        grad = torch.autograd.grad if module is torch else tt_autograd.grad
        second = grad(total, used, allow_unused=True)
    return first, second


def compare(ours, theirs, what):
    """Require equal gradients; one that is missing on either side counts as zero."""
    for name, a, b in zip(FLOATS, ours, theirs, strict=True):
        if a is None and b is None:
            continue
        b = np.zeros(a.shape) if b is None else b.detach().numpy(force=True)
        a = np.zeros(b.shape) if a is None else a.detach().numpy()
        assert a.dtype == b.dtype or not b.any()
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-9, err_msg=f"{what} derivative by {name}")


def check(case, run):
    """Compare the derivatives of a case."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = derivatives(torch, case, run)
    ours = derivatives(tt_autograd, case, run)
    compare(ours[0], theirs[0], "first")
    compare(ours[1], theirs[1], "second")


FLAT = ["(w * 0).norm()", "(w * 0).norm(2, 1)"]  # the second derivative is not a number, or 0


@pytest.mark.parametrize("case", FLAT)
def test_first_derivatives_equal_pytorch(case):
    compare(derivatives(tt_autograd, case, value)[0], derivatives(torch, case, value)[0], "first")


def value(case, scope):
    """The value of an expression."""
    return eval(case, scope)


def assigned(case, scope):
    """A copy of x after an assignment to it."""
    scope["y"] = scope["x"] * 1.0
    exec(case, scope)
    return scope["y"]


@pytest.mark.parametrize("case", NAMES)
def test_derivatives_equal_pytorch(case):
    check(case, value)


@pytest.mark.parametrize("case", ASSIGN)
def test_derivatives_of_assignments_equal_pytorch(case):
    check(case, assigned)
