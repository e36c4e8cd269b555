"""Reductions equal NumPy's in float64, have PyTorch's dtypes, and take empty tensors, 0-d tensors and NaN as PyTorch does."""

import math

import numpy as np
import pytest
import tt_tensor as tt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

ARRAYS = hnp.arrays(
    np.float32, hnp.array_shapes(min_dims=1, max_dims=4, max_side=5), elements=st.floats(-8, 8, width=16)
)
NAN = math.nan


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda x: x.sum(2), IndexError),
        (lambda x: x.sum((0, 0)), tt.ShapeError),
        (lambda x: x.sum("a"), TypeError),
        (lambda x: x.sum(0, keepdim=True, axis=1), TypeError),
        (lambda x: tt.sum([1.0]), TypeError),
        (lambda x: tt.sum([1.0], 0), TypeError),
        (lambda x: tt.tensor([1]).mean(), tt.DTypeError),
        (lambda x: tt.tensor([True]).var(), tt.DTypeError),
        (lambda x: tt.tensor([1]).norm(), tt.DTypeError),
        (lambda x: tt.tensor([1]).nanmean(), tt.DTypeError),
        (lambda x: x.var(0, True, correction=1), TypeError),
        (lambda x: x.max((0, 1)), TypeError),
        (lambda x: x.max(keepdim=True), TypeError),
        (lambda x: x[:0].max(), tt.ShapeError),
        (lambda x: x[:0].max(0), IndexError),
        (lambda x: x[:0].amin(0), IndexError),
        (lambda x: x[:0].argmax(), IndexError),
        (lambda x: x[:0].median(0), IndexError),
        (lambda x: x.quantile(1.5), tt.ShapeError),
        (lambda x: x.quantile(0.5, interpolation="cubic"), tt.ShapeError),
        (lambda x: tt.tensor([1]).quantile(0.5), tt.DTypeError),
        (lambda x: x.cumsum(5), IndexError),
        (lambda x: tt.diff(tt.tensor(1.0)), RuntimeError),
        (lambda x: tt.max(x, 1, out=tt.zeros(2)), TypeError),
        (lambda x: tt.max(x, x, out=tt.zeros(3)), tt.ShapeError),
        (lambda x: tt.trapezoid(tt.tensor(1.0)), IndexError),
        (lambda x: tt.trapezoid(x, x, dx=1), TypeError),
        (lambda x: tt.trapezoid(x, tt.zeros(3)), tt.ShapeError),
        (lambda x: tt.cov(x[None]), tt.ShapeError),
    ],
)
def test_misuse_raises(wrong, error):
    with pytest.raises(error):
        wrong(tt.tensor([[1.0, 2.0], [3.0, 4.0]]))


def dims_of(data, a):
    """None, an int or a tuple of ints, some of them negative."""
    dims = data.draw(st.lists(st.integers(0, a.ndim - 1), unique=True, min_size=1, max_size=a.ndim))
    signed = tuple(d - a.ndim if data.draw(st.booleans()) else d for d in dims)
    return data.draw(st.sampled_from([None, signed, signed[0]]))


@settings(deadline=None, max_examples=60)
@given(ARRAYS, st.data(), st.booleans())
def test_reductions_are_numpys(a, data, turned):
    dim, keep = dims_of(data, a), data.draw(st.booleans())
    x = tt.tensor(a)
    if turned:
        a, x = a.T, tt.tensor(a.copy()).T
    wide = a.astype(np.float64)
    close = lambda got, expected: np.testing.assert_allclose(got.array, expected, 1e-5, 1e-5)
    settings_ = {"axis": dim, "keepdims": keep}
    if keep and dim is None:
        settings_["keepdims"] = False
        keep = False
    close(x.sum(dim, keep), wide.sum(**settings_))
    close(x.mean(dim, keep), wide.mean(**settings_))
    close(x.var(dim, keepdim=keep, correction=0), wide.var(**settings_))
    close(x.std(dim, keepdim=keep, correction=0), wide.std(**settings_))
    close(x.amax(dim, keep), wide.max(**settings_))
    close(x.amin(dim, keep), wide.min(**settings_))
    close(x.any(dim, keep), wide.any(**settings_))
    close(x.all(dim, keep), wide.all(**settings_))
    close(x.norm(2, dim, keep), np.sqrt((wide**2).sum(**settings_)))
    close(x.norm(1, dim, keep), np.abs(wide).sum(**settings_))
    every = dim if dim is not None else tuple(range(a.ndim))
    close(x.logsumexp(every, keep), np.log(np.exp(wide).sum(axis=every, keepdims=keep)))
    if isinstance(dim, int):
        close(x.max(dim, keep).values, wide.max(**settings_))
        close(x.argmax(dim, keep), wide.argmax(**settings_))
        close(x.min(dim, keep).indices, wide.argmin(**settings_))
        close(x.cumsum(dim), wide.cumsum(dim))
        close(x.cumprod(dim), wide.cumprod(dim))
        close(x.diff(dim=dim), np.diff(wide, axis=dim))
        close(x.cummax(dim).values, np.maximum.accumulate(wide, dim))
        close(x.take_along_dim(x.cummin(dim).indices, dim), np.minimum.accumulate(wide, dim))
        close(x.logcumsumexp(dim), np.logaddexp.accumulate(wide, dim))
        close(x.quantile(0.3, dim, keep), np.quantile(wide, 0.3, **settings_))


@pytest.mark.parametrize("shape", [(10_000, 7), (7, 10_000), (3, 5000), (5000, 3), (64, 10, 10), (1, 70_000)])
def test_sums_in_float32_are_as_exact_as_pairwise_ones(shape):
    a = np.random.default_rng(0).uniform(0, 1, shape).astype(np.float32)
    x = tt.tensor(a)
    for dim in (None, 0, 1, -1, tuple(range(len(shape) - 1))):
        exact = a.astype(np.float64).sum(dim)
        np.testing.assert_allclose(x.sum(dim).array, exact, rtol=3e-6)
        np.testing.assert_allclose(x.mean(dim).array, exact / (a.size / exact.size), rtol=3e-6)


@pytest.mark.parametrize(
    ("expression", "dtype"),
    [
        (lambda: tt.tensor([True]).sum(), "int64"),
        (lambda: tt.tensor([1], dtype=tt.uint8).sum(0), "int64"),
        (lambda: tt.tensor([1], dtype=tt.int32).prod(), "int64"),
        (lambda: tt.tensor([1], dtype=tt.int32).sum(dtype=tt.int32), "int32"),
        (lambda: tt.tensor([1]).sum(dtype=tt.float32), "float32"),
        (lambda: tt.tensor([1.0]).mean(), "float32"),
        (lambda: tt.tensor([1.0], dtype=tt.float16).sum(), "float16"),
        (lambda: tt.tensor([1.0, 2.0], dtype=tt.float16).var(), "float16"),
        (lambda: tt.tensor([1.0], dtype=tt.float64).std(correction=0), "float64"),
        (lambda: tt.tensor([1.0]).argmax(), "int64"),
        (lambda: tt.tensor([1.0]).max(0).indices, "int64"),
        (lambda: tt.tensor([1.0]).all(), "bool"),
        (lambda: tt.tensor([1], dtype=tt.uint8).any(), "uint8"),
        (lambda: tt.tensor([True]).cumsum(0), "int64"),
        (lambda: tt.tensor([1]).logsumexp(0), "float32"),
        (lambda: tt.tensor([1.0]).norm(3), "float32"),
        (lambda: tt.tensor([1.0]).count_nonzero(), "int64"),
        (lambda: tt.tensor([1.0]).quantile(0.5), "float32"),
        (lambda: tt.tensor([1.0 + 1j]).abs().sum(), "float32"),
    ],
)
def test_dtypes(expression, dtype):
    y = expression()
    assert isinstance(y, tt.Tensor)
    assert type(y.array) is np.ndarray
    assert y.array.dtype == dtype


def test_half_precision_is_added_in_single():
    x = tt.ones(4096, dtype=tt.float16) * 30
    assert x.mean().item() == 30
    assert x.sum().item() == math.inf  # the sum itself does not fit
    assert x.var().item() == 0


def test_empty_and_zero_dimensional():
    e = tt.zeros(0, 3)
    assert e.sum().item() == 0
    assert e.prod(0).array.tolist() == [1, 1, 1]
    assert math.isnan(e.mean().item())
    assert e.amax(1).shape == (0,)
    assert e.max(1).values.shape == (0,)
    assert math.isnan(e.median().item())
    assert e.all().item()
    assert not e.any().item()
    assert e.logsumexp(0).array.tolist() == [-math.inf] * 3
    s = tt.tensor(2.0)
    for y in (
        s.sum(0),
        s.mean(-1),
        s.max(0).values,
        s.prod(0),
        s.amax(0),
        s.cumsum(0),
        s.median(0).values,
        s.sort().values,
    ):
        assert y.shape == ()
        assert y.item() == 2
    assert math.isnan(s.var().item())


def test_nan():
    x = tt.tensor([1.0, NAN, 3.0])
    assert math.isnan(x.max().item())
    assert x.max(0).indices.item() == x.argmin().item() == 1
    assert x.nansum().item() == 4
    assert x.nanmean().item() == 2
    assert math.isnan(x.median().item())
    assert x.nanmedian().item() == 1
    assert math.isnan(x.quantile(0.5).item())
    assert x.nanquantile(0.5).item() == 2
    assert x.cummax(0).indices.array.tolist() == [0, 1, 1]


def test_infinity_in_logsumexp():
    assert tt.tensor([-math.inf, -math.inf]).logsumexp(0).item() == -math.inf
    assert tt.tensor([math.inf, 1.0]).logsumexp(0).item() == math.inf
    assert tt.tensor([1e4, 1e4]).logsumexp(0).item() == pytest.approx(1e4 + math.log(2))


@settings(deadline=None, max_examples=30)
@given(st.data(), st.integers(1, 4), st.integers(1, 5))
def test_integrals_by_trapezoids(data, n, m):
    y = np.array(data.draw(st.lists(st.floats(-9, 9), min_size=n * m, max_size=n * m))).reshape(n, m)
    dim = data.draw(st.integers(-2, 1))
    x = np.arange(y.shape[dim]) ** 2.0
    for places in (None, x, y + 1):
        at = None if places is None else tt.tensor(places)
        whole = tt.trapezoid(tt.tensor(y), at, dim=dim)
        np.testing.assert_allclose(whole.array, np.trapezoid(y, places, axis=dim), atol=1e-12)
        running = tt.cumulative_trapezoid(tt.tensor(y), at, dim=dim)
        assert running.shape[dim] == y.shape[dim] - 1
        if running.shape[dim]:
            np.testing.assert_allclose(running.select(dim, -1).array, whole.array, atol=1e-12)
    np.testing.assert_allclose(tt.trapz(tt.tensor(y), dx=3).array, np.trapezoid(y, dx=3), atol=1e-12)


def test_covariances():
    a = np.random.default_rng(0).standard_normal((3, 7))
    x = tt.tensor(a)
    np.testing.assert_allclose(x.cov().array, np.cov(a), rtol=1e-12)
    np.testing.assert_allclose(tt.cov(x, correction=0).array, np.cov(a, bias=True), rtol=1e-12)
    np.testing.assert_allclose(x.corrcoef().array, np.corrcoef(a), rtol=1e-12)
    assert tt.cov(x[0]).item() == pytest.approx(x[0].var().item())
    assert tt.corrcoef(x[0]).item() == 1
    assert tt.cov(tt.tensor([[0, 1], [2, 2]])).tolist() == [[0.5, 0], [0, 0]]
    with pytest.warns(UserWarning, match="degree of freedom"):
        assert tt.cov(tt.ones(2, 1)).isnan().all()


def test_named_results_and_out():
    x = tt.tensor([[3.0, 1.0], [2.0, 4.0]])
    values, indices = x.max(1)
    assert values.array.tolist() == [3, 4]
    assert indices.array.tolist() == [0, 1]
    out = tt.zeros(2)
    assert tt.sum(x, 0, out=out) is out
    assert out.array.tolist() == [5, 5]
    out = tt.zeros(2, 2)
    assert tt.max(x, 2 * out + 2.5, out=out) is out
    assert out.tolist() == [[3, 2.5], [2.5, 4]]
    assert tt.min(x, out=tt.zeros(())).item() == 1
    assert x.max(tt.tensor(2.5)).array.tolist() == [[3, 2.5], [2.5, 4]]
    assert [y.item() for y in tt.aminmax(x)] == [1, 4]
    v, m = tt.var_mean(x, 0, correction=0)
    assert v.array.tolist() == [0.25, 2.25]
    assert m.array.tolist() == [2.5, 2.5]


@pytest.mark.parametrize(
    "name",
    [
        "sum",
        "mean",
        "prod",
        "std",
        "var",
        "max",
        "min",
        "amax",
        "amin",
        "argmax",
        "argmin",
        "all",
        "any",
        "median",
        "nansum",
    ],
)
def test_numpys_names_of_dim_and_keepdim(name):
    x = tt.tensor([[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]])
    ours, numpys = (getattr(x, name)(**names) for names in ({"dim": 1, "keepdim": True}, {"axis": 1, "keepdims": True}))
    for a, b in zip(ours, numpys, strict=True) if isinstance(ours, tuple) else [(ours, numpys)]:
        assert a.shape == (2, 1)
        assert a.equal(b)
    with pytest.raises(TypeError, match="not both"):
        getattr(x, name)(dim=0, axis=1)
    assert tt.cat([x, x], axis=1).equal(tt.cat([x, x], 1))


@pytest.mark.parametrize(("order", "norm"), [(1, 700.0), (2, 500.0), (3, 449.75), (0.5, 1393.0), (math.inf, 400.0)])
def test_the_norm_of_halves_is_computed_in_float32(order, norm):
    x = tt.tensor([300.0, -400.0], dtype=tt.float16)
    for y in (x.norm(order), x[None].norm(order, 1)[0], tt.linalg.vector_norm(x, order)):
        assert (y.item(), y.dtype) == (norm, np.float16)
    tiny = tt.tensor([3e-4, 4e-4], dtype=tt.float16)  # their squares are below all of float16
    assert tiny.norm().item() == pytest.approx(5e-4, rel=2e-3)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, np.int32, np.bool_])
@pytest.mark.parametrize(
    ("shape", "dim"),
    [((3, 40, 300), 1), ((9, 500), 0), ((400, 45), 1), ((300, 45), 1), ((600, 5), 1), ((300, 0), 1), ((1, 900), 0)],
)
def test_running_sums_and_products_of_many_rows(kind, shape, dim):
    x = np.random.default_rng(0).integers(0, 3, shape).astype(kind)
    dtype = None if x.dtype.kind == "f" else np.int64
    for a in (x, x.swapaxes(0, -1)):
        d = dim if a is x else len(shape) - 1 - dim
        for got, want in (
            (tt.tensor(x).cumsum(dim), np.cumsum(x, dim, dtype)),
            (tt.Tensor(a).cumsum(d), np.cumsum(a, d, dtype)),
            (tt.Tensor(a).cumprod(d), np.cumprod(a, d, dtype)),
        ):
            assert got.array.dtype == want.dtype
            np.testing.assert_array_equal(got.array, want)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_sums_of_what_was_expanded(kind):
    x = np.array([[0.5, -2.0, np.inf, np.nan]], kind)
    many = np.broadcast_to(x[:, None, :, None], (3, 5, 4, 40))
    for dim in (None, 0, 1, 2, 3, (0, 1), (1, 3), (0, 2, 3), (0, 1, 2, 3)):
        for keep in (False, True):
            got = tt.Tensor(many).sum(dim, keep).array
            want = many.astype(np.float64).sum(dim, keepdims=keep).astype(kind)
            assert got.dtype == kind
            np.testing.assert_array_equal(got, want)
