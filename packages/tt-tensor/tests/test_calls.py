"""The ways in which PyTorch lets a function be called: by position, by keyword, and what it then does with nonsense."""

import numpy as np
import pytest
import tt_tensor as tt

X = tt.arange(6.0).reshape(2, 3)
V = tt.tensor([3, 0, 2])


@pytest.mark.parametrize(
    ("call", "same"),
    [
        (lambda: X.reshape(shape=(3, 2)), lambda: X.reshape(3, 2)),
        (lambda: tt.reshape(input=X, shape=(-1,)), lambda: X.reshape(-1)),
        (lambda: X.view(size=(3, 2)), lambda: X.view(3, 2)),
        (lambda: X.view(dtype=tt.int32), lambda: X.view(tt.int32)),
        (lambda: X.permute(dims=(1, 0)), lambda: X.t()),
        (lambda: X.expand(size=(2, 2, 3)), lambda: tt.stack([X, X])),
        (lambda: X.flip(dims=(0,)), lambda: X[[1, 0]]),
        (lambda: X.repeat(repeats=(1, 2)), lambda: tt.cat([X, X], 1)),
        (lambda: X.tile(dims=(2, 1)), lambda: tt.cat([X, X])),
        (lambda: tt.zeros(size=(2, 3)), lambda: X * 0),
        (lambda: X.new_ones(size=(2, 3)), lambda: tt.ones(2, 3)),
        (lambda: tt.arange(end=3), lambda: tt.tensor([0, 1, 2])),
        (lambda: tt.cat(X.split(split_size=1)), lambda: X),
        (lambda: tt.cat(tt.tensor_split(X, sections=2)), lambda: X),
        (lambda: tt.cat(X.tensor_split(indices=(1,), dim=1), 1), lambda: X),
        (lambda: tt.repeat_interleave(V), lambda: tt.tensor([0, 0, 0, 2, 2])),
        (lambda: X.repeat_interleave(V, 1, output_size=5), lambda: X[:, [0, 0, 0, 2, 2]]),
        (lambda: X.gather(1, V[None] % 3, sparse_grad=False), lambda: X[:1, [0, 0, 2]]),
        (lambda: tt.cat(X.hsplit(3), 1), lambda: X),
        (lambda: tt.cat(X.vsplit([1])), lambda: X),
        (lambda: tt.column_stack([X[0], X[1]]), lambda: X.t()),
        (lambda: X.clone()[:, :2].fill_diagonal_(7), lambda: tt.tensor([[7.0, 1.0], [3.0, 7.0]])),
        (lambda: tt.nansum(tt.tensor([1.9, 2.0]), dtype=tt.int32), lambda: tt.tensor(3, dtype=tt.int32)),
    ],
)
def test_same(call, same):
    a, b = call(), same()
    assert a.dtype == b.dtype
    assert tt.equal(a, b)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: X.flip(), TypeError, "flip: missing.*dims"),
        (lambda: X.reshape(3, 2, shape=(3, 2)), TypeError, "reshape: 'shape' was given twice"),
        (lambda: tt.zeros(2, size=(2,)), TypeError, "zeros: 'size'"),
        (lambda: X.view("text"), TypeError, "text"),
        (lambda: tt.arange(), TypeError, "arange"),
        (lambda: tt.arange(0, 3, 0.3, dtype=tt.int64), RuntimeError, "arange: step"),
        (lambda: X.tensor_split(), TypeError, "tensor_split"),
        (lambda: X.tensor_split(2, indices=(1,)), TypeError, "tensor_split"),
        (lambda: X.hsplit(2), RuntimeError, "hsplit.*equal"),
        (lambda: V.vsplit(1), RuntimeError, "vsplit.*2 dim"),
        (lambda: X.dsplit(1), RuntimeError, "dsplit"),
        (lambda: tt.repeat_interleave(X), RuntimeError, "repeat_interleave"),
        (lambda: X.repeat_interleave(2, 0, output_size=5), RuntimeError, "output_size"),
        (lambda: X.gather(1, V[None], sparse_grad=True), NotImplementedError, "sparse"),
        (lambda: tt.tensor(1.0).narrow(0, 0, 1), RuntimeError, "narrow.*0-d"),
        (lambda: tt.tensor(1.0)[tt.tensor([0])], IndexError, "dimension 0"),
        (lambda: tt.tensor(1.0)[[0, 0]], IndexError, "dimension 0"),
        (lambda: V[V > 0, :], IndexError, "too many indices"),
        (lambda: V[:, tt.tensor([0]), :], IndexError, "too many indices"),
        (lambda: tt.equal(X, 1), TypeError, "equal"),
        (lambda: tt.nansum(3), TypeError, "nansum"),
        (lambda: tt.count_nonzero(3), TypeError, "count_nonzero"),
        (lambda: tt.norm(X, "x"), RuntimeError, "norm.*'x'"),
        (lambda: tt.tensor(2**70), ValueError, "too large"),
        (lambda: tt.tensor([1, -(2**70)]), ValueError, "too large"),
        (lambda: tt.tensor([300], dtype=tt.uint8), RuntimeError, "overflow"),
        (lambda: tt.tensor([1.0, float("nan")], dtype=tt.int64), RuntimeError, "overflow"),
        (lambda: X.fill_diagonal_(1, wrap=True), RuntimeError, "fill_diagonal_"),
        (lambda: tt.zeros(3, 1)[tt.zeros(3, 1) > 1].__setitem__(tt.zeros(0, dtype=bool), tt.ones(2, 0)), RuntimeError, "setitem"),
    ],
)  # fmt: skip
def test_misuse(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("key", [slice(None), ..., 0, [0], None])
def test_writing_into_nothing(key):
    x = tt.zeros(2, 0, 3)
    x[key] = 1.0
    x[key] += 1
    assert x.shape == (2, 0, 3)


def test_writing_through_a_mask():
    x = tt.zeros(2, 2)
    x[x == 0] = tt.tensor([[1.0, 2.0, 3.0, 4.0]])
    assert x.tolist() == [[1, 2], [3, 4]]
    with pytest.raises(tt.ShapeError, match="setitem"):
        x[x > 1] = tt.ones(2, 3)


def test_types():
    assert [x.type() for x in (X, V, V > 0)] == ["torch.FloatTensor", "torch.LongTensor", "torch.BoolTensor"]
    assert X.type("torch.DoubleTensor").dtype == tt.float64
    assert tt.tensor(np.float64(2.5)).dtype == tt.float64
    assert tt.tensor([-1], dtype=tt.uint8).item() == 255


def test_storage_offset():
    x = tt.zeros(4, 5)
    assert (x.storage_offset(), x[2].storage_offset(), x[1:, 3].storage_offset(), x.t()[2].storage_offset()) == (
        0,
        10,
        8,
        2,
    )


def test_median_of_nothing():
    assert tt.zeros(0, dtype=tt.int32).median().item() == -(2**31)
    assert np.isnan(tt.zeros(0).median().item())
