"""Arithmetic, comparison and functions of one input: misuse, laws, and the cases at the edge."""

import math

import numpy as np
import pytest
import tt_tensor as tt
from hypothesis import given, settings
from hypothesis import strategies as st

FLOATS = st.floats(-100, 100, width=32)
SIZES = st.sampled_from([(), (1,), (3,), (2, 3), (2, 1), (0, 3), (1, 3)])


def arrays(draw, shape, kind):
    n = math.prod(shape)
    if kind.startswith("float"):
        return np.array(draw(st.lists(FLOATS, min_size=n, max_size=n)), kind).reshape(shape)
    if kind == "bool":
        return np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)), kind).reshape(shape)
    return np.array(draw(st.lists(st.integers(-100, 100), min_size=n, max_size=n)), kind).reshape(shape)


@st.composite
def two(draw):
    kinds = st.sampled_from(["float32", "float64", "int64", "int32", "bool"])
    shapes = draw(SIZES), draw(SIZES)
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        shapes = shapes[0], ()
    return tuple(tt.tensor(arrays(draw, s, draw(kinds))) for s in shapes)


def test_shapes_that_do_not_broadcast_name_the_operation_and_the_shapes():
    with pytest.raises(tt.ShapeError, match=r"add: .*\(2, 3\).*\(4,\)"):
        tt.ones(2, 3) + tt.ones(4)
    with pytest.raises(tt.ShapeError, match="maximum"):
        tt.maximum(tt.ones(2), tt.ones(3))


@pytest.mark.parametrize("other", ["a", None, [1.0], object()])
def test_arithmetic_with_something_else_is_a_type_error(other):
    for f in (lambda x: x + other, lambda x: other * x, lambda x: x**other, lambda x: x < other):
        with pytest.raises(TypeError):
            f(tt.ones(2))


def test_comparison_with_something_else_is_by_identity():
    assert (tt.ones(2) == None) is False  # noqa: E711
    assert (tt.ones(2) != "a") is True


@pytest.mark.parametrize(
    "f", [lambda b: b - b, lambda b: -b, lambda b: +b, lambda b: b // b, lambda b: b % b, tt.abs, tt.floor, tt.frac]
)
def test_bools_do_not_count(f):
    with pytest.raises(RuntimeError):
        f(tt.tensor([True, False]))


@pytest.mark.parametrize("f", [tt.floor_divide, tt.remainder, tt.fmod])
def test_whole_numbers_are_not_divided_by_zero(f):
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        f(tt.tensor([1, 2]), 0)
    assert f(tt.tensor([1.0]), 0).isfinite().logical_not().all()


def test_misuse_of_settings():
    x = tt.ones(2)
    for f, message in (
        (lambda: tt.div(x, x, rounding_mode="up"), "rounding_mode"),
        (lambda: x.clamp(), "at least one"),
        (lambda: tt.where(tt.tensor([0, 1]), x, x), "bool"),
        (lambda: tt.tensor([2]) ** -1, "negative integer powers"),
        (lambda: tt.add(tt.tensor([1]), tt.tensor([1]), alpha=0.5), "alpha"),
        (lambda: tt.isclose(x, x, rtol=-1), "negative"),
        (lambda: tt.isclose(x, x.double()), "dtypes differ"),
        (lambda: x & x, "whole numbers"),
        (lambda: tt.lerp(x, x.double(), 0.5), "dtype"),
        (lambda: tt.hypot(tt.tensor([1]), tt.tensor([1])), "hypot"),
    ):
        with pytest.raises(RuntimeError, match=message):
            f()
    with pytest.raises(TypeError):
        tt.exp(2.0)
    with pytest.raises(TypeError):
        tt.exp(x, dim=1)


def test_a_result_that_does_not_fit_the_output():
    x = tt.tensor([1, 2])
    with pytest.raises(tt.DTypeError, match="int64"):
        x += 0.5
    with pytest.raises(tt.DTypeError):
        x.div_(2)
    with pytest.raises(tt.ShapeError):
        tt.ones(2).add_(tt.ones(3, 2))
    with pytest.raises(tt.InPlaceError):
        tt.ones(1).expand(3).add_(1)
    assert x.tolist() == [1, 2]


@given(two())
@settings(max_examples=60, deadline=None)
def test_laws(pair):
    x, y = pair
    assert tt.equal(x + y, y + x)
    assert tt.equal(x * y, y * x)
    assert (x + y).dtype == tt.result_type(x, y)
    assert tt.equal(tt.maximum(x, y), -tt.minimum(-x, -y)) if "bool" not in (str(x.dtype), str(y.dtype)) else True
    assert tt.equal(x < y, y > x)
    assert tt.equal(x <= y, tt.logical_not(x > y))
    assert (x == y).dtype == tt.bool
    assert (x / y).dtype.kind == "f"
    assert tt.float64 in (x.dtype, y.dtype) or (x / y).dtype == tt.float32


@given(st.floats(-50, 50), st.floats(-50, 50).filter(lambda v: abs(v) > 1e-3))
@settings(max_examples=60, deadline=None)
def test_division_with_remainder(a, b):
    x, y = tt.tensor([a], dtype=tt.float64), tt.tensor([b], dtype=tt.float64)
    assert tt.allclose(x // y * y + x % y, x, atol=1e-9)
    assert (x % y).item() == pytest.approx(a % b)
    assert tt.fmod(x, y).item() == pytest.approx(math.fmod(a, b))
    assert tt.div(x, y, rounding_mode="trunc").item() == math.trunc(a / b)


def test_division_of_whole_numbers():
    x = tt.tensor([7, -7])
    assert (x // 2).tolist() == [3, -4]
    assert tt.div(x, 2, rounding_mode="trunc").tolist() == [3, -3]
    assert (x % 2).tolist() == [1, 1]
    assert tt.fmod(x, 2).tolist() == [1, -1]
    assert (x / 2).tolist() == [3.5, -3.5]


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 0.5, -0.5, 2.5, 7])
def test_powers_by_a_number_are_those_of_the_general_power(exponent):
    x = tt.tensor([0.5, 1.0, 2.0, 3.7])
    y = x**exponent
    assert tt.allclose(y, tt.pow(x, tt.full((4,), float(exponent))), rtol=1e-6)
    assert y.dtype == tt.float32
    y += 1
    assert x[0] == 0.5


def test_whole_powers():
    assert (tt.tensor([2, 3]) ** 2).tolist() == [4, 9]
    assert (2 ** tt.tensor([0, 3])).tolist() == [1, 8]
    assert tt.pow(tt.tensor([1, -1, 2]), tt.tensor([-1, -3, -1])).tolist() == [1, -1, 0]


def test_numbers_are_weak():
    h, i = tt.ones(2, dtype=tt.float16), tt.tensor([1, 2], dtype=tt.int32)
    assert (h * 2.5).dtype == tt.float16
    assert (i + 1).dtype == tt.int32
    assert (i + 1.5).dtype == tt.float32
    assert (tt.ones(2) + tt.tensor(1.0, dtype=tt.float64)).dtype == tt.float32
    assert (tt.tensor([1, 2]) * tt.ones(2)).dtype == tt.float32


@pytest.mark.parametrize("name", ["exp", "sqrt", "sin", "sigmoid", "tanh", "erf", "log1p", "reciprocal", "rsqrt"])
def test_functions_make_floats_of_whole_numbers_and_keep_dtypes(name):
    f = getattr(tt, name)
    assert f(tt.tensor([1, 2])).dtype == tt.float32
    for dtype in (tt.float16, tt.float32, tt.float64):
        for shape in ((), (0,), (2, 3)):
            x = tt.ones(shape, dtype=dtype)
            assert f(x).dtype == dtype
            assert f(x).shape == shape
            assert tt.equal(getattr(x, name)(), f(x))
            assert getattr(x.clone(), name + "_")().dtype == dtype


def test_in_place_forms_return_their_tensor_and_say_so():
    x = tt.ones(3)
    view = x[:2]
    before = x._version
    assert view.add_(1) is view
    assert x.tolist() == [2.0, 2.0, 1.0]
    assert x._version == before + 1
    x **= 2
    x -= 1
    x /= 2
    x //= 1
    x %= 2
    assert x.tolist() == [1.0, 1.0, 0.0]
    out = tt.empty(3)
    assert tt.exp(x, out=out) is out
    assert tt.exp(x, out=None).dtype == tt.float32


def test_rounding():
    assert tt.round(tt.tensor([0.5, 1.5, -0.5, 2.5])).tolist() == [0.0, 2.0, -0.0, 2.0]
    assert tt.round(tt.tensor([1.234, 15.0]), decimals=1).tolist() == pytest.approx([1.2, 15.0])
    assert tt.floor(tt.tensor([3])).dtype == tt.int64


def test_clamp():
    x = tt.tensor([-1.0, 0.5, math.nan])
    assert x.clamp(0, 1)[:2].tolist() == [0.0, 0.5]
    assert x.clamp(0, 1)[2].isnan()
    assert x.clamp(min=0)[:2].tolist() == [0.0, 0.5]
    assert tt.tensor([1, 5]).clamp(max=2.5).dtype == tt.float32
    assert tt.tensor([1, 5]).clamp(3, 2).tolist() == [2, 2]
    assert x[:2].clamp(tt.tensor([0.0, 1.0]), tt.tensor([2.0, 2.0])).tolist() == [0.0, 1.0]


def test_isclose_and_equal():
    inf, nan = math.inf, math.nan
    x = tt.tensor([1.0, inf, -inf, nan])
    assert tt.isclose(x, x).tolist() == [True, True, True, False]
    assert tt.isclose(x, x, equal_nan=True).all()
    assert not tt.isclose(x[1], -x[1])
    assert tt.equal(x[:3], x[:3])
    assert not tt.equal(x, x)
    assert not tt.equal(tt.ones(2), tt.ones(1, 2))
    assert tt.allclose(tt.tensor([1, 2]), tt.tensor([1, 2]))


def test_bits_and_logic():
    a, b = tt.tensor([True, True, False]), tt.tensor([True, False, False])
    assert (a & b).tolist() == [True, False, False]
    assert (a | b).tolist() == [True, True, False]
    assert (a ^ b).tolist() == [False, True, False]
    assert (~a).tolist() == [False, False, True]
    assert (tt.tensor([5]) & 3).tolist() == [1]
    assert (tt.tensor([1]) << 3).tolist() == [8]
    assert tt.logical_and(tt.tensor([0.5, 0.0]), tt.tensor([1, 1])).tolist() == [True, False]


def test_where_promotes_and_takes_numbers():
    c = tt.tensor([True, False])
    assert tt.where(c, 1, 0).dtype == tt.int64
    assert tt.where(c, tt.tensor([1, 2]), 0.5).tolist() == [1.0, 0.5]
    assert tt.where(c)[0].tolist() == [0]


# The error function.


@pytest.mark.parametrize(("f", "exact"), [(tt.erf, math.erf), (tt.erfc, math.erfc)])
def test_error_functions(f, exact):
    rng = np.random.default_rng(0)
    x = np.concatenate(
        [
            rng.uniform(-7, 7, 20000),
            rng.normal(size=5000) * 1e-3,
            10.0 ** rng.uniform(-300, 1.4, 2000),
            [0.0, 28.0, -28.0],
        ]
    )
    want = np.array([exact(v) for v in x])
    got = f(tt.tensor(x)).numpy()
    assert (np.abs(got - want) <= 8 * np.spacing(np.abs(want))).all()
    single = x.astype("f")
    want = np.array([exact(float(v)) for v in single])
    got = f(tt.tensor(single)).numpy()
    assert (np.abs(got - want) <= 2 * np.spacing(np.abs(want).astype("f"))).all()
    assert f(tt.tensor([math.nan])).isnan()
    assert tt.erf(tt.tensor([math.inf, -math.inf])).tolist() == [1.0, -1.0]
    assert tt.erfc(tt.tensor([math.inf, -math.inf])).tolist() == [0.0, 2.0]
    assert f(tt.zeros(0, 3)).shape == (0, 3)


def test_the_inverse_error_function():
    rng = np.random.default_rng(0)
    y = np.concatenate(
        [rng.uniform(-1, 1, 2000), 1 - 10.0 ** rng.uniform(-12, 0, 500), 10.0 ** rng.uniform(-200, 0, 500)]
    )
    x = tt.erfinv(tt.tensor(y))
    np.testing.assert_allclose(tt.erf(x).numpy(), y, 1e-14)
    assert tt.erfinv(tt.tensor([-1.0, 0.0, 1.0])).tolist() == [-math.inf, 0.0, math.inf]
    assert tt.erfinv(tt.tensor([1.5, math.nan])).isnan().all()


@pytest.mark.parametrize("f", [tt.div, tt.atan2, tt.copysign, tt.xlogy])
@pytest.mark.parametrize("y", [-3, tt.tensor(-3), tt.tensor(-3, dtype=tt.int8)])
def test_small_unsigned_and_negative(f, y):
    """uint8 with a negative number of no dimensions: the result is a float, so that the number never becomes a uint8."""
    x = tt.tensor([1, 2, 200], dtype=tt.uint8)
    got, want = f(x, y), f(x.float(), float(y))
    assert got.dtype == tt.float32
    np.testing.assert_array_equal(got.numpy(), want.numpy())


def test_what_works_on_floats_alone():
    i = tt.tensor([1, 2])
    with pytest.raises(RuntimeError, match="lerp"):
        tt.lerp(i, i, 0.5)
    with pytest.raises(RuntimeError, match="addcdiv"):
        tt.addcdiv(i.float(), i, i)
    assert tt.tensor([True, False]).pow(True).tolist() == [True, False]


def test_halves_do_not_overflow_between_inputs_and_result():
    large, three, tenth = (tt.tensor([v], dtype=tt.float16) for v in (60000.0, 300.0, 0.1))
    for y, expected in (
        (tt.lerp(large, -large, 0.5), 0),
        (tt.lerp(large, -large, tt.tensor([0.25], dtype=tt.float16)), 30000),
        (tt.addcmul(three, three, three, value=0.1), 9300),
        (tt.addcdiv(three, large, tenth, value=0.01), 6300),
    ):
        assert y.dtype == tt.float16
        assert y.item() == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("f", "reference"), [(tt.fmod, np.fmod), (tt.remainder, np.remainder)])
@pytest.mark.parametrize("y", [0.7, -0.7, 3, 1e-3, 7e5, 1e-40, 0, math.inf, math.nan])
@pytest.mark.parametrize("scale", [1e-3, 1, 1e6, 1e9, 1e30])
def test_remainders_of_many_are_those_of_one(f, reference, y, scale):
    """Exact, also where the quotient is no number of 53 bits, and with the sign of a zero."""
    rng = np.random.default_rng(1)
    x = (rng.standard_normal(20_000) * scale).astype(np.float32)
    with np.errstate(all="ignore"):
        x[:5000] = rng.integers(-1000, 1000, 5000) * np.float32(y)  # nothing remains
        x[-6:] = 0, -0.0, math.inf, -math.inf, math.nan, -4
        divisors = rng.permutation(x[::-1])
        for other, plain in ((y, np.float32(y)), (tt.tensor(divisors), divisors)):
            got, want = f(tt.tensor(x), other).array, reference(x, plain)
            np.testing.assert_array_equal(got, want)
            np.testing.assert_array_equal(np.signbit(got[got == 0]), np.signbit(want[got == 0]))


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("y", [4, 5.0, 6, 7, 8.0])
def test_small_whole_powers(kind, y):
    x = np.array([-2.5, -1, -0.0, 0, 0.3, 2, 3.7, math.inf, -math.inf, math.nan], kind)
    got = (tt.tensor(x) ** y).array
    assert got.dtype == kind
    np.testing.assert_allclose(got, (x.astype(float) ** y).astype(kind), rtol=8 * float(np.finfo(kind).eps))


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("bounds", [(-1, 1), (0.5, None), (None, 0.5), (2, 1), (math.nan, 1), (0, math.inf)])
def test_many_values_are_held_as_few_are(kind, bounds):
    x = np.random.default_rng(2).standard_normal(5000).astype(kind)
    x[:5] = math.inf, -math.inf, math.nan, 0, 1e4
    many = tt.clamp(tt.tensor(x), *bounds).array
    few = np.concatenate([tt.clamp(tt.tensor(part), *bounds).array for part in np.split(x, 10)])
    assert many.dtype == kind
    np.testing.assert_array_equal(many, few)


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_logarithms_of_sums_of_many_exponentials(kind):
    rng = np.random.default_rng(3)
    x, y = (rng.standard_normal(3000) * 50 for _ in range(2))
    edges = np.array([math.inf, -math.inf, math.nan, 0, -1e4, 1e4])
    x[:36], y[:36] = np.repeat(edges, 6), np.tile(edges, 6)
    x, y = x.astype(kind), y.astype(kind)
    with np.errstate(all="ignore"):
        want = np.logaddexp(x.astype(float), y.astype(float)).astype(kind)
    eps = 4 * float(np.finfo(kind).eps)
    np.testing.assert_allclose(tt.logaddexp(tt.tensor(x), tt.tensor(y)).array, want, rtol=eps, atol=eps)


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_sigmoid_of_many(kind):
    """As exact as if x were another by half its last place, in blocks as in one."""
    x = np.concatenate([np.linspace(-80, 80, 80_000), [0, -0.0, 200, -200, math.inf, -math.inf, math.nan]]).astype(kind)
    got = tt.sigmoid(tt.tensor(x)).array
    want = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    assert got.dtype == kind
    eps = float(np.finfo(kind).eps)
    error = np.abs(got - want)[:80_000] / want[:80_000]
    assert (error <= eps * (2 + np.abs(x[:80_000]))).all()
    np.testing.assert_allclose(got[80_000:], [0.5, 0.5, 1, 0, 1, 0, math.nan], atol=1e-38)
    np.testing.assert_allclose(tt.sigmoid(tt.Tensor(x[::-1])).array[::-1], got, rtol=100 * eps)
