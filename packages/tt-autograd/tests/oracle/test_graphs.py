"""Random graphs of 5 to 30 operations of all families: the value and the gradients of first and second order are PyTorch's."""

import numpy as np
import pytest
import tt_autograd

torch = pytest.importorskip("torch")


def row(L, x, r):
    """Some index into the first dimension."""
    return L.from_numpy(r.integers(x.shape[0], size=3))


def through_a_view(L, x, r):
    y = (x * 1).contiguous()  # the layouts of results may differ
    v = y.view(-1)
    v[::2].mul_(0.5)
    v.sin_()
    return y + 1


def written_in_pieces(L, x, r):
    y = L.zeros(*x.shape, dtype=L.float64)
    y[..., 0] = x[..., 0]
    y[0] += x[-1]
    return y * x


def masked(L, x, r):
    y, m = x.clone(), L.from_numpy(r.random(tuple(x.shape)) < 0.5)
    y[m] = 0.25
    return y.masked_fill_(m.logical_not() & (y > 0.5), 2.0)


def added_at(L, x, r):
    i = row(L, x, r)
    return x.clone().index_add_(0, i, x[i] * x[i])


def copied_into(L, x, r):
    y = x * 2
    y.select(0, 0).copy_(x[-1] ** 2)
    return y


def gram(L, x):
    return x.mT @ x + 3 * L.eye(x.shape[-1], dtype=L.float64)


ANY = [
    lambda L, x, r: x.sin(),
    lambda L, x, r: L.tanh(x),
    lambda L, x, r: (x * x + 1).sqrt(),
    lambda L, x, r: (x * x + 0.5).log(),
    lambda L, x, r: x.clamp(-0.7, 0.9),
    lambda L, x, r: x.abs(),
    lambda L, x, r: L.exp(-x * x),
    lambda L, x, r: 1 / (x * x + 1),
    lambda L, x, r: x**3,
    lambda L, x, r: L.erf(x),
    lambda L, x, r: L.where(x > 0, x, 0.1 * x),
    lambda L, x, r: L.lerp(x, x * x, 0.3),
    lambda L, x, r: L.addcmul(x, x, x, value=0.5),
    lambda L, x, r: L.logaddexp(x, -x),
    lambda L, x, r: x.unsqueeze(int(r.integers(x.dim() + 1))),
    lambda L, x, r: x.flatten(),
]
VECTORS = [
    lambda L, x, r: x.sum(dim=int(r.integers(x.dim()))),
    lambda L, x, r: x.mean(dim=-1, keepdim=True),
    lambda L, x, r: x.logsumexp(int(r.integers(x.dim()))),
    lambda L, x, r: x.cumsum(int(r.integers(x.dim()))),
    lambda L, x, r: (x + 1.5).cumprod(0),
    lambda L, x, r: x.var(dim=0, keepdim=True, correction=0),
    lambda L, x, r: x.norm(dim=-1, keepdim=True) + x,
    lambda L, x, r: x.amax(dim=0, keepdim=True) * x,
    lambda L, x, r: x.max(dim=int(r.integers(x.dim())))[0],
    lambda L, x, r: x.sort(dim=0)[0],
    lambda L, x, r: x.prod(dim=-1),
    lambda L, x, r: x.median(dim=0)[0],
    lambda L, x, r: x.topk(1, dim=-1)[0],
    lambda L, x, r: L.cat([x, x * 2], dim=int(r.integers(x.dim()))),
    lambda L, x, r: L.stack([x, x.sin()], dim=0).sum(0),
    lambda L, x, r: x[row(L, x, r)],
    lambda L, x, r: x[..., ::2],
    lambda L, x, r: x[None, ..., -1],
    lambda L, x, r: x.masked_fill(L.from_numpy(r.random(tuple(x.shape)) < 0.6), 0.3),
    lambda L, x, r: x.gather(0, L.from_numpy(r.integers(x.shape[0], size=tuple(x.shape)))),
    lambda L, x, r: x.scatter_add(0, L.from_numpy(r.integers(x.shape[0], size=tuple(x.shape))), x * x),
    lambda L, x, r: x.index_select(0, row(L, x, r)),
    lambda L, x, r: x.roll(1, 0).flip(-1),
    lambda L, x, r: x.expand(2, *x.shape).sum(0),
    lambda L, x, r: x.chunk(2, -1)[0],
    lambda L, x, r: L.softmax(x, -1),
    through_a_view,
    written_in_pieces,
    masked,
    added_at,
    copied_into,
]
MATRICES = [
    lambda L, x, r: x.transpose(0, -1),
    lambda L, x, r: x.permute(*r.permutation(x.dim()).tolist()),
    lambda L, x, r: x @ x.mT / 10,
    lambda L, x, r: L.einsum("...ij,...kj->...ik", x, x) / 10,
    lambda L, x, r: x.tril(),
    lambda L, x, r: x.diagonal(dim1=-2, dim2=-1),
    lambda L, x, r: L.linalg.solve(gram(L, x), x.mT),
    lambda L, x, r: L.linalg.inv(gram(L, x)) * L.linalg.slogdet(gram(L, x))[1].sum(),
]
PAIRS = [lambda x, y: x + y, lambda x, y: x * y, lambda x, y: x - y, lambda x, y: x / (y * y + 1)]
SHAPES = [[(3, 4), (4,), (2, 3, 4)], [(3, 3), (3,)], [(5,), (2, 5)], [(2, 2, 3), (3,)], [(1, 4), (4, 1)], [(), (3,)]]


def graph(L, seed):
    """The inputs, and the result of what this seed stands for."""
    r = np.random.default_rng(seed)
    inputs = [L.from_numpy(np.asarray(r.standard_normal(s))).requires_grad_() for s in SHAPES[r.integers(len(SHAPES))]]
    values = list(inputs)
    for _ in range(r.integers(5, 31)):
        x = values[r.integers(max(0, len(values) - 4), len(values))]
        if r.random() < 0.3:
            y = values[r.integers(len(values))]
            try:
                np.broadcast_shapes(tuple(x.shape), tuple(y.shape))
            except ValueError:
                y = y.sum()
            x = PAIRS[r.integers(len(PAIRS))](x, y)
        else:
            table = ANY + (VECTORS if x.dim() else []) + (MATRICES if x.dim() > 1 else [])
            x = table[r.integers(len(table))](L, x, np.random.default_rng(r.integers(1 << 30)))
        values.append(L.tanh(x.reshape(-1)[:50] if x.numel() > 200 else x) * 2)  # so that nothing grows
    return inputs, sum((v.sin().sum() for v in values[-5:]), L.zeros((), dtype=L.float64))


def results(L, seed):
    inputs, y = graph(L, seed)
    if not y.requires_grad:
        return [y]
    first = L.autograd.grad(y, inputs, create_graph=True, materialize_grads=True)
    again = sum((g.sin().sum() for g in first), L.zeros((), dtype=L.float64))
    second = L.autograd.grad(again, inputs, materialize_grads=True) if again.requires_grad else ()
    return [x.detach().numpy() for x in (y, *first, *second)]


class Ours:
    """tt_autograd, with `autograd` where PyTorch has it."""

    autograd = tt_autograd

    def __getattr__(self, name):
        return getattr(tt_autograd, name)


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_random_graphs(start):
    for seed in range(start, start + 20):
        for ours, theirs in zip(results(Ours(), seed), results(torch, seed), strict=True):
            assert ours.shape == theirs.shape
            if not np.isfinite(theirs).all():  # where a norm has no second derivative
                break
            size = max(1.0, np.abs(theirs).max(initial=0))
            np.testing.assert_allclose(ours, theirs, 1e-6, 1e-8 * size, err_msg=f"seed {seed}")
