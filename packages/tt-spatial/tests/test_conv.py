"""The functional forms: what they refuse, laws that they obey, and derivatives."""

import numpy as np
import pytest
import tt_spatial.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import Tensor, gradcheck, gradgradcheck

rng = np.random.default_rng(0)
CONVS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSES = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def floats(*shape, dtype=np.float32):
    return Tensor(np.asarray(rng.standard_normal(shape), dtype))


X, W = floats(2, 4, 8, 8), floats(6, 4, 3, 3)
T = floats(4, 6, 3, 3)

REFUSED = [
    (lambda: F.conv2d(X.array, W), TypeError, "input must be a Tensor"),
    (lambda: F.conv2d(X, 3), TypeError, "weight must be a Tensor"),
    (lambda: F.conv2d(X, W, 1.0), TypeError, "bias must be a Tensor"),
    (lambda: F.conv2d(X, W.double()), RuntimeError, "should be the same"),
    (lambda: F.conv2d(X, W, floats(6, dtype=np.float64)), RuntimeError, "bias type"),
    (lambda: F.conv2d(X.bool(), W.bool()), RuntimeError, "not implemented for bool"),
    (lambda: F.conv2d(X[0, 0], W), RuntimeError, r"Expected 3D \(unbatched\) or 4D \(batched\)"),
    (lambda: F.conv2d(X[None], W), RuntimeError, "conv2d"),
    (lambda: F.conv1d(X, W), RuntimeError, "weight of 3 dimensions"),
    (lambda: F.conv2d(X, W, floats(3)), RuntimeError, "bias to be 1-dimensional with 6 elements"),
    (lambda: F.conv2d(X[:, :3], W), RuntimeError, "to have 4 channels, but got 3 channels instead$"),
    (lambda: F.conv2d(X.movedim(1, -1), W), RuntimeError, r"channels instead; .*x\.movedim\(-1, -3\)"),
    (lambda: F.conv2d(X, W, stride=0), RuntimeError, "non-positive stride"),
    (lambda: F.conv2d(X, W, stride=(1, 2, 3)), RuntimeError, "stride=.1, 2, 3."),
    (lambda: F.conv2d(X, W, stride=1.5), TypeError, "stride must be an int"),
    (lambda: F.conv2d(X, W, stride=True), TypeError, "stride must be an int"),
    (lambda: F.conv2d(X, W, padding=-1), RuntimeError, "negative padding"),
    (lambda: F.conv2d(X, W, padding="same", stride=2), RuntimeError, "strided"),
    (lambda: F.conv2d(X, W, padding="full"), RuntimeError, "Invalid padding string"),
    (lambda: F.conv2d(X, W, dilation=0), RuntimeError, "non-positive dilation"),
    (lambda: F.conv2d(X, W, groups=0), RuntimeError, "non-positive groups"),
    (lambda: F.conv2d(X, W, groups=2.0), TypeError, "groups must be an int"),
    (lambda: F.conv2d(X, W, groups=2), RuntimeError, "to have 8 channels"),
    (lambda: F.conv2d(X, floats(5, 2, 3, 3), groups=2), RuntimeError, "divisible by 2"),
    (lambda: F.conv2d(X[:, :, :2, :2], W), RuntimeError, "Kernel size can't be greater"),
    (lambda: F.conv2d(X, W, dilation=4), RuntimeError, "larger input"),
    (lambda: F.conv2d(X[:, :, :0], W, padding=2), RuntimeError, "must not be empty"),
    (lambda: F.conv2d(X, W[:0]), RuntimeError, "at least 1"),
    (lambda: F.conv2d(X, W[:, :, :0]), RuntimeError, "at least 1"),
    (lambda: F.conv_transpose2d(X, T, floats(5)), RuntimeError, "6 elements"),
    (lambda: F.conv_transpose2d(X, T[:3]), RuntimeError, "3 channels"),
    (lambda: F.conv_transpose2d(X, T[:, :3], groups=3), RuntimeError, "divisible by 3"),
    (lambda: F.conv_transpose2d(X, T, stride=2, output_padding=2), RuntimeError, "must be smaller"),
    (lambda: F.conv_transpose2d(X, T, output_padding=-1), RuntimeError, "negative output_padding"),
    (lambda: F.conv_transpose2d(X, T, stride=2, output_padding=(1, 1, 1)), RuntimeError, "output_padding"),
    (lambda: F.conv_transpose2d(X, T, padding="same"), TypeError, "padding must be an int"),
    (lambda: F.conv_transpose2d(X[:, :, :1, :1], T, padding=2), RuntimeError, "too small"),
]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_refused(k):
    call, error, message = REFUSED[k]
    with pytest.raises(error, match=f"^conv.*{message}"):
        call()


def test_errors_name_the_operation_and_the_shapes():
    with pytest.raises(ValueError, match=r"conv2d: .*\[6, 4, 3, 3\].*\[2, 3, 8, 8\]"):
        F.conv2d(X[:, :3], W)


def test_a_hand_computed_case():
    x = Tensor(np.arange(9, dtype=np.float32).reshape(1, 1, 3, 3))
    w = Tensor(np.array([[[[1, 2], [3, 4]]]], np.float32))
    assert F.conv2d(x, w, Tensor(np.array([0.5], np.float32))).tolist() == [[[[27.5, 37.5], [57.5, 67.5]]]]
    assert F.conv_transpose2d(x[:, :, :1, :1] + 1, w).tolist() == w.tolist()


def test_without_a_batch_and_with_an_empty_one():
    assert np.array_equal(F.conv2d(X[0], W, padding=1).array, F.conv2d(X[:1], W, padding=1)[0].array)
    assert np.array_equal(F.conv_transpose2d(X[0], T).array, F.conv_transpose2d(X[:1], T)[0].array)
    for function, weight, size in ((F.conv2d, W, 6), (F.conv_transpose2d, T, 10)):
        x, w = X[:0].requires_grad_(), weight.clone().requires_grad_()
        b = floats(6).requires_grad_()
        y = function(x, w, b)
        assert y.shape == (0, 6, size, size)
        y.sum().backward()
        assert x.grad.shape == x.shape
        assert not w.grad.array.any()
        assert b.grad.array.shape == (6,)
        assert not b.grad.array.any()


def test_without_channels():
    y = F.conv2d(X[:, :0], W[:, :0], floats(6) * 0 + 2)
    assert y.shape == (2, 6, 6, 6)
    assert (y.array == 2).all()


def test_dtypes():
    assert F.conv2d(X, W).dtype == np.float32
    assert F.conv2d(X.double(), W.double()).dtype == np.float64
    half = F.conv2d(X.half(), W.half())
    assert half.dtype == np.float16
    np.testing.assert_allclose(half.array, F.conv2d(X.half().float(), W.half().float()).array, rtol=1e-3, atol=1e-3)
    whole = F.conv2d((X * 10).long(), (W * 10).long())
    assert whole.dtype == np.int64
    assert np.array_equal(whole.array, F.conv2d((X * 10).long().double(), (W * 10).long().double()).array)


def test_half_gradients():
    x, w, b = (floats(*s, dtype=np.float16).requires_grad_() for s in ((2, 3, 5, 5), (4, 3, 3, 3), (4,)))
    F.conv2d(x, w, b).sum().backward()
    assert x.grad.dtype == w.grad.dtype == b.grad.dtype == np.float16


def test_inputs_need_not_be_contiguous():
    x = floats(3, 9, 7, 5).permute(1, 0, 3, 2)
    w = floats(3, 4, 2, 2).transpose(0, 1)
    np.testing.assert_array_equal(F.conv2d(x, w).array, F.conv2d(x.contiguous(), w.contiguous()).array)


def test_results_are_contiguous_and_new():
    x = floats(1, 1, 3, 3)
    for y in (F.conv2d(x, x[:, :, :1, :1] * 0 + 1), F.conv_transpose2d(x, x[:, :, :1, :1] * 0 + 1)):
        assert y.array.flags.c_contiguous
        assert not np.shares_memory(y.array, x.array)
        np.testing.assert_array_equal(y.array, x.array)


@st.composite
def problems(draw):
    """A convolution of float64 with any settings: dimensions, input, weight, settings."""
    d = draw(st.integers(1, 3))
    groups = draw(st.integers(1, 3))
    n, c, o = draw(st.integers(1, 3)), groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 3))

    def several(least, most):
        return tuple(draw(st.integers(least, most)) for _ in range(d))

    kernel, stride, dilation, padding = several(1, 3), several(1, 3), several(1, 2), several(0, 2)
    size = tuple(step * (k - 1) + 1 + draw(st.integers(0, 4)) for k, step in zip(kernel, dilation))
    seed = np.random.default_rng(draw(st.integers(0, 9)))
    x, w = seed.standard_normal((n, c, *size)), seed.standard_normal((o, c // groups, *kernel))
    return d, Tensor(x), Tensor(w), {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


@settings(deadline=None, max_examples=40)
@given(problems())
def test_the_transpose_is_the_gradient_and_the_gradients_are_one_form(problem):
    """⟨g, conv(x, w)⟩ = ⟨x, conv_transpose(g, w)⟩ = ⟨w, gradient of w⟩, in every geometry."""
    d, x, w, args = problem
    x.requires_grad_()
    w.requires_grad_()
    y = CONVS[d](x, w, **args)
    g = Tensor(np.random.default_rng(1).standard_normal(tuple(y.shape)))
    y.backward(g)
    form = (g * y).sum().item()
    assert (x * x.grad).sum().item() == pytest.approx(form, rel=1e-9, abs=1e-9)
    assert (w * w.grad).sum().item() == pytest.approx(form, rel=1e-9, abs=1e-9)
    least = [
        (n - 1) * s - 2 * p + step * (k - 1) + 1
        for n, s, p, step, k in zip(y.shape[2:], args["stride"], args["padding"], args["dilation"], w.shape[2:])
    ]
    more = tuple(n - m for n, m in zip(x.shape[2:], least))
    if all(m < max(s, step) for m, s, step in zip(more, args["stride"], args["dilation"])):
        back = TRANSPOSES[d](g, w.detach(), output_padding=more, **args)
        np.testing.assert_allclose(back.array, x.grad.array, rtol=1e-10, atol=1e-10)


CASES = {
    "1d": (F.conv1d, (2, 3, 7), (4, 3, 3), {"padding": 1, "stride": 2}),
    "2d": (F.conv2d, (2, 2, 5, 4), (3, 2, 3, 2), {"padding": (1, 0)}),
    "2d, strided, dilated": (F.conv2d, (1, 2, 7, 6), (2, 2, 2, 3), {"stride": (3, 2), "dilation": (2, 1), "padding": 1}),
    "2d, groups": (F.conv2d, (2, 4, 4, 4), (6, 2, 3, 3), {"groups": 2, "padding": "same"}),
    "2d, depthwise": (F.conv2d, (2, 3, 4, 4), (3, 1, 3, 3), {"groups": 3, "padding": 1}),
    "2d, even, same": (F.conv2d, (1, 2, 4, 4), (2, 2, 2, 4), {"padding": "same"}),
    "3d": (F.conv3d, (1, 2, 3, 3, 4), (2, 2, 2, 2, 2), {"stride": (1, 1, 2)}),
    "transposed 1d": (F.conv_transpose1d, (2, 3, 4), (3, 2, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    "transposed 2d": (F.conv_transpose2d, (2, 2, 3, 3), (2, 3, 3, 3), {"stride": 2, "output_padding": 1}),
    "transposed 2d, groups": (F.conv_transpose2d, (2, 4, 3, 3), (4, 1, 2, 2), {"groups": 2, "dilation": 2}),
    "transposed 2d, output padding beyond the stride": (
        F.conv_transpose2d, (1, 2, 3, 3), (2, 2, 2, 2), {"dilation": 3, "output_padding": 2, "stride": 1},
    ),
    "transposed 3d": (F.conv_transpose3d, (1, 2, 2, 2, 2), (2, 1, 2, 2, 2), {"padding": 1, "stride": 2}),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name):
    function, shape, kernel, args = CASES[name]
    out = kernel[1] * args.get("groups", 1) if "transposed" in name else kernel[0]
    inputs = tuple(floats(*s, dtype=np.float64).requires_grad_() for s in (shape, kernel, (out,)))
    assert gradcheck(lambda x, w, b: function(x, w, b, **args), inputs)
    assert gradgradcheck(lambda x, w, b: function(x, w, b, **args), inputs)


def test_the_input_gradient_is_not_computed_where_none_is_asked_for(monkeypatch):
    from tt_spatial.ops import convolution

    def refuse(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(convolution.choice, "input_gradient", refuse)
    w = W.clone().requires_grad_()
    F.conv2d(X, w).sum().backward()
    assert w.grad.shape == w.shape


def test_flops():
    from tt_nn.flops import flops
    from tt_spatial.ops.convolution import convolution_input_p, convolution_p, convolution_weight_p

    x, w, b, g = X.array, W.array, np.zeros(6), np.zeros((2, 6, 6, 6))
    products = 2 * 2 * 6 * 36 * 4 * 9
    assert flops(convolution_p, [x, w], {}, g) == products
    assert flops(convolution_p, [x, w, b], {}, g) == products + g.size
    assert flops(convolution_input_p, [g, w], {}, x) == products
    assert flops(convolution_weight_p, [g, x], {}, w) == products


def test_a_dilated_transpose_with_places_that_no_input_reaches():
    """Enough channels and places for tiles of the images that the dilation takes apart."""
    rng = np.random.default_rng(0)
    x, w = (Tensor(rng.standard_normal(s).astype("float32")).requires_grad_() for s in [(16, 32, 7, 5), (32, 64, 3, 3)])
    args = {"padding": (3, 2), "dilation": (3, 1)}
    more = F.conv_transpose2d(x, w, output_padding=(2, 0), **args)
    assert more.shape == (16, 64, 9, 3)
    np.testing.assert_allclose(
        more[:, :, :7].detach().array, F.conv_transpose2d(x, w, **args).detach().array, atol=1e-4
    )
    g = Tensor(rng.standard_normal(more.shape).astype("float32"))
    more.backward(g)
    form = (g * more).sum().item()
    assert (x * x.grad).sum().item() == pytest.approx(form, rel=1e-4)
    assert (w * w.grad).sum().item() == pytest.approx(form, rel=1e-4)
