"""Data sets made of tensors."""

import pytest
import tt_tensor
from tt_data import Dataset, TensorDataset
from tt_tensor.errors import ShapeError


def test_a_data_set_must_be_defined():
    class Nothing(Dataset):
        pass

    with pytest.raises(NotImplementedError, match="Nothing must define __getitem__"):
        Nothing()[0]
    with pytest.raises(TypeError, match="no len"):
        len(Nothing())


def test_tensors_that_do_not_fit():
    with pytest.raises(ShapeError, match=r"\(3,\), \(4, 2\)"):
        TensorDataset(tt_tensor.zeros(3), tt_tensor.zeros(4, 2))
    with pytest.raises(ShapeError):
        TensorDataset(tt_tensor.tensor(1.0))
    with pytest.raises(TypeError, match="got list"):
        TensorDataset([1, 2])
    with pytest.raises(TypeError, match="at least one"):
        TensorDataset()


def test_samples():
    data = TensorDataset(tt_tensor.arange(6).reshape(3, 2), tt_tensor.arange(3))
    assert len(data) == 3
    assert [part.tolist() for part in data[1]] == [[2, 3], 1]
    assert [part.tolist() for part in data[-1]] == [[4, 5], 2]
    assert [part.tolist() for part in data[0:2]] == [[[0, 1], [2, 3]], [0, 1]]
    with pytest.raises(IndexError):
        data[3]
