"""Every way of adding by index gives what np.add.at gives."""

import numpy as np
import pytest
from tt_tensor.errors import BoundsError
from tt_tensor.ops.accumulate import add_rows, summed

RNG = np.random.default_rng(5)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers():
    """Whichever tests ran before, in this process or in another."""
    RNG.bit_generator.state = START


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.int64, np.int32])
@pytest.mark.parametrize(
    ("n", "count", "width"),
    [(0, 3, 2), (5, 3, 1), (40, 7, 3), (200, 9, 100), (300, 2000, 60), (64, 100, 300), (3, 2, 0)],
)
def test_add_rows_equals_add_at(n, count, width, dtype):
    rows = RNG.integers(0, count, n)
    values = RNG.integers(-8, 9, (n, width)).astype(dtype)
    expected = np.zeros((count, width), dtype)
    np.add.at(expected, rows, values)
    got = add_rows(rows, values, count)
    assert got.dtype == dtype
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("count", [40, 70_000])
@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.bool_, np.complex64])
def test_wide_rows_of_which_few_get_many_equal_add_at(count, dtype):
    """As words of a language: the k-th is met n / k times. Some are summed one by one, others in rounds."""
    rows = np.minimum((1 / RNG.random(2000)).astype(np.int64), count) - 1
    values = RNG.integers(-8, 9, (2000, 20)).astype(dtype)
    expected = np.zeros((count, 20), dtype)
    np.add.at(expected, rows, values)
    np.testing.assert_array_equal(add_rows(rows, values, count), expected)
    np.testing.assert_array_equal(add_rows(rows.astype(np.int32), values, count), expected)


@pytest.mark.parametrize(
    ("index", "dims"),
    [
        ((np.array([1, 0, 1]),), (0,)),
        ((np.array([1, -1, 1]),), (1,)),
        ((np.array([[1, 0], [2, 1]]),), (2,)),
        ((np.array([1, 0]), np.array([2, -1])), (0, 1)),
        ((np.array([1, 0]), np.array([2, 2])), (0, 2)),
        ((np.array([[1], [0]]), np.array([2, 2])), (1, 2)),
        ((np.array([True, False, True]),), (0,)),
        ((np.array([True, False, True]), np.array([1, 1])), (0, 2)),
        ((np.ones((3, 4), bool),), (0,)),
        ((np.zeros(0, np.int64),), (0,)),
    ],
)
def test_summed_is_the_transpose_of_indexing(index, dims):
    shape = (3, 4, 5)
    key, at = [], 0
    for d, a in zip(dims, index):
        key += [slice(None)] * (d - at) + [a]
        at = d + (a.ndim if a.dtype == bool else 1)
    x = RNG.integers(-5, 6, shape).astype(np.float32)
    v = RNG.integers(-5, 6, x[tuple(key)].shape).astype(np.float32)
    y = summed(v, index, dims, shape, "test")
    expected = np.zeros(shape, np.float32)
    np.add.at(expected, tuple(key), v)
    np.testing.assert_array_equal(y, expected)
    assert (x[tuple(key)] * v).sum() == (x * y).sum()


@pytest.mark.parametrize("shape", [(3, 0), (3, 0, 2), (0, 3), (3, 4, 0)])
def test_summed_of_nothing_is_nothing(shape):
    dim = shape.index(3)
    index = np.array([1, 0, 1])
    y = summed(np.take(np.zeros(shape, np.float32), index, dim), (index,), (dim,), shape, "test")
    assert y.shape == shape


def test_an_index_out_of_range_raises():
    with pytest.raises(BoundsError, match="index 4 is out of bounds for dimension 1 with size 4"):
        summed(np.ones((3, 1)), (np.array([4]),), (1,), (3, 4), "test")


def test_infinite_and_missing_values_stay_in_their_rows():
    values = np.ones((3000, 16), np.float32)
    values[0], values[1] = np.inf, np.nan
    rows = np.arange(3000) % 1000
    sums = add_rows(rows, values, 1000)
    assert np.isinf(sums[0]).all()
    assert np.isnan(sums[1]).all()
    np.testing.assert_array_equal(sums[2:], 3)


def test_float32_sums_are_exact_to_the_last_place_where_they_fit():
    rows = np.zeros(100_000, np.int64)
    values = np.full((100_000, 1), 0.1, np.float32)
    assert add_rows(rows, values, 1)[0, 0] == np.float32(np.float32(0.1).astype(np.float64) * 100_000)


@pytest.mark.parametrize("width", [1, 8, 100])
@pytest.mark.parametrize("n", [3, 1000])
def test_sums_are_no_views(n, width):
    index = RNG.integers(0, 20, n)
    values = RNG.standard_normal((n, width)).astype(np.float32)
    assert add_rows(index, values, 20).base is None  # a leaf would copy a view
    assert summed(values.reshape(n, 1, width), (index,), (0,), (20, 1, width), "index").base is None
