"""Shapes, reductions, indexing, scattering and sorting, compared with PyTorch: values, dtypes, shapes and error classes.

Every case is an expression that is evaluated twice: `f` is tt_tensor or torch, the other names are tensors of either.
"""

import math
import warnings

import numpy as np
import pytest
import tt_tensor

torch = pytest.importorskip("torch")

NAN = float("nan")
RNG = np.random.default_rng(0)
ARRAYS = {
    "x": np.arange(6, dtype=np.float32).reshape(2, 3),
    "r": RNG.standard_normal((3, 4, 5)).astype(np.float32),
    "d": RNG.standard_normal((4, 3)),
    "h": RNG.standard_normal((3, 4)).astype(np.float16),
    "s": np.float32(2.5).reshape(()),
    "v": np.array([3.0, 1.0, NAN, 2.0, -1.0], np.float32),
    "w": np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]], np.float32),
    "ties": np.array([[3.0, 1.0, 3.0, 1.0], [2.0, 2.0, 0.0, 0.0]], np.float32),
    "i": np.arange(12).reshape(3, 4) % 5,
    "u": np.array([[1, 2], [0, 200]], np.uint8),
    "n": np.array([5, 3, 5, 1], np.int32),
    "b": np.array([[True, False, True], [False, False, True]]),
    "e": np.zeros((0, 3), np.float32),
    "z": np.zeros(0, np.float32),
    "k": np.array([1, 0, 1]),
    "k2": np.array([[0, 2, 1], [2, 2, 0]]),
    "o": np.ones((2, 3), np.float32),
    "wide": RNG.standard_normal((300, 7)).astype(np.float32),
    "many": RNG.integers(0, 9, 500),
    "rows": RNG.standard_normal((500, 40)).astype(np.float32),
}

SHAPE = """
x.reshape(3, 2)  x.reshape((-1, 2))  x.reshape([6])  x.reshape(4, -1)  x.reshape(-1, -1)  x.reshape(7)  x.reshape(2, -2)  e.reshape(-1)
e.reshape(-1, 0)  e.reshape(0, 7)  s.reshape(1, 1)  s.reshape(-1)  f.reshape(x, (6,))  f.reshape([1], (1,))  x.reshape("a")
x.view(6)  x.view(-1, 3)  x.t().view(6)  x.t().view(3, 2)  x.view(7)  x.view(f.int32)  x.view_as(r)  x.reshape_as(d[:2])  r[:, 1:].view(3, -1)
r.permute(2, 0, 1)  r.permute((-1, 0, 1))  r.permute(0)  r.permute(0, 0, 1)  r.permute(0, 1, 3)  f.permute(r, (1, 0, 2))
r.transpose(0, 2)  r.transpose(-1, 0)  r.transpose(0, 3)  s.transpose(0, -1)  r.swapaxes(0, 1)  r.swapdims(0, 1)  x.t()  v.t()  s.t()  r.t()  x.T  x.mT
r.mT  v.mT  r.movedim(0, 2)  r.movedim((0, 1), (2, 0))  r.moveaxis(-1, 0)  r.movedim((0, 1), (0,))  r.movedim((0, 0), (1, 2))
r[None].squeeze()  r[None].squeeze(0)  r.squeeze(1)  r[:1, :, :1].squeeze((0, 2))  s.squeeze()  s.squeeze(0)  r.squeeze(3)
x.unsqueeze(0)  x.unsqueeze(-1)  x.unsqueeze(2)  x.unsqueeze(3)  s.unsqueeze(0)
x[:, :1].expand(2, 4)  x.expand(4, -1, 3)  x.expand(3, 3)  x.expand(-1, -1, 3)  x.expand(3)  s.expand(2, 2)  e.expand(2, 0, 3)  x.expand(2, -2)
x.expand_as(r[:, :2, :3])  f.broadcast_to(v, (2, 5))  f.broadcast_to(v, (5, 2))  f.broadcast_tensors(x[:, :1], x[0])  f.broadcast_tensors(x, v)
x.broadcast_to((2, 2, 3))  r.flatten()  r.flatten(1)  r.flatten(0, 1)  r.flatten(2, 1)  r.flatten(0, 5)  s.flatten()  e.flatten()  r.ravel()
r.unflatten(1, (2, 2))  r.unflatten(-1, (-1, 5))  r.unflatten(1, (3, 2))  r.unflatten(1, (-1, -1))
f.atleast_1d(s)  f.atleast_2d(v)  f.atleast_3d(x)  f.atleast_3d(v)  f.atleast_2d(s, v)
f.cat([x, x])  f.cat((x, x), 1)  f.cat([x, x], -1)  f.cat([x, i[:2, :3]])  f.cat([x, z])  f.cat([x, d[:2]])  f.cat([])  f.cat([s, s])  f.cat([x, v])
f.cat([x, d.T[:2]], 1)  f.cat([x, x], 2)  f.cat(x)  f.concat([v, v])  f.cat([b, i[:, :3]])  f.cat([x, e])
f.stack([x, x])  f.stack([x, x], 2)  f.stack([x, x], -1)  f.stack([s, s])  f.stack([x, v])  f.stack([])  f.stack([x, i[:2, :3]])  f.stack([x, x], 3)
f.hstack([x, x])  f.hstack([v, v])  f.hstack([s, s])  f.vstack([v, v])  f.vstack([x, x])  f.dstack([x, x])  f.dstack([v, v])
r.split(2)  r.split(2, 1)  r.split([1, 3], 1)  r.split([1, 1], 1)  r.split(0)  r.split(-1)  e.split(2)  s.split(1)  r.split(10, -1)
r.chunk(2, 2)  r.chunk(7, 0)  r.chunk(0)  r.tensor_split(2, 1)  r.tensor_split(3, -1)  r.tensor_split((1, 3), 2)  r.tensor_split((1, -1), 2)
r.tensor_split(0)  r.unbind()  r.unbind(-1)  s.unbind()  e.unbind()  f.unbind(x, 1)
x.flip(0)  x.flip(0, 1)  x.flip((-1,))  x.flip(0, 0)  x.flip(2)  x.fliplr()  x.flipud()  f.rot90(x)  f.rot90(x, 2)  f.rot90(x, -1, (1, 0))  f.rot90(r, 3, (0, 2))
x.roll(1)  x.roll(1, 1)  x.roll((1, 2), (0, 1))  x.roll((1, 2), 0)  x.roll(-4, 1)  e.roll(1, 1)
x.repeat(2, 1)  x.repeat(2)  x.repeat(2, 1, 2)  x.repeat(0, 1)  s.repeat(3)  x.repeat(-1, 1)  x.tile(2)  x.tile((2, 1, 1))  f.tile(v, (2,))
x.repeat_interleave(2)  x.repeat_interleave(2, 0)  x.repeat_interleave(k, 1)  x.repeat_interleave(k, 0)  x.repeat_interleave(-1)
x.narrow(1, 1, 2)  x.narrow(1, -2, 1)  x.narrow(1, 2, 2)  x.narrow(1, 4, 0)  x.narrow(0, 0, -1)  x.select(1, 2)  x.select(0, -1)  x.select(1, 3)  s.select(0, 0)
r.diagonal()  r.diagonal(1)  r.diagonal(-1, 1, 2)  r.diagonal(0, 0, -1)  r.diagonal(9)  r.diagonal(0, 1, 1)  v.diagonal()
f.diag(v[:2])  f.diag(v[:2], 1)  f.diag(x)  f.diag(x, -1)  f.diag(r)  f.diag_embed(x)  f.diag_embed(x, 1, 0, 2)  f.diag_embed(x, -1)  f.diag_embed(x, 0, 1, 1)
f.tril(x)  f.triu(r, 1)  r.tril(-1)  f.tril(v)  i.triu()  b.tril()  r.unfold(2, 2, 1)  r.unfold(1, 2, 2)  r.unfold(0, 4, 1)  r.unfold(0, 2, 0)  x.t().contiguous()
"""
REDUCE = """
x.sum()  x.sum(0)  x.sum(1, True)  x.sum((0, 1))  x.sum((1, 0), keepdim=True)  x.sum(5)  x.sum((0, 0))  x.sum("a")  x.sum([])  x.sum(())  r.sum((0, 2))  r.sum((1, 2))
r.sum((0, 1), True)  r.sum(1)  r.sum(-1)  r.T.sum(0)  x.t().sum(0)  x.t().sum(1, True)  wide.sum(1)  wide.sum(0)  wide.t().sum(0)  wide[:, ::2].sum(1)  h.sum()  h.sum(1)
d.sum(0)  s.sum()  s.sum(0)  s.sum(-1, True)  s.sum(1)  e.sum()  e.sum(0)  e.sum(1)  i.sum()  i.sum(0)  u.sum()  b.sum()  b.sum(1)  n.sum(dtype=f.int32)
i.sum(dtype=f.float32)  x.sum(dtype=f.float64)  f.sum(x, dim=0)  f.sum([1.0])  f.sum(x, (0,), True)  v.sum()  n.sum(0)
x.mean()  x.mean(0)  x.mean((0, 1), True)  i.mean()  i.mean(dtype=f.float32)  b.mean()  e.mean()  e.mean(0)  e.mean(1)  h.mean()  h.mean(0)  d.mean()  s.mean()  s.mean(0)
wide.mean(1)  v.mean()  x.mean([])
x.prod()  x.prod(1)  x.prod(0, True)  x.prod((0, 1))  i.prod()  b.prod()  e.prod()  e.prod(0)  s.prod()  s.prod(0)  u.prod(dtype=f.int32)  (x + 1).prod(1)
x.var()  x.var(0)  x.var(1, keepdim=True)  x.var(0, False)  x.var(False)  x.var(unbiased=False)  x.var(0, correction=0)  x.var((0, 1), correction=2)  i.var()  s.var()
e.var()  e.var(0)  h.var()  d.var(1)  x.var(1, correction=5)  x.std()  x.std(0)  x.std(True)  x.std(1, correction=0)  f.var_mean(x, 1)  f.std_mean(x, 0, keepdim=True)
f.var_mean(x, correction=0)  b.std()  wide.var(1)
x.cov()  f.cov(r[0], correction=0)  f.cov(r)  f.cov(v)  f.cov(i)  f.cov(d)  f.cov(s)  x.corrcoef()  f.corrcoef(r[0])  f.corrcoef(i)  f.corrcoef(v)
f.trapezoid(x)  f.trapezoid(r, dim=1)  f.trapezoid(x, dx=0.5, dim=0)  f.trapezoid(x, x * x)  f.trapezoid(r, r[0], dim=1)  f.trapezoid(x, v[:3])  f.trapezoid(x, v[:2])  f.trapezoid(i)  f.trapezoid(s)  f.trapz(x, v[:2], dim=0)
f.trapezoid(e)  f.trapezoid(e, dim=0)  f.cumulative_trapezoid(r)  f.cumulative_trapezoid(x, x * x, dim=0)  f.cumulative_trapezoid(i, dx=2)
f.block_diag(x, d.float())  f.block_diag(x, i[0], s)  f.block_diag(b, b[0])  f.block_diag(r)  f.block_diag(e, x)  f.cartesian_prod(i[0], i[1])  f.cartesian_prod(v)  f.cartesian_prod(x, v)  f.cartesian_prod(i[0], v)
f.combinations(v)  f.combinations(i[0], 3)  f.combinations(v, with_replacement=True)  f.combinations(v, 0)  f.combinations(v, 6)  f.combinations(v, -1)  f.combinations(x)
f.broadcast_shapes((3,), 4)
f.max(x, x[:1] + 1, out=f.zeros(2, 3))  f.min(x, out=f.zeros(()))
x.max()  x.max(0)  x.max(1, True)  x.max(-1, keepdim=True)  x.max((0, 1))  ties.max(1)  ties.min(1)  ties.max()  v.max()  v.max(0)  v.min()  v.min(0)  i.max()  i.max(1)  b.max()
b.max(1)  s.max()  s.max(0)  e.max()  e.max(0)  e.max(1)  e.min(0)  z.min()  f.max(x, o)  x.max(o)  x.min(x * 2 - 3)  f.min(x, 1)  x.max(5)  n.max(0)  wide.max(1)  wide.min(0)
x.amax()  x.amax(0)  x.amax((0, 1))  x.amax(())  r.amax((0, 2), True)  v.amax()  v.amin(0)  e.amax()  e.amax(0)  e.amax(1)  i.amin(1)  wide.amax(1)  wide.amin(1, True)  s.amax(0)
f.aminmax(x)  f.aminmax(x, dim=1)  x.aminmax(dim=0, keepdim=True)  x.argmax()  x.argmax(1)  x.argmax(0, True)  x.argmin()  x.argmin(1, keepdim=True)  v.argmax()  v.argmin()
s.argmax()  s.argmax(0)  e.argmax()  e.argmax(0)  e.argmax(1)  ties.argmax(1)  x.argmax(keepdim=True)  x.argmax(2)
x.all()  x.all(1)  x.any(0, True)  b.all()  b.any(1)  b.all((0, 1))  u.all()  u.any(0)  e.all()  e.any()  e.any(1)  e.all(0)  s.any()  s.all(0)  v.any()  x.any(3)  b.any([])
x.count_nonzero()  x.count_nonzero(0)  r.count_nonzero((0, 2))  e.count_nonzero()  s.count_nonzero()
x.logsumexp(0)  x.logsumexp((0, 1))  i.logsumexp(0)  (x * 1000).logsumexp(1, True)  (x - math.inf).logsumexp(1)  e.logsumexp(0)  e.logsumexp(1)  f.logsumexp(x, -1)  h.logsumexp(1)
v.logsumexp(0)  s.logsumexp(0)
x.norm()  x.norm(1)  x.norm(3, 1)  x.norm(math.inf)  x.norm(-math.inf, 0)  x.norm(0)  x.norm(dim=1)  x.norm("fro", (0, 1))  r.norm(2, (0, 2), True)  i.norm()  e.norm()  s.norm()
f.norm(x, 0.5, 1)  x.norm(2, dtype=f.float64)  h.norm()  x.norm(2, 5)
x.nansum()  v.nansum()  v.nansum(0)  i.nansum()  f.nansum(v, dtype=f.float64)  v.nanmean()  f.nanmean(v, 0, True)  i.nanmean()  (v * NAN).nanmean()
x.median()  x.median(0)  x.median(1, True)  v.median()  v.median(0)  v.nanmedian()  v.nanmedian(0)  i.median()  e.median()  e.median(0)  s.median()  s.median(0)  (v * NAN).nanmedian()
d.median(1)  f.median(x, 5)  i[:, :3].mode(1)  ties.mode(0)  ties.mode(1)  s.mode()  ties.mode(1, True)  n.mode()  e.mode(0)
x.quantile(0.3)  x.quantile(0.5, 1)  x.quantile(0.25, 0, True)  d.quantile(f.tensor([0.1, 0.9], dtype=f.float64), 1)  v.quantile(0.5)  v.nanquantile(0.5)  x.quantile(1.5)
x.quantile(-0.1)  i.quantile(0.5)  x.quantile(0.4, interpolation="lower")  x.quantile(0.4, 1, interpolation="higher")  x.quantile(0.4, 1, interpolation="midpoint")
x.quantile(0.4, 1, interpolation="nearest")  x.quantile(0.4, 1, interpolation="a")  s.quantile(0.4)  x.quantile(f.tensor([0.1, 0.5]))  x.quantile(f.tensor([0.1, 0.5]), 1, True)
e.quantile(0.5)  x.quantile(0.5, keepdim=True)  x.quantile(0.0)  x.quantile(1.0, -1)
x.cumsum(0)  x.cumsum(1)  i.cumsum(0)  b.cumsum(1)  u.cumsum(0)  x.cumsum(2)  s.cumsum(0)  e.cumsum(0)  i.cumsum(0, dtype=f.float32)  x.cumprod(1)  i.cumprod(0)  b.cumprod(1)
s.cumprod(0)  v.cumsum(0)  x.logcumsumexp(1)  (x * 500).logcumsumexp(0)  s.logcumsumexp(0)  ties.cummax(1)  ties.cummin(1)  v.cummax(0)  v.cummin(0)  s.cummax(0)  e.cummax(0)  x.cummax(5)
i.cummin(1)  f.diff(x)  f.diff(x, 2)  f.diff(x, dim=0)  f.diff(b)  f.diff(s)  x.diff(prepend=x[:, :1])  x.diff(1, 0, append=x)  f.diff(x, 5)  f.diff(x, 0)  i.diff()
"""
INDEX = """
x[0]  x[-1]  x[5]  x[-3]  x[0, 1]  x[0, 5]  x[0, 0, 0]  x[:]  x[...]  x[1:]  x[:, 1]  x[:, ::2]  x[::-1]  x[::0]  x[None]  x[..., None]  x[:, None, 1]  x[..., 0]  x[0, ...]  s[...]  s[0]  s[None]
x[1:1]  x[5:]  x[-100:100]  x[True]  x[False]  x[:, True]  x[b]  x[b[0:1]]  x[b[:, 0]]  x[:, b[0]]  x[[True, False]]  x[x > 2]  s[f.tensor(True)]  s[s > 9]  x[f.tensor(False)]
x[k]  x[[0, 1, 1]]  x[[]]  x[[5]]  x[k, k]  x[k, [0, 2, 1]]  x[:, k]  x[k[:, None], k]  x[k2[:, :2] - 1]  x[[-1]]  x[[[0, 1], [1, 0]]]  x[([0, 1],)]  x[f.tensor(1)]  x[f.tensor([1.0])]
x[1.0]  x["a"]  x[range(2)]  r[0, :, k]  r[:, 0, k]  r[k, :, k]  r[k, 1]  r[k, :, 1]  r[:, k, k]  r[..., k]  r[None, k]  r[:, None, k]  r[k, None]  r[k, None, k]  r[b[:, 0].new_ones(3)]
r[:, [1, 3]]  r[1:, [1, 3], None]  r[[0], :, [1, 2]]  r[f.tensor([True, False, True]), 1]  r[f.tensor([True, False, True]), :, f.tensor([1, 2])]  r[1, [0, 1], 2:]  r[:, :, [0]]
x[k, k, k]  x[f.tensor([0, 1]), f.tensor([0, 1, 2])]  e[[]]  e[0]  e[:, 1]  x[n[:1] - 4]  i[i > 2]  x[[slice(0, 1), 0]]  x[0][1]  r[0, ..., [1, 2]]  x[1, [0, 2]]  x[True, 0]  x[..., ..., 0]
x[slice(f.tensor(0), f.tensor(1))]  r[:, [[0, 1], [1, 2]]]  r[f.tensor(1), :, k]
x.gather(1, k2)  x.gather(0, k2[:1] * 0 + 1)  x.gather(1, k2 + 1)  x.gather(1, k2 - 1)  x.gather(1, k)  x.gather(0, k2)  x.gather(1, k2[:1])  x.gather(1, x)  s.gather(0, f.tensor(0))  x.gather(1, k2[:, :0])
v.gather(0, k)  r.gather(2, r.argsort(2)[:, :, :2])
x.scatter(1, k2, o)  x.scatter(1, k2[:, :1], 7.0)  x.scatter(1, k2[:, :1], value=7)  x.scatter(1, k2 + 1, o)  x.scatter(1, k2[:, :1], o, reduce="add")  x.scatter(1, k2[:, :1], 3.0, reduce="multiply")
x.scatter(1, k2, i)  x.scatter(1, k2, o[:, :2])  x.scatter_add(1, k2, o)  x.scatter_add(1, k2[:, :2], o)  x.scatter_add(1, k2, o[:, :2])  x.scatter_add(1, k2 + 1, o)  i.scatter_add(1, i % 4, i)
x.scatter_reduce(1, k2, o * 3, "sum")  x.scatter_reduce(1, k2, o * 3, "mean")  x.scatter_reduce(1, k2, o * 3, "prod")  x.scatter_reduce(1, k2, o * 3, "amax")  x.scatter_reduce(1, k2, o * 3, "amin")
x.scatter_reduce(1, k2, o * 3, "sum", include_self=False)  x.scatter_reduce(1, k2, o * 3, "mean", include_self=False)  x.scatter_reduce(1, k2, o * 3, "prod", include_self=False)
x.scatter_reduce(1, k2, o * 3, "amax", include_self=False)  x.scatter_reduce(1, k2, o - x, "amin", include_self=False)  x.scatter_reduce(1, k2, o, "median")  i.scatter_reduce(1, i % 4, i, "mean")
x.index_select(0, k)  x.index_select(1, k)  x.index_select(0, k2)  x.index_select(0, k + 1)  x.index_select(0, k - 1)  x.index_select(2, k)  x.index_select(0, x[0])  s.index_select(0, k[1:2])
x.take(k2)  x.take(k2 + 9)  x.take(k - 2)  x.take_along_dim(k2, 1)  x.take_along_dim(k2[:1], 1)  x.take_along_dim(k)  x.take_along_dim(k, 1)
x.masked_select(b)  x.masked_select(b[0])  x.masked_select(x)  x[0].masked_select(b)  x.masked_fill(b, 9)  x.masked_fill(b[0], -math.inf)  x[0].masked_fill(b, 1)  x.masked_fill(b, s)  x.masked_fill(x, 1)
i.masked_fill(i > 2, 1.5)  x.masked_fill(b, v)  x.masked_scatter(b, o * 7)  x.masked_scatter(b, o[0, :1])  x.masked_scatter(b, i)
x.nonzero()  f.nonzero(w)  f.nonzero(w, as_tuple=True)  w.argwhere()  s.nonzero()  e.nonzero()  b.nonzero()
x.index_add(1, k, o)  x.index_add(1, k, o, alpha=2)  x.index_add(1, k + 5, o)  x.index_add(1, k, o[:, :2])  x.index_add(1, k, i)  x.index_add(0, k[:2] * 0, o)  i.index_add(0, k, i)
f.zeros(9, 40).index_add(0, many, rows)  f.zeros(600, 40).index_add(0, many * 60, rows)  f.zeros(9).index_add(0, many, rows[:, 0])
x.index_copy(1, k2[0], o)  x.index_copy(1, k2[0] + 5, o)  x.index_copy(1, k, o[:, :1])  x.index_fill(1, k, 9)  x.index_fill(0, k, s)  x.index_fill(1, k + 5, 1)  x.index_fill(1, k, v)
x.index_put((k,), o[0])  x.index_put((k, k), s)  x.index_put((b,), o[0])  x.index_put((k, k), o[0], True)  x.index_put((k,), o[0], accumulate=True)  x.index_put((k, k, k), s)  x.index_put((k,), k)
x.index_put((k + 5,), s)
"""
SORT = """
r.sort()  r.sort(0)  r.sort(1, True)  v.sort()  v.sort(descending=True)  ties.sort(dim=1, stable=True)  ties.sort(dim=1, descending=True, stable=True)  s.sort()  e.sort()  i.sort(stable=True)  b.sort(stable=True)
x.sort(5)  r.argsort()  r.argsort(0, True)  ties.argsort(dim=1, stable=True)  f.msort(r)  r.topk(2)  r.topk(2, 0)  r.topk(3, 1, False)  r.topk(9)  v.topk(2)  v.topk(2, largest=False)  r.topk(0)
s.topk(1)  wide.topk(3, 0)  wide.topk(1)  wide.topk(3, 0, largest=False)  i.topk(1)  r.kthvalue(2)  r.kthvalue(1, 0, True)  r.kthvalue(0)  r.kthvalue(9)  s.kthvalue(1)  v.kthvalue(5)
f.searchsorted(x[0], x)  f.searchsorted(x[0], x, right=True)  f.searchsorted(x[0], 1.5)  f.searchsorted(x, x - 0.5)  f.searchsorted(x, x, side="right")  f.searchsorted(x, v)
f.searchsorted(x[0], x, side="up")  f.searchsorted(x[0], x, out_int32=True)  f.searchsorted(x[0].flip(0), x, sorter=f.tensor([2, 1, 0]))  f.bucketize(x, x[1])  f.bucketize(x, x[1], right=True)  f.bucketize(x, x)
f.bucketize(3.5, x[1])  n.unique()  n.unique(return_inverse=True)  n.unique(return_counts=True)  i.unique(return_inverse=True, return_counts=True)  ties.unique(dim=1)  f.unique(b)  e.unique()
f.unique(i % 2, dim=0, return_inverse=True, return_counts=True)  f.unique_consecutive(n)  f.unique_consecutive(ties, return_inverse=True, return_counts=True)  f.unique_consecutive(i // 7, dim=0)
f.bincount(n)  f.bincount(n, minlength=9)  f.bincount(n, f.tensor([1.0, 2.0, 3.0, 4.0]))  f.bincount(i)  f.bincount(n - 4)  f.bincount(n, minlength=-1)  f.bincount(n[:0])
f.bincount(n, f.tensor([1, 2, 3, 4]))  f.bincount(n, x[0])  f.histc(x, 3)  f.histogram(x, 4)  f.histogram(x, 3, range=(1.0, 3.0), density=True)  f.histogram(r, f.tensor([-1.0, 0.0, 0.5]))  f.histogram(r, 9, weight=r)  f.histogram(v, 3)  f.histogram(v, 3, range=(0.0, 3.0))  f.histogram(x[:0], 2)  f.histc(x, 4, 1, 3)  f.histc(x, 0)  f.histc(x, 4, 3, 1)  f.histc(x * 0, 2)  f.isin(x, x[0])  f.isin(i, 2)
f.isin(i, n, invert=True)  f.isin(2, i)
"""
CASES = [
    case for table in (SHAPE, REDUCE, INDEX, SORT) for line in table.strip().splitlines() for case in line.split("  ")
]

ASSIGN = [
    "x[0] = 5", "x[0] = o[0]", "x[:, 1] = v[:2]", "x[0, 1] = s", "x[b] = 1.5", "x[b] = o[0]", "x[b] = v", "x[k] = o[0]", "x[:, k] = 3",
    "x[k, k] = v[:3]", "x[...] = o", "x[1:] = o[:1]", "x[:] = v", "x[5] = 1", "x[[5]] = 1", "x[::-1] = 1", "x[0] = [1, 2, 3]", "x[0] = 'a'",
    "x[None] = o", "x[0] = o[:1]", "i[0] = 1.7", "i[0] = x[0, 0]", "s[...] = 3", "s[()] = 3", "x[True] = 2", "x[False] = 2", "x[:, [0, 2]] = 0",
    "x[x > 2] = 0", "r[0, :, k] = 1", "r[k, :, 0] = 2", "x[0][1] = 9", "x[1:] = x[:-1]", "e[0] = 1", "x[[]] = 1", "b[0] = True", "x[0] += 1",
    "x.masked_fill_(b, 4)", "x.scatter_(1, k2[:, :1], 4)", "x.scatter_add_(1, k2, o)", "x.index_add_(1, k, o)", "x.index_fill_(1, k, 4)",
    "x.index_copy_(1, k2[0], o)", "x.index_put_((k,), o[0])", "x.cumsum_(1)", "x.tril_()", "x.triu_(1)", "x.masked_scatter_(b, o)",
    "x.scatter_reduce_(1, k2, o, 'amax')", "x.t()[0] = 1", "x.expand(4, 2, 3)[0] = 1", "x.diagonal()[:] = 7", "x.unsqueeze(0)[0, 0] = 7",
    "x.split(1)[0][:] = 7", "x.view(-1)[2:4] = 7", "x.flip(0)[0] = 1",
]  # fmt: skip


def names(module):
    """The tensors of the cases, of either library, and the library itself."""
    make = tt_tensor.tensor if module is tt_tensor else torch.tensor
    return {"f": module, "math": math, "NAN": NAN, **{k: make(a.copy()) for k, a in ARRAYS.items()}}


def outcome(run):
    """What `run` returns, or the error that it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return run(), None
        except Exception as error:  # noqa: BLE001
            return None, error


def compare(ours, theirs):
    """Require the same values, dtypes and shapes, in the same structure."""
    if isinstance(theirs, tuple | list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            compare(a, b)
        return
    assert isinstance(ours, tt_tensor.Tensor), type(ours)
    expected = theirs.numpy()
    assert tuple(ours.shape) == expected.shape
    assert ours.array.dtype == expected.dtype
    tolerance = {"float16": 2e-3, "float32": 2e-6}.get(expected.dtype.name, 1e-12)
    np.testing.assert_allclose(ours.array, expected, rtol=tolerance, atol=10 * tolerance)


def check_error(ours, theirs):
    """Require that both raise, and that whoever catches PyTorch's error catches ours."""
    if theirs is None:
        if ours is not None:
            raise ours
        return False
    assert ours is not None, f"PyTorch raises {type(theirs).__name__}: {theirs}"
    assert isinstance(ours, type(theirs)), f"{type(ours).__name__}: {ours} is no {type(theirs).__name__}: {theirs}"
    assert str(ours)
    return True


@pytest.mark.parametrize("case", CASES)
def test_equals_pytorch(case):
    ours, our_error = outcome(lambda: eval(case, names(tt_tensor)))
    theirs, their_error = outcome(lambda: eval(case, names(torch)))
    if not check_error(our_error, their_error):
        compare(ours, theirs)


@pytest.mark.parametrize("case", ASSIGN)
def test_assignment_equals_pytorch(case):
    mine, yours = names(tt_tensor), names(torch)
    _, our_error = outcome(lambda: exec(case, mine))
    _, their_error = outcome(lambda: exec(case, yours))
    if not check_error(our_error, their_error):
        for name in ARRAYS:
            compare(mine[name], yours[name])
