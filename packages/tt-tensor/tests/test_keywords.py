"""Primitives as public functions: PyTorch's names of their inputs, and writing whole numbers into unsigned tensors."""

import pytest
import tt_tensor as tt

X, Y = tt.tensor([1.0, 4.0]), tt.tensor([2.0, 2.0])


@pytest.mark.parametrize("name", ["exp", "sqrt", "abs", "isnan", "erf", "lgamma", "relu", "floor", "trace", "cos"])
def test_input(name):
    x = X if name != "trace" else tt.eye(2)
    assert tt.equal(getattr(tt, name)(input=x), getattr(tt, name)(x))


@pytest.mark.parametrize("name", ["maximum", "atan2", "eq", "matmul", "logical_and", "add", "fmax", "xlogy"])
def test_other(name):
    f = getattr(tt, name)
    for got in (f(X, other=Y), f(input=X, other=Y), getattr(X, name)(other=Y)):
        assert tt.equal(got, f(X, Y))


def test_misuse():
    for call in (
        lambda: tt.exp(foo=X),
        lambda: tt.exp(X, other=Y),
        lambda: tt.maximum(X, Y, other=Y),
        lambda: tt.maximum(other=Y),
    ):
        with pytest.raises(TypeError, match=r"(exp|maximum)\(\)"):
            call()


def test_out():
    out = tt.zeros(2)
    assert tt.exp(input=X, out=out) is out
    assert tt.equal(out, X.exp())


def test_unsigned():
    x = tt.tensor([1, 2], dtype=tt.uint8)
    x += tt.tensor([-2, 3], dtype=tt.int8)
    assert x.tolist() == [255, 5]
    with pytest.raises(tt.DTypeError, match="float"):
        x += 0.5
