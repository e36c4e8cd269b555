"""relu, softmax and log_softmax: misuse, laws, and agreement with their definitions in float64."""

import numpy as np
import pytest
import tt_tensor as tt
from tt_tensor.ops import rows

X = np.array([[1.0, -2.0, 0.5], [1000.0, 999.0, -1000.0]])


@pytest.mark.parametrize("f", [tt.softmax, tt.log_softmax])
def test_misuse(f):
    with pytest.raises(IndexError, match=f"{f.__name__}.*Dimension out of range"):
        f(tt.tensor(X), 2)
    with pytest.raises(tt.DTypeError, match="float"):
        f(tt.tensor([1, 2]), 0)
    with pytest.raises(TypeError, match=f.__name__):
        f([1.0, 2.0], 0)
    with pytest.raises(TypeError):
        f(tt.tensor(X))


def test_relu_misuse():
    with pytest.raises(tt.DTypeError, match="bool"):
        tt.relu(tt.tensor([True]))


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("dtype", [tt.float16, tt.float32, tt.float64])
def test_definition(dim, dtype):
    x = tt.tensor(X, dtype=dtype)
    e = np.exp(X - X.max(dim, keepdims=True))
    want = e / e.sum(dim, keepdims=True)
    got = x.softmax(dim)
    assert got.dtype == dtype
    np.testing.assert_allclose(got.numpy(), want, rtol=2e-3 if dtype == tt.float16 else 1e-6, atol=1e-7)
    log = x.log_softmax(dim)
    assert log.dtype == dtype
    assert np.isfinite(log.numpy()).all()
    np.testing.assert_allclose(log.exp().numpy(), want, rtol=4e-3 if dtype == tt.float16 else 1e-5, atol=1e-7)


# rows that lie side by side: few, many, in several blocks; and too long to be summed as they lie
@pytest.mark.parametrize(
    ("shape", "dim"), [((3, 5, 7), 1), ((3, 5, 40), 1), ((4, 3, 5, 64), -3), ((9, 40), 0), ((1200, 20), 0)]
)
@pytest.mark.parametrize("spread", [1.0, 300.0])
@pytest.mark.parametrize("threads", [1, 2])
def test_any_dimension(shape, dim, spread, threads, monkeypatch):
    monkeypatch.setattr(rows, "PIECE", 200)
    monkeypatch.setattr(rows, "SHARE", 100)
    before = tt.get_num_threads()
    tt.set_num_threads(threads)
    x = np.random.default_rng(0).standard_normal(shape).astype("float32") * np.float32(spread)
    e = np.exp(x.astype("float64") - x.max(dim, keepdims=True))
    total = e.sum(dim, keepdims=True)
    np.testing.assert_allclose(tt.tensor(x).softmax(dim).numpy(), e / total, rtol=1e-5, atol=1e-7)
    log = x - x.max(dim, keepdims=True) - np.log(total)
    np.testing.assert_allclose(tt.tensor(x).log_softmax(dim).numpy(), log, rtol=1e-5, atol=1e-5)
    tt.set_num_threads(before)


def test_zero_size_and_zero_dims():
    assert tt.zeros(0, 3).softmax(1).shape == (0, 3)
    assert tt.zeros(3, 0).softmax(1).shape == (3, 0)
    assert tt.tensor(5.0).softmax(0).item() == 1.0
    assert tt.tensor(5.0).log_softmax(-1).item() == 0.0


@pytest.mark.parametrize("n", [7, 5000])
def test_relu(n):
    x = tt.linspace(-1, 1, n)
    x[3] = float("nan")
    y = x.relu()
    np.testing.assert_array_equal(y.numpy(), np.maximum(x.numpy(), 0))
    assert x.relu_() is x
    assert tt.equal(x[4:], y[4:])
    assert tt.relu(tt.tensor([-2, 3])).tolist() == [0, 3]


def test_dtype_and_out():
    x = tt.tensor([1, 2])
    out = tt.zeros(2)
    assert tt.softmax(x, 0, dtype=tt.float32, out=out) is out
    assert abs(out.sum().item() - 1) < 1e-6
    assert x.softmax(0, tt.float64).dtype == tt.float64


@pytest.mark.parametrize("shape", [(50, 40), (3, 40, 16)])
@pytest.mark.parametrize("offset", [500, -1e4])
def test_large_scores_lose_no_digits(shape, offset):
    x = (np.random.default_rng(0).standard_normal(shape) + offset).astype("float32")
    e = np.exp(x.astype("float64") - offset)
    wanted = e / e.sum(1, keepdims=True)
    np.testing.assert_allclose(tt.tensor(x).softmax(1).numpy(), wanted, rtol=2e-6)
    np.testing.assert_allclose(tt.tensor(x).log_softmax(1).numpy(), np.log(wanted), rtol=1e-6, atol=1e-6)
