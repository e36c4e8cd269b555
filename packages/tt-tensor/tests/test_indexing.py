"""Indexing equals NumPy's where the two agree, PyTorch's where they do not, and says what is wrong with an index."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tt_tensor import InPlaceError, ShapeError, tensor, zeros
from tt_tensor.primitive import handling

BOX = np.arange(60, dtype=np.float32).reshape(3, 4, 5)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (3, "index 3 is out of bounds for dimension 0 with size 3"),
        ((0, -5), "index -5 is out of bounds for dimension 1 with size 4"),
        ([[0, 9]], "index 9 is out of bounds for dimension 0 with size 3"),
        ((slice(None), [4]), "index 4 is out of bounds for dimension 1 with size 4"),
        ((0, 0, 0, 0), "too many indices"),
        (tensor([1.0]), "int64, int32 or bool, got float32"),
        (tensor([True, False]), "shape"),
        (1.0, "float"),
        (np.array([1], np.int16), "int16"),
    ],
)
def test_a_wrong_index_is_an_index_error_that_says_why(key, words):
    x = tensor(BOX)
    with pytest.raises(IndexError, match=words):
        x[key]
    with pytest.raises(IndexError):
        x[key] = 0.0


@pytest.mark.parametrize("step", [-1, 0])
def test_a_step_that_is_not_positive_raises(step):
    with pytest.raises(ValueError, match="step"):
        tensor(BOX)[::step]
    with pytest.raises(ValueError, match="step"):
        tensor(BOX)[:, ::step, [0]]


def test_what_cannot_be_assigned_raises_and_changes_nothing():
    x = tensor(BOX.copy())
    with pytest.raises(TypeError, match="list"):
        x[0] = [1.0]
    with pytest.raises(ShapeError, match="setitem"):
        x[0] = zeros(3)
    with pytest.raises(ShapeError, match="setitem"):
        x[x > 10] = zeros(3)
    with pytest.raises(RuntimeError, match="complex"):
        x[0] = 1j * np.ones(5)
    with pytest.raises(InPlaceError, match="clone"):
        zeros(3, 1).expand(3, 4)[:] = 1.0
    with pytest.raises(TypeError, match="str"):
        x["a"]
    assert (x.array == BOX).all()


@given(hnp.basic_indices((3, 4, 5), allow_newaxis=True, min_dims=0))
def test_basic_indexing_is_numpys_and_a_view(key):
    steps = [k.step for k in (key if isinstance(key, tuple) else (key,)) if isinstance(k, slice)]
    if any(s is not None and s < 0 for s in steps):
        return
    x = tensor(BOX.copy())
    part = x[key]
    np.testing.assert_array_equal(part.array, BOX[key])
    if part.array.size:
        assert np.shares_memory(part.array, x.array)
        x[key] = -1.0
        expected = BOX.copy()
        expected[key] = -1
        np.testing.assert_array_equal(x.array, expected)


@given(hnp.integer_array_indices((3, 4, 5), result_shape=hnp.array_shapes(max_dims=3)))
def test_indexing_with_arrays_is_numpys(key):
    wide = tuple(k.astype(np.int64) for k in key)
    np.testing.assert_array_equal(tensor(BOX)[wide].array, BOX[wide])
    tensors = tuple(tensor(k) for k in wide)
    np.testing.assert_array_equal(tensor(BOX)[tensors].array, BOX[wide])


@given(hnp.arrays(bool, (3, 4)), st.data())
def test_a_mask_picks_and_assigns(mask, data):
    x = tensor(BOX.copy())
    np.testing.assert_array_equal(x[tensor(mask)].array, BOX[mask])
    values = data.draw(hnp.arrays(np.float32, (int(mask.sum()), 5), elements=st.integers(0, 9)))
    x[tensor(mask)] = tensor(values)
    expected = BOX.copy()
    expected[mask] = values
    np.testing.assert_array_equal(x.array, expected)


@pytest.mark.parametrize("scalar", [np.uint8, np.int8, np.uint16, np.int32, np.uint64])
def test_numpys_whole_numbers_are_ints(scalar):
    x = tensor([[0, 1], [2, 3], [4, 5]])
    assert x[scalar(1)].tolist() == [2, 3]
    assert x[:, scalar(1)].tolist() == [1, 3, 5]
    x[scalar(2), scalar(0)] = 9
    assert x[2].tolist() == [9, 5]
    with pytest.raises(IndexError, match="out of bounds"):
        x[scalar(3)]


def test_an_int_beside_a_tensor_is_a_selection_not_an_index():
    x, at = tensor(BOX), tensor([0, 2])
    assert x[0, :, at].shape == (4, 2)  # NumPy would put the index first: (2, 4)
    np.testing.assert_array_equal(x[0, :, at].array, BOX[0][:, [0, 2]])
    assert x[at, :, at].shape == (2, 4)


def test_true_and_false_add_a_dimension():
    x = tensor(BOX)
    assert x[True].shape == (1, 3, 4, 5)
    assert x[False].shape == (0, 3, 4, 5)
    assert x[:, True].shape == (3, 1, 4, 5)
    assert tensor(2.0)[tensor(2.0) > 1].shape == (1,)


def test_zero_dimensions_and_zero_sizes():
    s = tensor(3.0)
    assert s[...].shape == s[()].shape == ()
    s[...] = 4.0
    assert s.array == 4
    assert zeros(0, 3)[:, 1].shape == (0,)
    assert zeros(2, 3)[[]].shape == (0, 3)
    x = zeros(2, 3)
    x[[]] = 1.0
    assert not x.array.any()


def test_assignment_reads_before_it_writes():
    x = tensor([1.0, 2.0, 3.0, 4.0])
    x[1:] = x[:-1]
    assert x.array.tolist() == [1, 1, 2, 3]


def test_assignment_keeps_the_dtype_and_notes_the_change():
    x = tensor([1, 2, 3])
    before = x._version
    x[0] = 7.9
    assert x.array.tolist() == [7, 2, 3]
    assert x._version == before + 1


def test_handlers_see_reading_and_assigning():
    seen = []

    def log(op, arrays, params):
        seen.append(op.name)
        return op(*arrays, **params)

    x = tensor(BOX.copy())
    with handling(log):
        x[0, [1, 2]]
        x[0] = 1.0
    assert seen == ["getitem", "index", "setitem"]
    assert (x.array[0] == 1).all()


@settings(max_examples=20, deadline=None)
@given(hnp.arrays(np.int64, 7, elements=st.integers(-3, 2)))
def test_repeated_indices_add_up_in_index_put(index):
    x, v = zeros(3, 5), tensor(np.ones((7, 5), np.float32))
    y = x.index_put((tensor(index),), v, accumulate=True)
    expected = np.zeros((3, 5), np.float32)
    np.add.at(expected, index, 1.0)
    np.testing.assert_array_equal(y.array, expected)


def test_a_new_dimension_can_be_written_through():
    x = zeros(3)
    x[None].add_(1)
    x[:, None].mul_(2)
    y = x[None, :, None]
    y += 1
    x.expand(1, 3)[0, 0] = 7
    x.expand(1, 1, 3).sub_(1)
    assert x.tolist() == [6, 2, 2]
    with pytest.raises(InPlaceError, match="expanded"):
        x[None].expand(2, 3).add_(1)
