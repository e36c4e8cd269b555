"""Pooling against its definition, written as loops; what is special about ties, NaN and edges; and misuse."""

import math
from itertools import product

import numpy as np
import pytest
import tt_spatial.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import Tensor
from tt_spatial.ops.places import place_p
from tt_tensor import from_numpy, set_num_threads
from tt_tensor.threads import get_num_threads


def tensor(values, grad=False):
    return Tensor(np.asarray(values)).requires_grad_(grad)


def floats(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (RuntimeError, lambda x: F.max_pool2d(x, (2, 2, 2))),
        (RuntimeError, lambda x: F.max_pool2d(x, 9)),
        (RuntimeError, lambda x: F.max_pool2d(x, 2, padding=2)),
        (RuntimeError, lambda x: F.max_pool2d(x, 2, padding=2, dilation=3)),
        (RuntimeError, lambda x: F.max_pool2d(x, 0)),
        (RuntimeError, lambda x: F.max_pool2d(x, 2, -1)),
        (RuntimeError, lambda x: F.max_pool2d(x[0, 0], 2)),
        (RuntimeError, lambda x: F.max_pool2d(x[:, :0], 2)),
        (TypeError, lambda x: F.max_pool2d(x, 2.5)),
        (TypeError, lambda x: F.max_pool2d(x, True)),
        (TypeError, lambda x: F.max_pool2d([1.0], 2)),
        (TypeError, lambda x: F.lp_pool2d([1.0], 2, 2)),
        (TypeError, lambda x: F.max_unpool2d([1.0], [0], 2)),
        (TypeError, lambda x: F.avg_pool2d(x, 2, divisor_override=1.5)),
        (TypeError, lambda x: F.max_pool2d(x > 0, 2)),
        (RuntimeError, lambda x: F.avg_pool2d(x, 2, divisor_override=0)),
        (TypeError, lambda x: F.avg_pool2d(x.int(), 2)),
        (RuntimeError, lambda x: F.adaptive_avg_pool2d(x, (1, 2, 3))),
        (RuntimeError, lambda x: F.adaptive_max_pool2d(x, -1)),
        (TypeError, lambda x: F.adaptive_avg_pool2d(x, 1.5)),
        (RuntimeError, lambda x: F.max_unpool2d(x, x.long()[:, :, 1:], 2)),
        (RuntimeError, lambda x: F.max_unpool2d(x, x, 2)),
        (IndexError, lambda x: F.max_unpool2d(x, x.long() + 999, 2)),
        (ValueError, lambda x: F.max_unpool2d(x, x.long() * 0, 2, output_size=(99, 99))),
    ],
)
def test_misuse(error, call):
    with pytest.raises(error, match="pool"):
        call(tensor(floats(2, 3, 6, 7)))


@given(
    st.integers(1, 9), st.sampled_from([*range(1, 10), 23]), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3),
    st.integers(0, 2), st.integers(1, 2), st.booleans(), st.integers(1, 70),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_max_pool_and_its_gradient_by_loops(h, w, kh, kw, step, pad, gap, ceil, count):
    pad = min(pad, kh // 2, kw // 2)
    x = tensor(np.round(floats(count, 1, h, w, seed=h) * 2), grad=True)  # many ties
    try:
        y, index = F.max_pool2d(x, (kh, kw), step, pad, gap, ceil, return_indices=True)
    except RuntimeError:
        return
    g = floats(*y.shape)
    F.max_pool2d(x, (kh, kw), step, pad, gap, ceil).backward(tensor(g))
    expected = np.zeros(x.shape)
    for n, i, j in product(range(count), *map(range, y.shape[2:])):
        best, at = -math.inf, None
        for a, b in product(range(kh), range(kw)):
            r, c = i * step - pad + a * gap, j * step - pad + b * gap
            if 0 <= r < h and 0 <= c < w and x.array[n, 0, r, c] > best:
                best, at = x.array[n, 0, r, c], (r, c)
        assert y.array[n, 0, i, j] == best
        if at is None:  # the gaps of the window straddle the plane
            assert best == -math.inf
            continue
        assert index.array[n, 0, i, j] == at[0] * w + at[1]
        expected[n, 0][at] += g[n, 0, i, j]
    np.testing.assert_allclose(x.grad.array, expected, atol=1e-12)


@pytest.mark.parametrize("settings", [(2,), (3, 2, 1)])
def test_of_several_nan_the_last_has_the_gradient_and_infinities_are_values(settings):
    values = np.array([[1.0, np.nan, 2.0, -np.inf], [np.nan, 0.0, np.inf, 3.0], [-np.inf] * 4, [-np.inf] * 4])
    x = tensor(values[None].astype("float32"), grad=True)
    y, index = F.max_pool2d(x, *settings, return_indices=True)
    y.backward(tensor(np.ones(y.shape, "float32")))
    assert x.grad.array.sum() == y.array.size
    counts = np.bincount(index.array.reshape(-1), minlength=16)
    np.testing.assert_array_equal(x.grad.array.reshape(-1), counts)


def test_zeros_of_both_signs_are_equal():
    x = tensor(np.array([[[-0.0, 0.0], [0.0, -0.0]]], "float32"), grad=True)
    F.max_pool2d(x, 2).sum().backward()
    np.testing.assert_array_equal(x.grad.array, [[[1, 0], [0, 0]]])


@pytest.mark.parametrize("width", [64, 300, 70000])
def test_indices_of_planes_of_any_width(width):
    x = tensor(floats(2, 4, width, seed=width).astype("float32"))
    y, index = F.max_pool2d(x, 2, return_indices=True)
    windows = x.array.reshape(2, 2, 2, width // 2, 2).transpose(0, 1, 3, 2, 4).reshape(2, 2, width // 2, 4)
    np.testing.assert_array_equal(y.array, windows.max(3))
    np.testing.assert_array_equal(
        np.take_along_axis(x.array.reshape(2, -1), index.array.reshape(2, -1), 1), y.array.reshape(2, -1)
    )


def test_the_result_may_be_changed_in_place():
    x = tensor(np.array([[[-3.0, -2.0], [-1.0, -4.0]], [[1.0, 4.0], [3.0, 2.0]]], "float32"), grad=True)
    y = F.max_pool2d(x, 2)
    y.relu_()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.array, [[[0, 0], [0, 0]], [[0, 1], [0, 0]]])


@pytest.mark.parametrize("shape", [(2, 3, 5), (2, 7, 1)])
def test_the_same_without_a_gradient_to_come(shape):
    x = floats(*shape).astype("float32")
    settings = (3, 2, 1, 1, True)
    tracked = F.max_pool2d(tensor(x, grad=True), *settings).detach()
    np.testing.assert_array_equal(F.max_pool2d(tensor(x), *settings).array, tracked.array)


def test_an_infinite_gradient_goes_to_one_place_only():
    x = tensor(floats(1, 4, 4).astype("float32"), grad=True)
    F.max_pool2d(x, 3, 1).backward(tensor(np.full((1, 2, 2), np.inf, "float32")))
    assert not np.isnan(x.grad.array).any()


@given(
    st.integers(1, 8),
    st.integers(1, 8),
    st.integers(1, 4),
    st.integers(1, 3),
    st.integers(0, 2),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_avg_pool_by_loops(h, w, size, step, pad, ceil, include):
    x = floats(2, 2, h, w)
    try:
        y = F.avg_pool2d(tensor(x), size, step, min(pad, size // 2), ceil, include)
    except RuntimeError:
        return
    pad = min(pad, size // 2)
    for i, j in product(*map(range, y.shape[2:])):
        rows, columns = ((k * step - pad, min(k * step - pad + size, n + pad)) for k, n in ((i, h), (j, w)))
        inside = [slice(max(0, start), min(n, stop)) for (start, stop), n in ((rows, h), (columns, w))]
        part = x[:, :, inside[0], inside[1]]
        count = (rows[1] - rows[0]) * (columns[1] - columns[0]) if include else part[0, 0].size
        np.testing.assert_allclose(y.array[:, :, i, j], part.sum((2, 3)) / count, atol=1e-12)


@pytest.mark.parametrize("shape", [(40, 20, 20), (300, 5, 6), (3, 130, 140)])
@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool2d"])
def test_blocks_orders_and_threads_change_nothing(name, shape):
    x = floats(*shape).astype("float32")
    found = []
    before = get_num_threads()
    for threads, parts in ((1, 1), (2, 1), (1, shape[0])):
        set_num_threads(threads)
        try:
            pieces = [tensor(a, grad=True) for a in np.array_split(x, parts)]
            ys = [getattr(F, name)(p, 3, 2, 1) for p in pieces]
            for y in ys:
                (y * y).sum().backward()
        finally:
            set_num_threads(before)
        found.append(
            (np.concatenate([y.array for y in map(Tensor.detach, ys)]), np.concatenate([p.grad.array for p in pieces]))
        )
    for y, grad in found[1:]:
        np.testing.assert_allclose(y, found[0][0], rtol=1e-6)
        np.testing.assert_allclose(grad, found[0][1], rtol=1e-5, atol=1e-6)


def test_unpooling_undoes_pooling():
    x = tensor(np.abs(floats(2, 3, 8, 8)) + 1)
    y, index = F.max_pool2d(x, 2, return_indices=True)
    back = F.max_unpool2d(y, index, 2)
    np.testing.assert_array_equal(F.max_pool2d(back, 2).array, y.array)
    assert np.count_nonzero(back.array) == y.array.size


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 9])
def test_adaptive_windows_cover_everything(count):
    x = tensor(floats(2, 7, 7), grad=True)
    F.adaptive_avg_pool2d(x, count).sum().backward()
    assert (x.grad.array > 0).all()
    np.testing.assert_allclose(x.grad.array.sum(), 2 * count * count)
    assert F.adaptive_max_pool2d(x, count).array.max() == x.array.max()


@pytest.mark.parametrize(("size", "count"), [((2, 2), (3, 5)), ((3, 4), (2, 5)), ((9, 9), (2, 1)), ((1, 16), (3, 2))])
@pytest.mark.parametrize("special", [0.0, np.inf, np.nan])
def test_windows_that_tile_the_picture(size, count, special):
    (h, w), (rows, columns) = size, count
    data, g = floats(4, 3, h * rows, w * columns), floats(4, 3, rows, columns, seed=1)
    data[0, 1, 2, 3] += special
    windows = data.reshape(4, 3, rows, h, columns, w).swapaxes(3, 4).reshape(4, 3, rows, columns, h * w)
    places = np.arange(data[0, 0].size).reshape(rows, h, columns, w).swapaxes(1, 2).reshape(rows, columns, h * w)
    for pooled in (lambda x: F.avg_pool2d(x, size), lambda x: F.adaptive_avg_pool2d(x, count)):
        x = tensor(data, grad=True)
        y = pooled(x)
        np.testing.assert_allclose(y.array, windows.mean(4), rtol=1e-5, atol=1e-6)
        y.backward(Tensor(g))
        np.testing.assert_allclose(x.grad.array, g.repeat(h, 2).repeat(w, 3) / (h * w), rtol=1e-5)
    at = windows.argmax(4)  # of NaN, too
    for pooled in (F.max_pool2d, F.adaptive_max_pool2d):
        y, index = pooled(tensor(data), size if pooled is F.max_pool2d else count, return_indices=True)
        np.testing.assert_array_equal(y.array, np.take_along_axis(windows, at[..., None], 4)[..., 0])
        np.testing.assert_array_equal(index.array, np.take_along_axis(places[None, None], at[..., None], 4)[..., 0])


@pytest.mark.parametrize(
    ("grid", "count"), [((7, 7), (3, 2)), ((20, 9), (7, 4)), ((50, 41), (3, 2)), ((33, 3), (2, 5))]
)
def test_adaptive_maxima_of_windows_that_differ(grid, count):
    data = np.random.default_rng(0).integers(0, 9, (3, 2, *grid)).astype(np.float32)
    data[0, 0, 1, 1] = data[0, 0, -1, -1] = data[1, 0, grid[0] // 2, 0] = np.nan
    y, index = F.adaptive_max_pool2d(tensor(data), count, return_indices=True)
    numbers = np.arange(data[0, 0].size).reshape(grid)
    for at in product(*map(range, y.shape)):
        window = tuple(slice(i * n // c, -(-(i + 1) * n // c)) for i, n, c in zip(at[2:], grid, count))
        values, places = data[(*at[:2], *window)].reshape(-1), numbers[window].reshape(-1)
        nan = np.flatnonzero(np.isnan(values))  # the last NaN, or the first of the largest
        k = nan[-1] if len(nan) else values.argmax()
        np.testing.assert_array_equal(y.array[at], values[k])
        assert index.array[at] == places[k]


@pytest.mark.parametrize("count", [1, (1, 2), (2, 3)])
def test_adaptive_maxima_of_no_images(count):
    y, index = F.adaptive_max_pool2d(tensor(np.zeros((0, 2, 40, 50), "float32")), count, return_indices=True)
    assert y.shape == index.shape == (0, 2, *np.broadcast_to(count, 2))


def test_integers_have_maxima_and_truncated_means():
    x = Tensor(np.array([[[-7, 0], [0, 0]]]))
    assert F.max_pool2d(x, 2).array.tolist() == [[[0]]]
    assert F.avg_pool2d(x, 2).array.tolist() == [[[-1]]]
    assert F.avg_pool2d(x, 2, divisor_override=-7).array.tolist() == [[[1]]]


@pytest.mark.parametrize("add", [True, False])
def test_what_is_put_back_in_place_is_no_view(add):
    values, at = np.ones((2, 3, 2, 2), np.float32), np.arange(4).reshape(2, 2) * np.ones((2, 3, 1, 1), np.int64)
    out = place_p(from_numpy(values), from_numpy(at), grid=(4, 5), add=add).array
    assert out.shape == (2, 3, 4, 5)
    assert out.sum() == values.size
    assert out.base is None  # a leaf would copy a view


def test_adaptive_maxima_have_the_last_nan():
    x = tensor(np.array([[[np.nan, 1.0, np.nan, 0.0], [2.0, 3.0, np.nan, 5.0]]], "float32"), grad=True)
    y, index = F.adaptive_max_pool2d(x, (1, 2), return_indices=True)
    y.sum().backward()
    assert index.array.tolist() == [[[0, 6]]]
    np.testing.assert_array_equal(x.grad.array, [[[1, 0, 0, 0], [0, 0, 1, 0]]])


@pytest.mark.parametrize("p", [1.5, 2, 3])
def test_the_norm_of_zeros_has_a_gradient_of_zero(p):
    x = tensor(np.array([[0.0, 0.0, 3.0, 4.0]]), grad=True)
    F.lp_pool1d(x, p, 2).sum().backward()
    assert x.grad.array[0, :2].tolist() == [0, 0]
    assert (x.grad.array[0, 2:] > 0).all()


def test_infinite_norms_are_the_largest_and_the_smallest():
    x = tensor(np.array([[-5.0, 1.0, 2.0, -3.0]]))
    assert F.lp_pool1d(x, math.inf, 2).array.tolist() == [[5, 3]]
    assert F.lp_pool1d(x, -math.inf, 2).array.tolist() == [[1, 2]]
