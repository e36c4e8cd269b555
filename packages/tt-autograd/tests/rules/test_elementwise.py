"""Elementwise derivatives: against finite differences where they are smooth, and what PyTorch settles where they are not."""

import math

import numpy as np
import pytest
import tt_tensor as tt
from tt_autograd import Tensor

rng = np.random.default_rng(3)
ANY = rng.uniform(-2, 2, (2, 3))
OTHER = rng.uniform(-2, 2, (2, 3))
ROW = rng.uniform(0.5, 2, (3,))
POSITIVE = rng.uniform(0.3, 2, (2, 3))
UNIT = rng.uniform(-0.9, 0.9, (2, 3))
CHANCE = rng.uniform(0.1, 0.9, (2, 3))
ABOVE_ONE = rng.uniform(1.1, 3, (2, 3))
FEW = rng.uniform(0.5, 2, (3, 1))

UNARY = {
    "exp": ANY, "exp2": ANY, "expm1": ANY, "log": POSITIVE, "log1p": POSITIVE, "log2": POSITIVE, "log10": POSITIVE, "sqrt": POSITIVE,
    "rsqrt": POSITIVE, "reciprocal": ANY, "neg": ANY, "positive": ANY, "abs": ANY, "square": ANY, "sigmoid": ANY, "logit": CHANCE,
    "frac": ANY, "nan_to_num": ANY, "floor": ANY, "ceil": ANY, "trunc": ANY, "round": ANY, "sign": ANY, "sin": ANY, "cos": ANY,
    "tan": UNIT, "asin": UNIT, "acos": UNIT, "atan": ANY, "sinh": ANY, "cosh": ANY, "tanh": ANY, "asinh": ANY, "acosh": ABOVE_ONE,
    "atanh": UNIT, "sinc": ANY, "deg2rad": ANY, "rad2deg": ANY, "erf": ANY, "erfc": ANY, "erfinv": UNIT, "clone": ANY,
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_unary(check, name):
    check(getattr(tt, name), UNARY[name])
    check(getattr(tt, name), np.asarray(UNARY[name][0, 0]))


BINARY = {
    "add": (tt.add, ANY, ROW),
    "add alpha": (lambda x, y: tt.add(x, y, alpha=3), ANY, ROW),
    "sub": (tt.sub, ROW, ANY),
    "sub alpha": (lambda x, y: tt.sub(x, y, alpha=3), ANY, ROW),
    "rsub": (tt.rsub, ROW, ANY),
    "mul": (tt.mul, ANY, ROW),
    "mul number": (lambda x: 3 * x * 0.5, ANY),
    "div": (tt.div, ROW, ANY),
    "div number": (lambda x: 3 / (x / 2), ANY),
    "div floor": (lambda x, y: tt.div(x, y, rounding_mode="floor"), ANY, ROW),
    "div trunc": (lambda x, y: tt.div(x, y, rounding_mode="trunc"), ANY, ROW),
    "remainder": (tt.remainder, ANY, ROW),
    "fmod": (tt.fmod, ANY, ROW),
    "pow": (tt.pow, POSITIVE, ROW),
    "pow of a number": (lambda x: 3**x + 2**x, ANY),
    "hypot": (tt.hypot, ANY, ROW),
    "atan2": (tt.atan2, ANY, ROW),
    "logaddexp": (tt.logaddexp, ANY, ROW),
    "logaddexp2": (tt.logaddexp2, ANY, ROW),
    "copysign": (tt.copysign, ANY, OTHER),
    "xlogy": (tt.xlogy, ANY, ROW),
    "ldexp": (tt.ldexp, ANY, ROW),
    "float_power": (tt.float_power, POSITIVE, ROW),
    "addcmul": (lambda x, a, b: tt.addcmul(x, a, b, value=0.5), ANY, ROW, FEW[:2]),
    "addcdiv": (lambda x, a, b: tt.addcdiv(x, a, b, value=0.5), ANY, ROW, FEW[:2]),
    "lerp": (tt.lerp, ANY, ROW, CHANCE),
    "lerp number": (lambda x, y: tt.lerp(x, y, 0.25), ANY, ROW),
    "maximum": (tt.maximum, ANY, ROW),
    "minimum": (tt.minimum, ANY, ROW),
    "fmax": (tt.fmax, ANY, OTHER),
    "fmin": (tt.fmin, ANY, OTHER),
    "where": (lambda x, y: tt.where(tt.tensor(OTHER > 0), x, y), ANY, ROW),
    "clamp": (lambda x: tt.clamp(x, -0.5, 0.5), ANY),
    "clamp min": (lambda x: tt.clamp(x, min=-0.5), ANY),
    "clamp max": (lambda x: tt.clamp(x, max=0.5), ANY),
    "clamp tensors": (tt.clamp, ANY, ROW - 1, ROW),
    "clamp crossed": (tt.clamp, ANY, ROW, ROW - 1),
    "logit eps": (lambda x: tt.logit(x, 0.3), CHANCE),
    "to and from": (lambda x: x.to(tt.float64).double(), ANY),
    "contiguous": (lambda x: x.mT.contiguous(), ANY),
}  # fmt: skip


@pytest.mark.parametrize("name", BINARY)
def test_binary(check, name):
    check(*BINARY[name])


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4, -1, -2, 0.5, -0.5, 2.5, -1.5])
def test_powers_by_a_number(check, exponent):
    check(lambda x: x**exponent, POSITIVE)


def grads(f, *values):
    xs = [Tensor(np.array(v, np.float32), True) for v in values]
    f(*xs).sum().backward()
    return [x.grad.tolist() for x in xs]


def test_abs_is_flat_at_zero():
    assert grads(tt.abs, [-1.0, 0.0, 2.0]) == [[-1.0, 0.0, 1.0]]


def test_ties_are_shared():
    assert grads(tt.maximum, [1.0, 2.0, 3.0], [1.0, 3.0, 2.0]) == [[0.5, 0.0, 1.0], [0.5, 1.0, 0.0]]
    assert grads(tt.minimum, [1.0, 2.0, 3.0], [1.0, 3.0, 2.0]) == [[0.5, 1.0, 0.0], [0.5, 0.0, 1.0]]
    assert grads(tt.fmax, [1.0], [1.0]) == [[1.0], [0.0]]


def test_clamp_includes_its_bounds():
    assert grads(lambda x: x.clamp(0, 1), [-1.0, 0.0, 0.5, 1.0, 2.0]) == [[0.0, 1.0, 1.0, 1.0, 0.0]]
    assert grads(lambda x: x.clamp(min=0), [-1.0, 0.0]) == [[0.0, 1.0]]


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign"])
def test_piecewise_constant_functions_have_the_gradient_zero(name):
    assert grads(getattr(tt, name), [1.5, -0.5]) == [[0.0, 0.0]]


def test_powers_at_zero():
    assert grads(lambda x: x**0, [0.0]) == [[0.0]]
    assert grads(lambda x: x**2, [0.0]) == [[0.0]]
    assert grads(tt.pow, [0.0], [2.0]) == [[0.0], [0.0]]
    assert grads(lambda y: 0.0**y, [2.0]) == [[0.0]]


def test_xlogy_and_sinc_at_zero():
    assert grads(tt.xlogy, [0.0], [0.0])[0] == [0.0]
    assert grads(tt.sinc, [0.0]) == [[0.0]]


def test_where_does_not_let_a_nan_through():
    assert grads(lambda x: tt.where(x > 0, x, 0.0), [math.nan, 1.0]) == [[0.0, 1.0]]


def test_a_gradient_has_the_dtype_of_its_input():
    x = Tensor(np.ones(3, np.float32), True)
    y = Tensor(np.ones(3, np.float64), True)
    (x * y + x / 3 + x**2 + tt.maximum(x, y)).sum().backward()
    assert x.grad.dtype == tt.float32
    assert y.grad.dtype == tt.float64


def test_comparison_is_cut_off_without_an_error():
    x = Tensor(np.ones(3, np.float32), True)
    for y in (x > 0, x == x, tt.isnan(x), tt.logical_not(x), tt.isclose(x, x)):
        assert y.dtype == tt.bool
        assert not y.requires_grad


def test_filling_in_place_gives_the_gradient_zero():
    x = Tensor(np.ones(3, np.float32), True)
    y = x * 2
    y.fill_(1.0)
    (y * x).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


def test_random_values_do_not_follow_their_parameters():
    assert grads(tt.bernoulli, [0.5, 0.5]) == [[0.0, 0.0]]
    assert grads(tt.normal, [0.5, 0.5], [1.0, 1.0]) == [[0.0, 0.0], [0.0, 0.0]]
