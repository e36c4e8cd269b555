"""What a tensor says about itself, and its way to Python and NumPy."""

import pytest
import tt_tensor as tt

X = tt.arange(6.0).reshape(2, 3)


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (lambda: X.item(), RuntimeError, "6 elements"), (lambda: bool(X), RuntimeError, "ambiguous"), (lambda: bool(tt.ones(0)), RuntimeError, "no values"),
        (lambda: float(X), ValueError, "scalar"), (lambda: [1][tt.ones(1)], TypeError, "integer"), (lambda: len(tt.tensor(1)), TypeError, "0-d"),
        (lambda: iter(tt.tensor(1)), TypeError, "0-d"), (lambda: "a" in X, RuntimeError, "__contains__"), (lambda: X.size(2), IndexError, "range"),
        (lambda: X.to("cuda"), RuntimeError, "CPU"), (lambda: X.to("text"), RuntimeError, "text"), (lambda: X.fill_(X), RuntimeError, "0-d"),
        (lambda: tt.ones(2).copy_(tt.ones(3)), RuntimeError, "copy"), (lambda: X.type("text"), TypeError, "dtype"), (lambda: f"{X:.2f}", TypeError, "format"),
    ],
)  # fmt: skip
def test_misuse(f, error, message):
    with pytest.raises(error, match=message):
        f()


def test_what_it_says():
    assert (X.shape, X.size(), X.size(-1), X.dim(), X.ndim, X.numel(), X.nelement()) == ((2, 3), (2, 3), 3, 2, 2, 6, 6)
    assert (X.stride(), X.T.stride(), X.stride(0)) == ((3, 1), (1, 3), 3)
    assert (X.element_size(), X.itemsize, X.nbytes) == (4, 4, 24)
    assert X.is_contiguous()
    assert not X.T.is_contiguous()
    assert X.is_floating_point()
    assert not X.is_complex()
    assert not tt.ones(1, dtype=tt.uint8).is_signed()
    assert X[1:].data_ptr() == X.data_ptr() + 12
    assert (X.device.type, X.get_device(), X.is_cuda, X.is_sparse) == ("cpu", -1, False, False)


def test_conversion_returns_the_tensor_itself_if_nothing_changes():
    for f in (
        lambda x: x.to(tt.float32),
        lambda x: x.float(),
        lambda x: x.cpu(),
        lambda x: x.contiguous(),
        lambda x: x.to("cpu"),
        lambda x: x.to(X),
    ):
        assert f(X) is X
    assert X.to(tt.float32, copy=True).data_ptr() != X.data_ptr()
    assert X.clone().data_ptr() != X.data_ptr()


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("half", "float16"), ("double", "float64"), ("char", "int8"), ("byte", "uint8"), ("short", "int16"), ("int", "int32"), ("long", "int64"), ("bool", "bool"), ("cfloat", "complex64"), ("cdouble", "complex128")],
)  # fmt: skip
def test_conversion(name, dtype):
    assert str(getattr(X, name)().dtype) == dtype
    assert str(X.to(getattr(tt, dtype)).dtype) == dtype


def test_to_python():
    x = tt.tensor([2.5])
    assert (x.item(), float(x), int(x), bool(x), complex(x)) == (2.5, 2.5, 2, True, 2.5 + 0j)
    assert type(x.item()) is float
    assert type(tt.tensor(3).item()) is int
    assert [10, 20, 30][tt.tensor(1)] == 20
    assert X.tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    assert len(X) == 2
    assert [row.tolist() for row in X] == X.tolist()
    assert 3 in X
    assert 7.5 not in X
    assert f"{x[0]:.2f}" == "2.50"
    assert {x: 1}[x] == 1
    assert X.numpy() is X.array


def test_writing():
    x = tt.zeros(2, 3)
    assert x.fill_(2).sum() == 12
    assert x.copy_(tt.arange(3)).tolist() == [[0.0, 1.0, 2.0]] * 2
    assert x.zero_().sum() == 0
    i = tt.zeros(2, dtype=tt.int64)
    assert i.copy_(tt.tensor([1.7, -1.7])).tolist() == [1, -1]
    assert i._version == 1
