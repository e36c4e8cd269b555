"""Embedding and one_hot."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import gradcheck, gradgradcheck, tensor
from tt_nn import Embedding
from tt_nn.embedding import embedding, one_hot

TABLE = np.arange(12.0).reshape(4, 3)


def table(dtype=np.float64):
    return tensor(TABLE.astype(dtype), requires_grad=True)


class TestMisuse:
    @pytest.mark.parametrize("bad", [4, -1, 100])
    def test_ids_out_of_range_are_named(self, bad):
        with pytest.raises(IndexError, match=f"id {bad} is out of range: the table has 4 rows"):
            embedding(tensor([0, bad, 1]), table())

    @pytest.mark.parametrize("dtype", [np.int16, np.bool_, np.float32])
    def test_ids_of_another_dtype(self, dtype):
        with pytest.raises(RuntimeError, match="int64 or int32"):
            embedding(tensor(np.zeros(2, dtype)), table())

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (lambda: embedding([0], table()), TypeError),
            (lambda: embedding(tensor([0]), TABLE), TypeError),
            (lambda: embedding(tensor([0]), tensor([1.0])), RuntimeError),
            (lambda: embedding(tensor([0]), table(), sparse=True), NotImplementedError),
            (lambda: embedding(tensor([0]), table(), padding_idx=4), AssertionError),
            (lambda: Embedding(3, 2, sparse=True), NotImplementedError),
            (lambda: Embedding(3, 2, padding_idx=3), AssertionError),
            (lambda: Embedding(3, 2, padding_idx=-4), AssertionError),
            (lambda: Embedding(3, 2, _weight=tensor([[1.0]])), AssertionError),
            (lambda: Embedding.from_pretrained(tensor([1.0])), AssertionError),
            (lambda: one_hot(tensor([1.0])), RuntimeError),
            (lambda: one_hot([1]), TypeError),
            (lambda: one_hot(tensor([-1])), RuntimeError),
            (lambda: one_hot(tensor([2]), 2), RuntimeError),
            (lambda: one_hot(tensor([2]), 0), RuntimeError),
            (lambda: one_hot(tensor(np.zeros(0, np.int64))), RuntimeError),
        ],
    )
    def test_bad_settings(self, make, error):
        with pytest.raises(error):
            make()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3), max_size=8), st.sampled_from([np.int64, np.int32]), st.sampled_from([None, 0, -1]))
def test_rows_and_their_gradients(ids, dtype, padding):
    weight = table()
    picked = tensor(np.array(ids, dtype).reshape(-1, 1))
    y = embedding(picked, weight, padding_idx=padding)
    assert y.shape == (len(ids), 1, 3)
    assert y.tolist() == TABLE[picked.array].tolist()
    (y * y).sum().backward()
    expected = np.zeros((4, 3))
    for i in ids:
        if padding is None or i != padding % 4:
            expected[i] += 2 * TABLE[i]
    np.testing.assert_allclose(weight.grad.array, expected)


@pytest.mark.parametrize("ids", [[[0, 1], [1, 1]], 2, []])
@pytest.mark.parametrize("options", [{}, {"padding_idx": 3}])
def test_derivatives(ids, options):
    ids = tensor(ids, dtype=np.dtype("int64"))
    assert gradcheck(lambda w: embedding(ids, w, **options), [table()])
    assert gradgradcheck(lambda w: embedding(ids, w * w, **options), [table()])


def test_scale_grad_by_freq():
    weight = table()
    embedding(tensor([0, 1, 1, 1]), weight, scale_grad_by_freq=True).sum().backward()
    assert weight.grad.tolist() == [[1.0] * 3, [1.0] * 3, [0.0] * 3, [0.0] * 3]


def test_max_norm_shortens_only_what_is_looked_up():
    layer = Embedding(4, 3, max_norm=1.0)
    layer.load_state_dict({"weight": TABLE})
    y = layer(tensor([1, 1, 3]))
    norms = np.linalg.norm(layer.weight.array, axis=1)
    np.testing.assert_allclose(norms[[1, 3]], 1, rtol=1e-5)
    assert layer.weight.array[2].tolist() == TABLE[2].tolist()
    np.testing.assert_allclose(y.array[0], layer.weight.array[1])
    y.sum().backward()
    with pytest.raises(IndexError, match="id 9"):
        layer(tensor([9]))


def test_padding_row():
    layer = Embedding(4, 3, padding_idx=-2)
    assert layer.padding_idx == 2
    assert layer.weight.array[2].tolist() == [0.0, 0.0, 0.0]
    layer(tensor([2, 1])).sum().backward()
    assert layer.weight.grad.array[2].tolist() == [0.0, 0.0, 0.0]
    assert layer.weight.grad.array[1].tolist() == [1.0, 1.0, 1.0]


def test_from_pretrained():
    weight = tensor(TABLE.astype(np.float32))
    frozen = Embedding.from_pretrained(weight)
    assert not frozen.weight.requires_grad
    assert np.shares_memory(frozen.weight.array, weight.array)
    assert Embedding.from_pretrained(weight, freeze=False, padding_idx=0).weight.requires_grad
    assert frozen(tensor(3)).tolist() == TABLE[3].tolist()


def test_repr():
    assert repr(Embedding(3, 2)) == "Embedding(3, 2)"
    layer = Embedding(3, 2, padding_idx=1, max_norm=1.0, norm_type=1.0, scale_grad_by_freq=True)
    assert repr(layer) == "Embedding(3, 2, padding_idx=1, max_norm=1.0, norm_type=1.0, scale_grad_by_freq=True)"


def test_one_hot():
    assert one_hot(tensor([[0, 2]])).tolist() == [[[1, 0, 0], [0, 0, 1]]]
    assert one_hot(tensor(1), 3).dtype == np.int64
    assert one_hot(tensor(np.zeros((0, 2), np.int64)), 5).shape == (0, 2, 5)
