"""Sorting, searching, scattering and selecting: laws, ties, NaN, and clear errors."""

import numpy as np
import pytest
import tt_tensor as tt
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

ARRAYS = hnp.arrays(np.float32, hnp.array_shapes(min_dims=1, max_dims=3, max_side=6), elements=st.integers(-3, 3))
X = tt.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
AT = tt.tensor([[0, 2, 1], [2, 2, 0]])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: X.topk(4), tt.ShapeError),
        (lambda: X.kthvalue(0), tt.ShapeError),
        (lambda: X.sort(2), IndexError),
        (lambda: X.gather(1, AT + 1), IndexError),
        (lambda: X.gather(1, AT - 1), IndexError),
        (lambda: X.gather(1, AT[0]), tt.ShapeError),
        (lambda: X.gather(1, X), tt.DTypeError),
        (lambda: X.gather(0, AT[:, :1].expand(2, 3)), IndexError),
        (lambda: X.scatter(1, AT + 1, X), IndexError),
        (lambda: X.scatter(1, AT), TypeError),
        (lambda: X.scatter(1, AT, X, reduce="max"), tt.ShapeError),
        (lambda: X.scatter(1, AT, AT), tt.DTypeError),
        (lambda: X.scatter_add(1, AT, X[:, :2]), tt.ShapeError),
        (lambda: X.scatter_reduce(1, AT, X, "median"), tt.ShapeError),
        (lambda: X.index_select(0, tt.tensor([2])), IndexError),
        (lambda: X.index_select(0, tt.tensor([-1])), IndexError),
        (lambda: X.index_select(0, tt.tensor([1.0])), tt.DTypeError),
        (lambda: X.index_select(0, AT), IndexError),
        (lambda: X.take(tt.tensor([6])), IndexError),
        (lambda: X.masked_fill(X, 0), tt.DTypeError),
        (lambda: X.masked_fill(X > 1, X), tt.ShapeError),
        (lambda: X.masked_select(AT), tt.DTypeError),
        (lambda: X.masked_scatter(X > 1, tt.zeros(1)), tt.ShapeError),
        (lambda: X.index_add(1, AT[0], X[:, :2]), tt.ShapeError),
        (lambda: X.index_add(1, AT[0] + 1, X), IndexError),
        (lambda: X.index_add(1, AT[0], AT), tt.DTypeError),
        (lambda: X.index_put(AT, X), TypeError),
        (lambda: X.index_put((AT[0],) * 3, X), IndexError),
        (lambda: tt.bincount(tt.tensor([-1])), tt.ShapeError),
        (lambda: tt.bincount(X), tt.DTypeError),
        (lambda: tt.histc(X, 0), tt.ShapeError),
        (lambda: tt.histc(AT), tt.DTypeError),
        (lambda: tt.histogram(AT, 2), tt.DTypeError),
        (lambda: tt.histogram(X, tt.tensor([0, 1])), tt.DTypeError),
        (lambda: tt.histogram(X, 2, weight=X.double()), tt.DTypeError),
        (lambda: tt.histogram(X, 2, weight=X[0]), tt.ShapeError),
        (lambda: tt.histogram(X, 0), tt.ShapeError),
        (lambda: tt.histogram(X, 2.5), TypeError),
        (lambda: tt.histogram(X, np.ones(3)), TypeError),
        (lambda: tt.histogram(X, 2, range=(1.0, 0.0)), tt.ShapeError),
        (lambda: tt.histogram(X, 2, range=(0.0, float("inf"))), tt.ShapeError),
        (lambda: tt.histogram(X, tt.zeros(1)), tt.ShapeError),
        (lambda: tt.histogram(X, tt.zeros(3), range=(0, 1)), TypeError),
        (lambda: tt.searchsorted(X, tt.zeros(3)), tt.ShapeError),
        (lambda: tt.searchsorted(X[0], X, side="middle"), tt.ShapeError),
        (lambda: tt.bucketize(X, X), tt.ShapeError),
    ],
)
def test_misuse_raises_and_names_the_operation(wrong, error):
    with pytest.raises(error, match=r"\w+: "):
        wrong()


@settings(deadline=None)
@given(ARRAYS, st.data(), st.booleans())
def test_sorting_orders_stably_and_its_indices_undo_it(a, data, descending):
    dim = data.draw(st.integers(-a.ndim, a.ndim - 1))
    x = tt.tensor(a)
    values, index = x.sort(dim, descending)
    expected = np.sort(a, dim)
    np.testing.assert_array_equal(values.array, np.flip(expected, dim) if descending else expected)
    np.testing.assert_array_equal(x.take_along_dim(index, dim).array, values.array)
    ties = np.moveaxis(values.array, dim, -1)
    places = np.moveaxis(index.array, dim, -1)
    assert (np.diff(places, axis=-1)[np.diff(ties, axis=-1) == 0] > 0).all()
    back = tt.zeros(*a.shape).scatter(dim, index, values)
    np.testing.assert_array_equal(back.array, a)


@settings(deadline=None)
@given(hnp.arrays(np.float32, (3, 30), elements=st.integers(-9, 9)), st.integers(0, 30), st.booleans())
def test_topk_is_the_head_of_the_sorted(a, k, largest):
    x = tt.tensor(a)
    values, index = x.topk(k, largest=largest)
    np.testing.assert_array_equal(values.array, x.sort(1, largest).values.array[:, :k])
    np.testing.assert_array_equal(x.gather(1, index).array, values.array)
    if k:
        value, place = x.kthvalue(k)
        np.testing.assert_array_equal(value.array, np.sort(a, 1)[:, k - 1])
        np.testing.assert_array_equal(x.gather(1, place.unsqueeze(1)).array[:, 0], value.array)


def test_nan_is_the_largest():
    x = tt.tensor([2.0, float("nan"), 1.0])
    assert x.argsort().array.tolist() == [2, 0, 1]
    assert x.argsort(descending=True).array.tolist() == [1, 0, 2]
    assert x.topk(1).indices.item() == 1


def test_mode_and_median_of_ties():
    x = tt.tensor([3.0, 1.0, 1.0, 3.0])
    assert [v.item() for v in x.mode()] == [1, 2]
    assert x.median().item() == 1
    assert x.median(0).values.item() == 1


@pytest.mark.parametrize("kind", ["float16", "float32", "float64", "int64", "uint8"])
@pytest.mark.parametrize("dim", [0, 1])
def test_few_of_many_are_those_of_the_whole_order(kind, dim):
    """With ties, and in some rows with infinities and NaN, of which there may be more than k."""
    rng = np.random.default_rng(4)
    a = rng.integers(0, 50, (40, 50)).astype(kind)
    if a.dtype.kind == "f":
        a[:, 3] = np.nan
        a[5:9, 10:30], a[7:12, 20:40], a[15, 1:] = -np.inf, np.inf, np.nan
        a[20] = -np.inf
    for part in (a, a[:, 40:], a[21:]):
        x, n = tt.tensor(part), part.shape[dim]
        for descending in (False, True):
            order = x.sort(dim, descending).values.array
            for k in (1, 4, n // 4 - 1):
                values, index = (r.array for r in x.topk(k, dim, largest=descending))
                np.testing.assert_array_equal(values, order.take(range(k), dim))
                np.testing.assert_array_equal(values, np.take_along_axis(part, index, dim))
                for row in np.moveaxis(index, dim, -1):
                    assert len(set(row)) == k
        for k in (1, n // 2, n):
            value, index = (r.array for r in x.kthvalue(k, dim, keepdim=True))
            np.testing.assert_array_equal(value, x.sort(dim).values.array.take([k - 1], dim))
            np.testing.assert_array_equal(value, np.take_along_axis(part, index, dim))
        for got, places in ((x.median(dim, True), (n - 1) // 2), (x.flatten().median(), (part.size - 1) // 2)):
            if not np.isnan(part.astype(float)).any():
                ranked = (
                    np.sort(part, dim).take([places], dim) if isinstance(got, tuple) else np.sort(part, None)[places]
                )
                np.testing.assert_array_equal(getattr(got, "values", got).array, ranked)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("k", [1, 7, 50, 150, 600])
def test_the_largest_of_long_rows(kind, k):
    rng = np.random.default_rng(6)
    a = rng.standard_normal((4, 2, 5003)).astype(kind)
    a[0, 1] = rng.integers(0, 9, 5003)  # ties
    a[1, 0, 10:] = -np.inf
    a[1, 1, 4990:] = np.inf
    a[2, 0] = 7
    for part in (a, a[:, :, ::-1]):
        values, index = (r.array for r in tt.Tensor(part).topk(k))
        np.testing.assert_array_equal(values, -np.sort(-part, -1)[..., :k])
        np.testing.assert_array_equal(np.take_along_axis(part, index, -1), values)
        if k <= 150:
            np.testing.assert_array_equal(index, np.argsort(-part, -1, kind="stable")[..., :k])
    for place in (3, 5002):
        b = a.copy()
        b[3, 1, place] = np.nan
        values, index = (r.array for r in tt.tensor(b).topk(k))
        assert index[3, 1, 0] == place
        np.testing.assert_array_equal(values[0], -np.sort(-b[0], -1)[..., :k])


@settings(deadline=None)
@given(hnp.arrays(np.int64, (4, 3), elements=st.integers(0, 4)), st.sampled_from([0, 1]))
def test_scattering_adds_what_gathering_reads(index, dim):
    a = np.arange(25, dtype=np.float32).reshape(5, 5)
    x, at = tt.tensor(a), tt.tensor(index)
    g = tt.tensor(np.arange(12, dtype=np.float32).reshape(4, 3))
    read, added = x.gather(dim, at), tt.zeros(5, 5).scatter_add(dim, at, g)
    assert (read * g).sum().item() == (x * added).sum().item()  # one is the transpose of the other
    for i, j in np.ndindex(4, 3):
        assert read.array[i, j] == (a[index[i, j], j] if dim == 0 else a[i, index[i, j]])


@pytest.mark.parametrize("kind", [np.int64, np.int32])
@pytest.mark.parametrize("dim", [0, 1, 2])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0)])
def test_large_and_expanded_indices_read_and_add_as_numpy(dim, order, kind):
    rng = np.random.default_rng(3)
    x = tt.tensor(rng.integers(-5, 6, (50, 40, 30)).astype(np.float32)).permute(*order)
    full = rng.integers(0, x.shape[dim], (25, 40, 30)).astype(kind)
    for axes in ((), (2,), (1, 2), (0, 1, 2)):  # along which the index is expanded
        one = full[tuple(slice(0, 1) if d in axes else slice(None) for d in range(3))]
        at = np.broadcast_to(one, full.shape)
        key = np.ix_(*(range(n) for n in full.shape))
        key = (*key[:dim], at, *key[dim + 1 :])
        expected = np.zeros(x.shape, np.float32)
        np.add.at(expected, key, x.array[key])
        index = tt.tensor(one).expand(*full.shape)
        read = x.gather(dim, index)
        np.testing.assert_array_equal(read.array, x.array[key])
        np.testing.assert_array_equal(tt.zeros(*x.shape).scatter_add(dim, index, read).array, expected)
    wrong = full.copy()
    wrong[7, 3, 2] = x.shape[dim]
    for bad in (wrong, np.where(wrong == x.shape[dim], -1, wrong)):
        with pytest.raises(IndexError, match=f"dimension {dim} with size {x.shape[dim]}"):
            x.gather(dim, tt.tensor(bad.astype(kind)))


def test_scatter_reduce_and_include_self():
    base, at, v = tt.tensor([1.0, 10.0]), tt.tensor([0, 0]), tt.tensor([2.0, 6.0])
    results = {"sum": (9, 8), "prod": (12, 12), "mean": (3, 4), "amax": (6, 6), "amin": (1, 2)}
    for reduce, (with_self, without) in results.items():
        assert base.scatter_reduce(0, at, v, reduce).array.tolist() == [with_self, 10]
        assert base.scatter_reduce(0, at, v, reduce, include_self=False).array.tolist() == [without, 10]


def test_forms_in_place_write_and_return_the_tensor():
    for change in (
        lambda x: x.masked_fill_(x > 2, 0.0),
        lambda x: x.scatter_(1, AT[:, :1], 9.0),
        lambda x: x.scatter_add_(1, AT, X),
        lambda x: x.scatter_reduce_(1, AT, X, "amax"),
        lambda x: x.index_add_(1, AT[0], X, alpha=2),
        lambda x: x.index_copy_(1, AT[0], X),
        lambda x: x.index_fill_(1, AT[0], 7),
        lambda x: x.index_put_((AT[0, :1],), X[1:]),
        lambda x: x.masked_scatter_(x > 2, X),
        lambda x: x.cumsum_(1),
        lambda x: x.tril_(),
    ):
        x = tt.tensor(X.array.copy())
        array = x.array
        assert change(x) is x
        assert x.array is array
        assert x._version == 1
        assert not (array == X.array).all()


@settings(deadline=None)
@given(hnp.arrays(np.int64, hnp.array_shapes(max_dims=2), elements=st.integers(-2, 2)))
def test_unique_comes_apart_and_together(a):
    x = tt.tensor(a)
    values, inverse, counts = x.unique(return_inverse=True, return_counts=True)
    np.testing.assert_array_equal(values.array[inverse.array], a)
    np.testing.assert_array_equal(values.array, np.unique(a))
    assert counts.sum().item() == a.size
    runs, which, lengths = tt.unique_consecutive(x, return_inverse=True, return_counts=True)
    np.testing.assert_array_equal(runs.array[which.array], a)
    np.testing.assert_array_equal(np.repeat(runs.array, lengths.array), a.ravel())
    np.testing.assert_array_equal(tt.bincount(x.flatten() + 2).array, np.bincount(a.ravel() + 2))
    np.testing.assert_array_equal(tt.isin(x, values[:1]).array, np.isin(a, values.array[:1]))
    np.testing.assert_array_equal(tt.searchsorted(values, x).array, np.searchsorted(values.array, a))


def test_bincount_with_weights_and_histc():
    assert tt.bincount(tt.tensor([0, 2, 2]), tt.tensor([1.0, 2.0, 3.0]), minlength=4).array.tolist() == [1, 0, 5, 0]
    assert tt.histc(tt.tensor([0.0, 1.0, 2.0, 4.0]), 4).array.tolist() == [1, 1, 1, 1]
    assert tt.histc(tt.tensor([0.0, 1.0, 9.0]), 2, 0, 2).array.tolist() == [1, 1]


@settings(deadline=None)
@given(
    st.lists(st.integers(-30, 30), max_size=20).map(lambda values: [1, *values]),
    st.integers(1, 7),
    st.booleans(),
    st.booleans(),
)
def test_histogram_is_numpys(values, bins, density, weighted):
    x = tt.tensor(values, dtype=tt.float64)
    weight = x * x if weighted else None
    weights = weight.array if weighted else None
    got = tt.histogram(x, bins, range=(-10.0, 20.0), weight=weight, density=density)
    want, edges = np.histogram(x.array, bins, (-10.0, 20.0), density, weights)
    np.testing.assert_allclose(got.hist.array, want, atol=1e-15)
    np.testing.assert_allclose(got.bin_edges.array, edges)
    got = tt.histogram(x.view(1, -1), tt.tensor([-9.0, 0.0, 0.5, 30.0], dtype=tt.float64)).hist
    np.testing.assert_array_equal(got.array, np.histogram(x.array, [-9.0, 0.0, 0.5, 30.0])[0])


def test_histogram_of_its_own_range():
    assert tt.histogram(tt.tensor([0.0, 1.0, 2.0, 3.0]), 3).hist.tolist() == [1, 1, 2]
    assert tt.histogram(tt.zeros(4), 2).bin_edges.tolist() == [-0.5, 0, 0.5]
    assert tt.histogram(tt.zeros(0), 2).bin_edges.tolist() == [0, 0.5, 1]


def test_nonzero_and_masked_select():
    x = tt.tensor([[1, 0], [0, 2]])
    assert x.nonzero().array.tolist() == [[0, 0], [1, 1]]
    rows, columns = x.nonzero(as_tuple=True)
    assert x[rows, columns].array.tolist() == x.masked_select(x > 0).array.tolist() == [1, 2]
    assert tt.tensor(3.0).nonzero().shape == (1, 0)
    assert x.take(tt.tensor([-1, 0])).array.tolist() == [2, 1]


@pytest.mark.parametrize("kind", [np.bool_, np.float32, np.int64, np.complex64])
@pytest.mark.parametrize("shape", [(), (7,), (5, 6), (3, 4, 5), (0, 3), (3, 0, 2)])
def test_coordinates_of_what_is_not_zero(kind, shape):
    a = np.random.default_rng(5).integers(0, 2, shape).astype(kind)
    for part in (a, a.T):
        np.testing.assert_array_equal(tt.Tensor(part).nonzero().array, np.argwhere(part))
    if kind is np.float32 and a.ndim == 2 and a.size:
        a[0, 0], a[1, 1] = np.nan, -0.0
        np.testing.assert_array_equal(tt.Tensor(a).nonzero().array, np.argwhere(a))
