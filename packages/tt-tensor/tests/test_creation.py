"""Tensors from Python and NumPy and by a rule: what is refused, what is copied, and which dtype comes out."""

import math
import pickle
from copy import deepcopy

import numpy as np
import pytest
import tt_tensor as tt


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ([[1, 2], [3]], ValueError), (None, RuntimeError), ([1, None], RuntimeError), ("a", TypeError), ({1: 2}, RuntimeError),
        (object(), TypeError), (2**63, ValueError), ([2**63, 1], ValueError), ([True, -(2**63) - 1], ValueError), (np.array(["a"]), TypeError), (np.array([1.0], ">f8"), ValueError),
    ],
)  # fmt: skip
def test_what_is_no_array_of_numbers_is_refused(data, error):
    with pytest.raises(error):
        tt.tensor(data)


@pytest.mark.parametrize("dtype", ["int64", "longlong", "bool", "float32"])
def test_a_dtype_is_the_one_of_its_name(dtype):
    made, wanted = np.dtype(dtype), getattr(tt, "bool" if dtype == "bool" else np.dtype(dtype).name)
    array = pickle.loads(pickle.dumps(np.zeros(3, made)))
    assert array.dtype == wanted
    for x in (
        tt.from_numpy(array),
        tt.tensor(array),
        tt.as_tensor(array),
        tt.zeros(3, dtype=made),
        tt.zeros(3).to(made),
    ):
        assert x.dtype is wanted
    tt.from_numpy(array).array[1] = 1
    assert array.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([2**64 - 1, 1], "uint64"), ([2**63], "uint64"), ([2**63, 1], "float64"), (2**63, "float32"), ([2**70, 1.0], None),
        ([1.0, 2**70], None), ([2**63, 1.5], None),
    ],
)  # fmt: skip
def test_large_whole_numbers_keep_their_values(data, dtype):
    made = tt.tensor(data, dtype=dtype)
    assert made.dtype == np.dtype(dtype or "float32")
    assert made.array.tolist() == np.array(data, made.dtype).tolist()


def test_large_whole_numbers_are_not_wrapped_around():
    for data, dtype in (([2**63, 1], "int64"), ([2**64, 1], "uint64"), ([2**63, -1], "uint64")):
        with pytest.raises(ValueError, match="too large"):
            tt.tensor(data, dtype=dtype)


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (lambda: tt.zeros(-1), RuntimeError), (lambda: tt.zeros(2.5), TypeError), (lambda: tt.zeros(2, dtype="text"), TypeError),
        (lambda: tt.zeros(2, device="cuda"), RuntimeError), (lambda: tt.zeros(2, layout=1), TypeError),
        (lambda: tt.arange(0, 5, 0), RuntimeError), (lambda: tt.arange(5, 0), RuntimeError), (lambda: tt.arange(0, math.inf), RuntimeError),
        (lambda: tt.linspace(0, 1, -1), RuntimeError), (lambda: tt.logspace(0, 1, -1), RuntimeError), (lambda: tt.eye(-1), RuntimeError),
        (lambda: tt.from_numpy([1]), TypeError), (lambda: tt.from_numpy(np.array(["a"])), TypeError),
        (lambda: tt.zeros_like([1]), TypeError), (lambda: tt.meshgrid(tt.ones(2, 2)), RuntimeError),
        (lambda: tt.meshgrid(tt.ones(2), indexing="ji"), RuntimeError), (lambda: tt.zeros(2, out=tt.ones(3)), RuntimeError),
        (lambda: tt.asarray([1], copy=False), ValueError), (lambda: tt.device("tpu"), RuntimeError), (lambda: tt.device(3), TypeError),
        (lambda: tt.set_default_device("cuda"), RuntimeError),
    ],
)  # fmt: skip
def test_misuse(f, error):
    with pytest.raises(error):
        f()


@pytest.mark.parametrize(
    ("data", "dtype", "shape"),
    [
        (1, "int64", ()), (1.5, "float32", ()), (True, "bool", ()), ([1, 2.5], "float32", (2,)), ([True, 2], "int64", (2,)),
        ([], "float32", (0,)), ([[]], "float32", (1, 0)), (np.float64(1), "float64", ()), ([np.float64(1)], "float64", (1,)),
        ([np.float32(1)], "float32", (1,)), (np.arange(3, dtype="u1"), "uint8", (3,)), (1j, "complex64", ()), (((1,), (2,)), "int64", (2, 1)),
    ],
)  # fmt: skip
def test_dtypes_of_data(data, dtype, shape):
    x = tt.tensor(data)
    assert str(x.dtype) == dtype
    assert x.shape == shape


def test_what_is_copied_and_what_is_shared():
    a = np.zeros(3, np.float32)
    shared, also, copied = tt.from_numpy(a), tt.as_tensor(a), tt.tensor(a)
    a[0] = 1
    assert shared[0] == also[0] == 1
    assert copied[0] == 0
    assert shared.numpy() is a
    x = tt.ones(2)
    assert tt.as_tensor(x) is x
    y = tt.tensor(x)
    y[0] = 5
    assert x[0] == 1
    assert tt.asarray(a, copy=False).numpy() is a
    assert tt.tensor([x[0], x[1]]).tolist() == [1.0, 1.0]


def test_the_default_dtype():
    assert tt.get_default_dtype() == tt.float32
    try:
        tt.set_default_dtype(tt.float64)
        assert tt.zeros(1).dtype == tt.tensor(1.0).dtype == tt.arange(1.0).dtype == tt.rand(1).dtype == tt.float64
    finally:
        tt.set_default_dtype(tt.float32)
    for dtype in tt.int64, tt.float32.newbyteorder(), np.longdouble:
        with pytest.raises(TypeError):
            tt.set_default_dtype(dtype)
    tt.set_default_dtype(np.dtype("float32", copy=True))
    assert tt.get_default_dtype() is tt.float32


def test_float64_appears_only_when_asked_for():
    i = tt.arange(3)
    made = [tt.zeros(1), tt.full((1,), 0.5), tt.linspace(0, 1, 3), tt.logspace(0, 1, 2), tt.eye(2), tt.rand(1), tt.randn(1), tt.normal(0.0, 1.0, (1,)), i / 2, i.exp(), i * 0.5, 0.5 - i, i**0.5]  # fmt: skip
    made += [tt.normal(tt.zeros(1), 2.0), tt.bernoulli(tt.ones(1)), tt.rand(1) * 2.5, tt.where(i > 0, 1.5, 0.0), i.clamp(0.5, 1.5), tt.ones(1).sigmoid(), tt.xlogy(i, 0.5)]  # fmt: skip
    assert {str(x.dtype) for x in made} == {"float32"}


def test_sequences():
    assert tt.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert tt.arange(0, 1, 0.1).shape == (10,)
    assert tt.linspace(0, 1, 1).tolist() == [0.0]
    assert tt.arange(0).shape == (0,)
    assert tt.range(0, 1, 0.5).tolist() == [0.0, 0.5, 1.0]
    x, y = tt.meshgrid(tt.arange(2), tt.arange(3), indexing="xy")
    assert x.shape == (3, 2)
    assert y[:, 0].tolist() == [0, 1, 2]
    assert tt.tril_indices(2, 2).tolist() == [[0, 1, 1], [0, 0, 1]]


def test_likes_and_news():
    x = tt.ones(2, 3, dtype=tt.int32)
    for f in (tt.zeros_like, tt.ones_like, tt.empty_like, lambda x: tt.full_like(x, 7)):
        assert f(x).shape == (2, 3)
        assert f(x).dtype == tt.int32
    for f in (x.new_zeros, x.new_ones, x.new_empty):
        assert f(4).dtype == tt.int32
        assert f((4, 0)).shape == (4, 0)
    assert x.new_full((2,), 3).tolist() == [3, 3]
    assert x.new_tensor([1.5]).dtype == tt.int32
    assert tt.zeros_like(x, dtype=tt.float64).dtype == tt.float64


def test_size_and_device():
    s = tt.zeros(2, 3).shape
    assert s == (2, 3)
    assert repr(s) == "torch.Size([2, 3])"
    assert s.numel() == 6
    assert type(s[:1]) is type(s + (1,)) is type((1,) + s) is type(s * 2) is tt.Size
    assert tt.device("cpu") == tt.zeros(1).device
    assert tt.device("cpu:0") != tt.device("cpu")
    assert {tt.device("cpu"): 1}[tt.device("cpu")] == 1
    assert str(tt.device("cpu", 0)) == "cpu:0"
    with tt.device("cpu"):
        tt.set_default_device("cpu")
        assert tt.zeros(1).device == tt.get_default_device()
    tt.set_default_device(None)


def test_limits():
    assert tt.finfo(tt.float32).eps == 2**-23
    assert type(tt.finfo(tt.float32).max) is float
    assert tt.iinfo(tt.uint8).max == 255
    for f, dtype in ((tt.finfo, tt.int32), (tt.iinfo, tt.float32)):
        with pytest.raises(TypeError):
            f(dtype)
    assert tt.can_cast(tt.float64, tt.float32)
    assert not tt.can_cast(tt.float32, tt.int64)
    assert tt.promote_types(tt.int64, tt.float16) == tt.float16
    with pytest.raises(TypeError):
        tt.promote_types(tt.uint64, tt.int64)


def test_the_list_of_public_names_is_complete():
    public = {n for n, v in vars(tt).items() if not n.startswith("_") and type(v).__name__ != "module"}
    assert public == set(tt.__all__) - {"__version__", "linalg"}
    assert len(tt.__all__) == len(set(tt.__all__))


def test_the_constructor_takes_only_dtypes_that_tensors_have():
    for kind in "S3", object, "datetime64[s]", np.longdouble:
        with pytest.raises(tt.DTypeError, match="Tensor: could not infer a dtype"):
            tt.Tensor(np.zeros(2, kind))
    with pytest.raises(tt.DTypeError, match="Tensor: the array's byte order"):
        tt.Tensor(np.zeros(2, tt.float32.newbyteorder()))
    mine = np.zeros(2, np.dtype("float32", copy=True))
    x = tt.Tensor(mine)
    assert x.dtype is tt.float32
    x.fill_(3)
    assert mine.tolist() == [3, 3]
    assert tt.Tensor(np.zeros(2, np.longlong)).dtype is tt.tensor([np.longlong(1)]).dtype is tt.int64


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, np.int64, np.int32])
def test_beside_a_tensor_a_scalar_of_numpy_is_a_number(kind):
    s, number = kind(1), kind(1).item()
    for x in tt.tensor(1.5), tt.tensor([1.5]), tt.tensor(2), tt.tensor([2]), tt.tensor(1.5, dtype=tt.float16):
        for f in (
            lambda x, s: x * s, lambda x, s: s * x, lambda x, s: x / s, lambda x, s: x - s, lambda x, s: s - x, lambda x, s: x**s,
            tt.clamp, tt.maximum, lambda x, s: tt.where(x > 0, x, s), lambda x, s: x.clamp(s, math.inf),
        ):  # fmt: skip
            assert f(x, s).dtype == f(x, number).dtype
    assert tt.full((2,), s).dtype == tt.full((2,), number).dtype
    assert tt.logit(tt.tensor([0.5]), s / 4).dtype == tt.float32


def test_lists_of_numpys_scalars_and_numbers():
    one, half = np.int64(1), np.float16(0.5)
    for data, dtype in (
        ([one, 0.5], tt.float32), ([np.float32(0.5), 1], tt.float32), ([half, one], tt.float16), ([half, 1.0], tt.float32),
        ([[np.float64(1)], [1]], tt.float64), ([one, 2], tt.int64), ([half, np.float32(1)], tt.float32),
    ):  # fmt: skip
        assert tt.tensor(data).dtype == dtype


@pytest.mark.parametrize(
    "fill",
    [
        lambda value, dtype: tt.full((2,), value, dtype=dtype),
        lambda value, dtype: tt.full_like(tt.zeros(2), value, dtype=dtype),
        lambda value, dtype: tt.zeros(1).new_full((2,), value, dtype=dtype),
    ],
)
def test_a_dtype_must_hold_what_it_is_filled_with(fill):
    assert fill(-1, np.uint8).tolist() == [255, 255]
    for value, dtype in ((np.nan, np.int64), (300, np.uint8), (2**40, np.int32), (1j, np.float32)):
        with pytest.raises(RuntimeError, match=r"full.*cannot be converted"):
            fill(value, dtype)
    for value in ("1", None, [1]):
        with pytest.raises(TypeError, match=r"full.*number or a 0-d tensor"):
            fill(value, np.float32)


def test_memory_formats():
    x = tt.arange(6).view(2, 3).t()
    x = x.float()
    fills = (lambda x, **format: tt.full_like(x, 7, **format), lambda x, **format: tt.randint_like(x, 7, **format))
    for f in (tt.zeros_like, tt.ones_like, tt.empty_like, tt.rand_like, tt.randn_like, *fills):
        for format in (None, tt.contiguous_format, tt.preserve_format):
            assert f(x, memory_format=format).shape == x.shape
        with pytest.raises(TypeError, match="_like: memory_format"):
            f(x, memory_format="channels_last")
    assert not x.clone(memory_format=tt.preserve_format).is_contiguous()
    copy = x.clone(memory_format=tt.contiguous_format)
    assert copy.is_contiguous()
    assert copy.equal(x)
    assert x.contiguous(memory_format=tt.contiguous_format).is_contiguous()
    same = copy.contiguous()
    assert same is copy
    assert copy.clone(memory_format=tt.contiguous_format).data_ptr() != copy.data_ptr()
    assert repr(tt.preserve_format) == "torch.preserve_format"
    for twin in (deepcopy, lambda format: pickle.loads(pickle.dumps(format))):
        assert twin(tt.contiguous_format) is tt.contiguous_format
    for f in (x.clone, x.contiguous):
        for wrong in (3, x, x.array):
            with pytest.raises(TypeError, match="memory_format"):
                f(memory_format=wrong)
