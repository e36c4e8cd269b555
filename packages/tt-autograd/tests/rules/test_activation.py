"""relu's derivative where it is easily wrong: zeros of both signs, NaN, and gradients that are not finite."""

import numpy as np
import pytest
import tt_autograd as ta

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
