"""Padding, interpolation, unfold and shuffles: misuse, and laws that they keep."""

import tracemalloc

import numpy as np
import pytest
import tt_spatial.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import Tensor


def tensor(*shape, seed=0, dtype="float64"):
    return Tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


X = tensor(2, 4, 6, 7)
NUMPY = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize(
    ("error", "call"),
    [
        (NotImplementedError, lambda x: F.pad(x, (1, 1), "foo")),
        (NotImplementedError, lambda x: F.pad(x, (1, 1), "reflect")),
        (RuntimeError, lambda x: F.pad(x, (1,))),
        (RuntimeError, lambda x: F.pad(x, (1,) * 10)),
        (RuntimeError, lambda x: F.pad(x, (-5, -5))),
        (RuntimeError, lambda x: F.pad(x, (7, 0, 0, 0), "reflect")),
        (RuntimeError, lambda x: F.pad(x, (8, 0, 0, 0), "circular")),
        (RuntimeError, lambda x: F.pad(x, (-7, 1, 0, 0), "circular")),
        (RuntimeError, lambda x: F.pad(x, (2, -6, 0, 0), "circular")),
        (RuntimeError, lambda x: F.pad(x, (8, -8, 0, 0))),
        (RuntimeError, lambda x: F.pad(x, (1, 1, 1, 1), "reflect", 2)),
        (TypeError, lambda x: F.pad(x, 1)),
        (TypeError, lambda x: F.pad(x, (1.5, 1))),
        (ValueError, lambda x: F.interpolate(x)),
        (ValueError, lambda x: F.interpolate(x, 2, 2)),
        (ValueError, lambda x: F.interpolate(x, (1, 2, 3))),
        (ValueError, lambda x: F.interpolate(x, 2, align_corners=True)),
        (ValueError, lambda x: F.interpolate(x, 2, antialias=True)),
        (NotImplementedError, lambda x: F.interpolate(x, 2, mode="linear")),
        (NotImplementedError, lambda x: F.interpolate(x, 2, mode="lanczos")),
        (RuntimeError, lambda x: F.interpolate(x, 0)),
        (TypeError, lambda x: F.interpolate(x, 2.5)),
        (TypeError, lambda x: F.interpolate(x, True)),
        (TypeError, lambda x: F.interpolate(x, scale_factor="2")),
        (TypeError, lambda x: F.interpolate(x, scale_factor=x[0, 0, :2, 0])),
        (TypeError, lambda x: F.interpolate(x, scale_factor=(None, 2))),
        (TypeError, lambda x: F.interpolate(x.long(), 2)),
        (TypeError, lambda x: F.pad(x, (1, 1), value="1")),
        (RuntimeError, lambda x: F.pad(x.byte(), (1, 1), value=-2)),
        (RuntimeError, lambda x: F.pad(x.byte(), (1, 1), value=float("inf"))),
        (RuntimeError, lambda x: F.pad(x.byte(), (1, 1), value=-0.5)),
        (RuntimeError, lambda x: F.pad(x.half(), (1, 1), value=70000)),
        (RuntimeError, lambda x: F.pad(x.long(), (1, 1), value=float("nan"))),
        (TypeError, lambda x: F.pixel_shuffle(x, 2.0)),
        (TypeError, lambda x: F.pixel_unshuffle(x, "2")),
        (TypeError, lambda x: F.channel_shuffle([1.0], 2)),
        (TypeError, lambda x: F.unfold([1.0], 2)),
        (TypeError, lambda x: F.fold([1.0], 4, 2)),
        (RuntimeError, lambda x: F.pixel_shuffle(x, 3)),
        (RuntimeError, lambda x: F.pixel_unshuffle(x, 4)),
        (RuntimeError, lambda x: F.channel_shuffle(x, 3)),
        (RuntimeError, lambda x: F.unfold(x, 9)),
        (IndexError, lambda x: F.unfold(x[0, 0], 2)),
        (RuntimeError, lambda x: F.fold(x[0], 4, 2)),
    ],
)
def test_misuse(error, call):
    with pytest.raises(error, match=r"pad|interpolate|shuffle|fold"):
        call(X)


@given(st.sampled_from([*NUMPY, "constant"]), st.tuples(*[st.integers(0, 5)] * 4))
@settings(max_examples=40, deadline=None)
def test_pad_is_numpys(mode, widths):
    left, right, top, bottom = widths
    pairs = ((0, 0), (0, 0), (top, bottom), (left, right))
    expected = np.pad(X.array, pairs, NUMPY.get(mode, mode))
    np.testing.assert_array_equal(F.pad(X, widths, mode).array, expected)


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
@pytest.mark.parametrize("widths", [(5, -9), (-9, 5), (3, -7), (-8, 2), (0, -3)])
def test_places_are_taken_away_after_others_were_added(mode, widths):
    added = tuple(max(k, 0) for k in widths)
    whole = F.pad(X, (*added, 0, 0), mode)
    cut = slice(max(0, -widths[0]), whole.shape[-1] + min(0, widths[1]))
    x = X.detach().requires_grad_()
    y = F.pad(x, (*widths, 0, 0), mode)
    np.testing.assert_array_equal(y.detach().array, whole.array[..., cut])
    g = tensor(*y.shape, seed=3)
    y.backward(g)
    np.testing.assert_allclose((x.grad.array * x.array).sum(), (g.array * y.array).sum(), rtol=1e-9, atol=1e-9)


@given(st.sampled_from([*NUMPY, "constant"]), st.tuples(*[st.integers(-2, 4)] * 4))
@settings(max_examples=40, deadline=None)
def test_the_gradient_of_pad_is_its_transpose(mode, widths):
    x = tensor(1, 2, 6, 7, seed=1).requires_grad_()
    y = F.pad(x, widths, mode)
    g = tensor(*y.shape, seed=2)
    y.backward(g)
    np.testing.assert_allclose((x.grad.array * x.array).sum(), (g.array * y.array).sum(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "bilinear", "bicubic", "area"])
@pytest.mark.parametrize("size", [(6, 7), (3, 3), (12, 14), (5, 90), (1, 1), (100, 2)])
def test_a_constant_stays_one(mode, size):
    for antialias in (False, True) if mode.startswith("bi") else (False,):
        y = F.interpolate(Tensor(np.full((1, 2, 6, 7), 3.0)), size, mode=mode, antialias=antialias)
        np.testing.assert_allclose(y.array, np.full((1, 2, *size), 3.0), rtol=1e-12)


def test_a_factor_too_small_for_another_size_changes_nothing():
    np.testing.assert_allclose(F.interpolate(X, scale_factor=1.1, mode="bilinear").array, X.array, atol=1e-12)


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_the_same_size_changes_nothing(mode):
    np.testing.assert_allclose(F.interpolate(X, (6, 7), mode=mode).array, X.array, atol=1e-12)


def test_images_in_many_sizes_do_not_fill_the_memory():
    tracemalloc.start()
    try:
        for n in range(500, 516):
            F.interpolate(Tensor(np.zeros((1, 1, n), "float32")), 2 * n, mode="linear")
        assert tracemalloc.get_traced_memory()[0] < 4 * 4 * 500 * 1000  # a whole matrix takes a quarter of that
    finally:
        tracemalloc.stop()


def test_a_ramp_stays_one():
    x = Tensor(np.arange(100.0).reshape(1, 1, 100))
    y = F.interpolate(x, 397, mode="linear", align_corners=True)
    np.testing.assert_allclose(y.array[0, 0], np.linspace(0, 99, 397), atol=1e-9)


def test_infinity_stays_in_its_place():
    x = np.zeros((1, 1, 40, 200), "float32")
    x[0, 0, 20, 100] = np.inf
    y = F.interpolate(Tensor(x), scale_factor=2, mode="bilinear").array
    assert np.isinf(y).sum() == 16
    assert not np.isnan(y).any()


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(0, 2), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_fold_counts_how_often_unfold_read(kh, kw, gap, pad, step):
    ones = Tensor(np.ones((1, 2, 6, 7))).requires_grad_()
    columns = F.unfold(ones, (kh, kw), gap, pad, step)
    assert columns.shape[1] == 2 * kh * kw
    columns.sum().backward()
    np.testing.assert_array_equal(F.fold(columns.detach(), (6, 7), (kh, kw), gap, pad, step).array, ones.grad.array)


def test_shuffles_undo_each_other():
    np.testing.assert_array_equal(F.pixel_unshuffle(F.pixel_shuffle(X, 2), 2).array, X.array)
    np.testing.assert_array_equal(F.channel_shuffle(F.channel_shuffle(X, 2), 2).array, X.array)


@pytest.mark.parametrize(
    "shuffle",
    [
        lambda x: F.pixel_shuffle(x, 1),
        lambda x: F.pixel_shuffle(x[:, :, :1, :1], 2),
        lambda x: F.pixel_unshuffle(x, 1),
        lambda x: F.channel_shuffle(x, 1),
        lambda x: F.channel_shuffle(x, 4),
    ],
)
def test_shuffles_copy(shuffle):
    assert not np.shares_memory(shuffle(X).array, X.array)


def test_pad_copies():
    for widths, mode in (((), "constant"), ((0, 0), "constant"), ((0, 0, 0, 0), "reflect"), ((-1, 0), "constant")):
        assert not np.shares_memory(F.pad(X, widths, mode).array, X.array)


def test_older_names_of_interpolate():
    pairs = [
        (F.upsample(X, scale_factor=2), F.interpolate(X, scale_factor=2)),
        (F.upsample(X, (3, 9), mode="bicubic", align_corners=True), F.interpolate(X, (3, 9), None, "bicubic", True)),
        (F.upsample_nearest(X, (3, 9)), F.interpolate(X, (3, 9))),
        (F.upsample_bilinear(X, scale_factor=1.5), F.interpolate(X, None, 1.5, "bilinear", align_corners=True)),
    ]
    for old, new in pairs:
        np.testing.assert_array_equal(old.array, new.array)
