"""relu's derivative where it is easily wrong (zeros of both signs, NaN, gradients that are not finite), and softmax's."""

import numpy as np
import pytest
import tt_autograd as ta
import tt_tensor as tt
from tt_autograd.rules import activation as rules
from tt_tensor.ops import activation as kernels

X = [-0.0, 0.0, np.nan, -np.nan, 1.0, -1.0, np.inf, -np.inf]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("times", [1, 3000])  # few and many: different code
@pytest.mark.parametrize("g", [1.0, np.inf, np.nan])
@pytest.mark.parametrize("turned", [False, True])
def test_relu(dtype, times, g, turned):
    data = np.array(X * times, dtype).reshape(-1, 2)
    x = ta.tensor(data.T if turned else data, requires_grad=True)
    (x.T if turned else x).relu().backward(ta.full((4 * times, 2), g, dtype=x.dtype))
    passes = np.array([0, 0, 1, 1, 1, 0, 1, 0] * times).reshape(-1, 2)
    expected = np.where(passes, g, 0).astype(dtype)
    np.testing.assert_array_equal(x.grad.numpy(), expected.T if turned else expected)


def test_relu_on_two_threads(monkeypatch):
    before = ta.get_num_threads()
    ta.set_num_threads(2)
    try:
        for module in (kernels, rules):
            monkeypatch.setattr(module, "HUGE", 1 << 14)
        test_relu("float32", 3000, 1.0, False)
        x = np.array(X * 3000, np.float32)
        np.testing.assert_array_equal(tt.tensor(x).relu().numpy(), np.maximum(x, 0))
    finally:
        ta.set_num_threads(before)


@pytest.mark.parametrize(
    ("shape", "dim"), [((4, 5), 1), ((4, 70), -1), ((3, 5, 7), 1), ((3, 5, 40), 1), ((1100, 20), 0)]
)
def test_softmax_along_any_dimension(shape, dim):
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal(shape).astype("float32") for _ in range(2))
    p = np.exp(x.astype("float64"))
    p /= p.sum(dim, keepdims=True)
    for name, wanted in (
        ("softmax", p * (g - (g * p).sum(dim, keepdims=True))),
        ("log_softmax", g - p * g.sum(dim, keepdims=True, dtype="float64")),
    ):
        leaf = ta.tensor(x, requires_grad=True)
        getattr(leaf, name)(dim).backward(ta.tensor(g))
        np.testing.assert_allclose(leaf.grad.numpy(), wanted, rtol=1e-4, atol=1e-5, err_msg=name)
