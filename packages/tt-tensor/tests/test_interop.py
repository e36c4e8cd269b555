"""NumPy, DLPack, pickles and copies."""

import copy
import pickle
import warnings

import numpy as np
import pytest
import tt_tensor as tt
from tt_tensor import Tensor, from_dlpack, tensor


def test_numpy_functions_take_tensors():
    x = tensor([[1.0, 2.0], [3.0, 4.0]])
    assert np.asarray(x) is x.array
    assert np.shares_memory(x.numpy(), x.array)
    assert np.mean(np.asarray(x)) == 2.5
    assert np.concatenate([x, x]).shape == (4, 2)
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    assert not np.shares_memory(np.array(x), x.array)
    with pytest.raises(ValueError, match="copy"):
        np.asarray(x, dtype=np.float64, copy=False)
    np.testing.assert_array_equal(np.linalg.inv(x), np.linalg.inv(x.array))


def test_numpy_ufuncs_give_tensors():
    x = tensor([0.0, 1.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        y = np.sin(x)
    assert type(y) is Tensor
    assert y.dtype == np.float32


@pytest.mark.parametrize(
    "op", ["__add__", "__sub__", "__mul__", "__truediv__", "__pow__", "__matmul__", "__lt__", "__eq__"]
)
def test_an_array_on_the_left_gives_a_tensor(op):
    a, x = np.array([1.0, 2.0]), tensor([3.0, 4.0]).double()
    y = getattr(a, op)(x)
    if y is NotImplemented:
        back = {"__lt__": "__gt__", "__eq__": "__eq__"}.get(op, op.replace("__", "__r", 1))
        y = getattr(x, back)(a)
    assert isinstance(y, Tensor)
    np.testing.assert_allclose(y.array, getattr(a, op)(x.array))


def test_numpy_numbers_do_not_widen():
    x = tensor([1.0, 2.0])
    for y in (np.float64(2) * x, x * np.float64(2), np.float32(2) + x, np.int64(2) * x):
        assert isinstance(y, Tensor)
        assert y.dtype == np.float32


def test_dlpack():
    a = np.arange(6.0).reshape(2, 3)
    x = from_dlpack(a.T)
    assert np.shares_memory(x.array, a)
    assert np.shares_memory(np.from_dlpack(Tensor(a)), a)
    assert x.__dlpack_device__() == (1, 0)
    assert not np.shares_memory(from_dlpack(a, copy=True).array, a)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.3.0", reason="NumPy gives arrays that are read-only")
def test_dlpack_gives_memory_to_write_to():
    a = np.arange(6.0).reshape(2, 3)
    y = from_dlpack(from_dlpack(a.T))
    y[0, 0] = 9
    assert a[0, 0] == 9


def test_dlpack_misuse():
    x = tensor([1.0])
    with pytest.raises(TypeError, match="__dlpack__"):
        from_dlpack([1.0])
    with pytest.raises(BufferError, match="stream"):
        x.__dlpack__(stream=1)
    with pytest.raises(BufferError, match="device"):
        x.__dlpack__(dl_device=(2, 0))
    with pytest.raises(RuntimeError, match="cuda"):
        from_dlpack(x, device="cuda")


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int64", "float16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(dtype, protocol):
    for a in (np.ones((2, 3), dtype).T, np.ones((), dtype), np.zeros((0, 2), dtype)):
        x = pickle.loads(pickle.dumps(Tensor(a), protocol))
        assert type(x) is Tensor
        assert x.array.dtype is np.dtype(dtype)
        np.testing.assert_array_equal(x.array, a)


def test_copies():
    x = tensor([1.0, 2.0])
    shallow, deep = copy.copy(x), copy.deepcopy(x)
    x[0] = 5.0
    assert shallow[0].item() == 5.0
    assert deep[0].item() == 1.0
    a, b = copy.deepcopy([x, x])
    assert a is b


def test_from_numpy_shares():
    a = np.zeros(2, np.float32)
    x = tt.from_numpy(a)
    x.add_(1)
    assert (a == 1).all()
