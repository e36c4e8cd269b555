"""layer_norm and rms_norm against their formulas in float64: every way that the kernels take, and rows that lose digits."""

import numpy as np
import pytest
from tt_autograd import Tensor
from tt_nn import functional as F
from tt_tensor.errors import DTypeError

# few values; rows for products of matrices, in one block and in several; long rows
SHAPES = [(0, 5), (3, 2), (5, 7), (90, 64), (1100, 250), (3, 1200)]


def formulas(x, w, b, g, eps, center):
    """Values and gradients."""
    x, w, b, g = (np.asarray(v, "float64") for v in (x, w, b, g))
    off = x - x.mean(1, keepdims=True) if center else x
    scale = 1 / np.sqrt((off * off).mean(1, keepdims=True) + eps)
    hat, h = off * scale, g * w
    inner = (h * hat).mean(1, keepdims=True) * hat
    if center:
        inner = inner + h.mean(1, keepdims=True)
    return hat * w + b, scale * (h - inner), (g * hat).sum(0), g.sum(0)


def computed(x, w, b, g, eps, center):
    x, w, b = (Tensor(v).requires_grad_() for v in (x, w, b))
    y = F.layer_norm(x, w.shape, w, b, eps) if center else F.rms_norm(x, w.shape, w, eps)
    y.backward(Tensor(g))
    return tuple(v.array for v in (y.detach(), x.grad, w.grad, *([b.grad] if center else [])))


def case(shape, offset=0.0, dtype="float32"):
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal(shape) for _ in range(2))
    w, b = (rng.standard_normal(shape[1]) for _ in range(2))
    return [v.astype(dtype) for v in (x + offset, w, b, g)]


@pytest.mark.parametrize("center", [True, False], ids=["layer", "rms"])
@pytest.mark.parametrize("offset", [0.0, 3.0, 1e3])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_formulas(shape, offset, center, threads):
    x, w, b, g = case(shape, offset)
    expected = formulas(x, w, b if center else 0.0, g, 1e-5, center)
    for y, z in zip(computed(x, w, b, g, 1e-5, center), expected):
        assert y.dtype == np.float32
        np.testing.assert_allclose(y, z, 1e-5, 4e-6 * max(1, np.abs(z).max(initial=0)))


@pytest.mark.parametrize("shape", [(5, 7), (90, 64), (3, 1200)], ids=str)
def test_one_far_row_and_its_neighbours(shape):
    x, w, b, g = case(shape)
    x[1] += 1e4
    for y, z in zip(computed(x, w, b, g, 1e-5, True), formulas(x, w, b, g, 1e-5, True)):
        np.testing.assert_allclose(y, z, 1e-5, 4e-6 * np.abs(z).max())


@pytest.mark.parametrize("value", [0.0, 1.0, 1e4, -3e6])
@pytest.mark.parametrize("shape", [(5, 8), (90, 64), (3, 1200)], ids=str)
def test_constant_rows_become_the_bias(shape, value):
    x, w, b, g = case(shape)
    x[:] = value
    y, gx, gw, _ = computed(x, w, b, g, 1e-5, True)
    np.testing.assert_allclose(y, np.broadcast_to(b, shape), 1e-5, 1e-5)
    np.testing.assert_allclose(gw, 0, atol=1e-4)
    np.testing.assert_allclose(gx, formulas(x, w, b, g, 1e-5, True)[1], 1e-4, 1e-2)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("center", [True, False], ids=["layer", "rms"])
@pytest.mark.parametrize("shape", [(5, 7), (90, 64), (3, 1200)], ids=str)
def test_what_is_not_finite_stays_in_its_row(shape, center, bad):
    x, w, b, g = case(shape)
    x[1, 2] = bad
    y, gx, *_ = computed(x, w, b, g, 1e-5, center)
    rest = np.arange(shape[0]) != 1
    expected = formulas(x[rest], w, b if center else 0.0, g[rest], 1e-5, center)
    np.testing.assert_allclose(y[rest], expected[0], 1e-5, 1e-5)
    np.testing.assert_allclose(gx[rest], expected[1], 1e-5, 1e-5)
    assert np.isnan(y[1, 2])
    assert np.isnan(gx[1]).all()


@pytest.mark.parametrize("dtype", ["float16", "float64"])
@pytest.mark.parametrize("shape", [(5, 7), (90, 64)], ids=str)
def test_other_dtypes(shape, dtype):
    x, w, b, g = case(shape, 1.0, dtype)
    tolerance = 1e-2 if dtype == "float16" else 1e-12
    for y, z in zip(computed(x, w, b, g, 1e-5, True), formulas(x, w, b, g, 1e-5, True)):
        assert y.dtype == dtype
        np.testing.assert_allclose(y, z, tolerance, tolerance * np.abs(z).max())


@pytest.mark.parametrize("shape", [(4, 6), (90, 64), (3, 1200)], ids=str)
def test_without_weight_or_bias(shape):
    x, w, b, g = case(shape)
    one, zero = np.ones_like(w), np.zeros_like(b)
    for weight, bias in (None, None), (w, None), (None, b):
        v = Tensor(x).requires_grad_()
        y = F.layer_norm(v, w.shape, *(None if p is None else Tensor(p) for p in (weight, bias)))
        y.backward(Tensor(g))
        expected = formulas(x, one if weight is None else w, zero if bias is None else b, g, 1e-5, True)
        np.testing.assert_allclose(y.detach().array, expected[0], 1e-5, 1e-5)
        np.testing.assert_allclose(v.grad.array, expected[1], 1e-5, 1e-5)


def test_dtypes_that_do_not_fit():
    x = Tensor(np.ones((2, 4)))
    for norm in (F.layer_norm, F.rms_norm):
        with pytest.raises(DTypeError, match="float64, but a weight or bias float32"):
            norm(x, (4,), Tensor(np.ones(4, "float32")))
    assert F.layer_norm(x.half(), (4,), Tensor(np.ones(4, "float32"))).dtype == np.float16


def test_the_epsilon_of_halves_is_that_of_float32():
    y = F.rms_norm(Tensor(np.full((1, 4), 1e-3, "float16")), (4,))
    np.testing.assert_allclose(y.array, 0.945, rtol=2e-3)
