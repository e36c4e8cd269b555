"""scaled_dot_product_attention against PyTorch: values, dtypes, gradients of first and second order, errors."""

import math

import numpy as np
import pytest
from tt_autograd import Tensor, grad
from tt_autograd.tensor import Tensor as Ours
from tt_transformer import attention_tiles
from tt_transformer.functional import scaled_dot_product_attention as attend

torch = pytest.importorskip("torch")
theirs = torch.nn.functional.scaled_dot_product_attention


def floats(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def mask(kind, *shape):
    if kind is None:
        return None
    keep = np.random.default_rng(5).random(shape) < 0.7
    keep[..., 1:2, :] = False  # a query that sees nothing
    if kind == "bool":
        return keep
    m = floats(*shape, seed=6)
    return np.where(keep, m, -np.inf).astype("float32") if kind == "inf" else m


SHAPES = [
    ((4, 8), (5, 8), 6), ((2, 3, 7, 8), (2, 3, 7, 8), 8), ((2, 3, 70, 8), (2, 3, 90, 8), 5), ((1, 2, 300, 4), (1, 2, 270, 4), 4),
    ((3, 1, 2, 8), (1, 4, 5, 8), 3), ((2, 2, 1, 8), (2, 2, 33, 8), 8), ((2, 2, 90, 8), (2, 2, 60, 8), 8), ((40, 4, 33, 8), (40, 4, 33, 8), 8),
]  # fmt: skip


def run(f, kind, arrays, m, second=True, **settings):
    """The output, the gradients, and the gradients of a function of the gradients."""
    if kind is Ours:
        xs = [Tensor(a.copy(), requires_grad=True) for a in arrays]
        given = None if m is None else Tensor(m.copy(), requires_grad=m.dtype.kind == "f")
        gradient, array = grad, lambda t: t.detach().array
    else:
        xs = [torch.from_numpy(a.copy()).requires_grad_() for a in arrays]
        given = None if m is None else torch.from_numpy(m.copy()).requires_grad_(m.dtype.kind == "f")
        gradient, array = torch.autograd.grad, lambda t: t.detach().numpy()
    if given is not None and given.requires_grad:
        xs.append(given)
    y = f(*xs[:3], given, **settings)
    weight = floats(*y.shape, seed=9, dtype=arrays[0].dtype)
    w = Tensor(weight) if kind is Ours else torch.from_numpy(weight)
    first = gradient((y * w).sum(), xs, retain_graph=True)
    results = [array(y), *map(array, first)]
    if second:
        again = gradient((y * y * w).sum(), xs, create_graph=True)
        total = sum((a * a).sum() for a in again)
        results += [array(a) for a in gradient(total, xs)]
    return results


def agree(arrays, m=None, second=True, atol=2e-5, **settings):
    context = torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH)
    with context:  # the others have no second derivative
        b = run(theirs, torch, arrays, m, second, **settings)
    a = run(attend, Ours, arrays, m, second, **settings)
    assert len(a) == len(b)
    for k, (x, y) in enumerate(zip(a, b)):
        assert x.dtype == y.dtype
        assert x.shape == y.shape
        np.testing.assert_allclose(x, y, 1e-3, atol * (1 + np.abs(y).max(initial=0)), err_msg=str(k))


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
@pytest.mark.parametrize("kind", [None, "bool", "float", "inf", "causal"])
def test_values_and_gradients(shapes, kind):
    q, k, width = shapes
    arrays = floats(*q), floats(*k, seed=1), floats(*k[:-1], width, seed=2)
    lead = np.broadcast_shapes(q[:-2], k[:-2])
    second = math.prod(lead) * q[-2] * k[-2] < 1e5 and kind != "inf"  # of -inf, PyTorch's second derivative is NaN
    if kind == "causal":
        agree(arrays, None, second, is_causal=True)
    else:
        agree(arrays, mask(kind, *lead, q[-2], k[-2]), second)
        if kind:
            agree(arrays, mask(kind, q[-2], k[-2]), False, scale=0.3)


@pytest.mark.parametrize("factor", [1, 30, 1000])
@pytest.mark.parametrize("kind", [None, "bool", "inf", "causal"])
def test_large_scores(kind, factor):
    """Scores that leave the range of exp are shifted."""
    arrays = floats(2, 80, 8) * factor, floats(2, 70, 8, seed=1), floats(2, 70, 3, seed=2)
    settings = dict(is_causal=True) if kind == "causal" else dict(m=mask(kind, 2, 80, 70))
    agree(arrays, second=False, atol=2e-5 * factor, **settings)


@pytest.mark.parametrize("kind", [None, "bool", "inf", "causal"])
@pytest.mark.parametrize("factor", [1, 100])
def test_tiles(kind, factor, monkeypatch):
    """Small sheets give what large ones give."""
    monkeypatch.setattr(attention_tiles, "SCORES", 128)
    monkeypatch.setattr(attention_tiles, "ROWS", 8)
    monkeypatch.setattr(attention_tiles, "CAUSAL_ROWS", 8)
    monkeypatch.setattr(attention_tiles, "COLUMNS", 16)
    for rows, columns in (30, 50), (50, 30), (8, 16), (1, 90), (90, 1):
        arrays = floats(2, 3, rows, 8) * factor, floats(2, 3, columns, 8, seed=1), floats(2, 3, columns, 5, seed=2)
        settings = (
            dict(is_causal=True) if kind == "causal" else dict(m=mask(kind, 2, 3, rows, columns) if rows > 1 else None)
        )
        agree(arrays, second=False, atol=2e-5 * factor, **settings)


@pytest.mark.parametrize("kind", [None, "bool", "float", "causal"])
def test_grouped(kind):
    for q, k, v in ((6, 3, 3), (6, 1, 1), (6, 6, 6), (6, 3, 2), (8, 2, 2)):
        arrays = floats(2, q, 9, 8), floats(2, k, 7, 8, seed=1), floats(2, v, 7, 5, seed=2)
        if kind == "causal":
            agree(arrays, enable_gqa=True, is_causal=True)
        else:
            for shape in ((9, 7), (2, 1, 9, 7), (2, q, 9, 7)):
                agree(arrays, mask(kind, *shape), enable_gqa=True)


def test_dtypes():
    for dtype, atol in (("float16", 2e-2), ("float64", 1e-10)):
        arrays = (
            floats(2, 9, 8, dtype=dtype),
            floats(2, 7, 8, seed=1, dtype=dtype),
            floats(2, 7, 5, seed=2, dtype=dtype),
        )
        agree(arrays, second=dtype == "float64", atol=atol)
        agree(arrays, None, second=False, atol=atol, is_causal=True)
        agree(arrays, floats(9, 7, seed=3), second=False, atol=atol)


ERRORS = {
    "mask and causal": lambda f, q, k, v, m: f(q, k, v, m, is_causal=True),
    "dtypes": lambda f, q, k, v, m: f(q, k, v.double()),
    "integers": lambda f, q, k, v, m: f(q.long(), k.long(), v.long()),
    "mask dtype": lambda f, q, k, v, m: f(q, k, v, m.long()),
    "mask double": lambda f, q, k, v, m: f(q, k, v, m.double()),
    "mask shape": lambda f, q, k, v, m: f(q, k, v, m[:3]),
    "mask too large": lambda f, q, k, v, m: f(q, k, v, m[None, None, None]),
    "1-d": lambda f, q, k, v, m: f(q[0, 0], k[0, 0], v[0, 0]),
    "width": lambda f, q, k, v, m: f(q, k[..., :3], v),
    "length": lambda f, q, k, v, m: f(q, k, v[:, :3]),
    "lead": lambda f, q, k, v, m: f(q, k[[0, 0, 0]], v),
    "dropout": lambda f, q, k, v, m: f(q, k, v, dropout_p=1.5),
    "groups": lambda f, q, k, v, m: f(q[[0, 0, 0]][None], k[None], v[None], enable_gqa=True),
    "groups 2-d": lambda f, q, k, v, m: f(q[0], k[0], v[0], enable_gqa=True),
    "too many positions": lambda f, q, k, v, m: f(q, k, v, m, 0.0, False, 1.0),
    "list": lambda f, q, k, v, m: f([1.0], k, v),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    arrays = floats(2, 4, 8), floats(2, 5, 8, seed=1), floats(2, 5, 8, seed=2), floats(4, 5) > 0
    with pytest.raises(Exception) as wanted:
        ERRORS[name](theirs, *map(torch.from_numpy, arrays))
    with pytest.raises(wanted.type):
        ERRORS[name](attend, *map(Tensor, arrays))


def test_empty():
    for rows, columns, lead in ((0, 3, 2), (3, 0, 2), (3, 3, 0)):
        agree((floats(lead, rows, 4), floats(lead, columns, 4), floats(lead, columns, 5)), second=False)
