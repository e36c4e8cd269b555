"""Batches, and errors, are PyTorch's."""

import numpy as np
import pytest
import torch
import tt_data as ours
import tt_tensor
from torch.utils import data as theirs


def same(a, b):
    """Whether structures of our tensors and of PyTorch's hold the same values, shapes and dtypes."""
    if isinstance(b, torch.Tensor):
        return a.numpy().dtype == b.numpy().dtype and a.shape == b.shape and bool((a.numpy() == b.numpy()).all())
    if isinstance(b, list):
        return type(a) is list and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in b)
    return a == b


SAMPLES = [
    [1, 2],
    [1.5, 2],
    [True, False],
    [np.float32(1), np.float32(2)],
    [np.arange(2), np.arange(2)],
    ["a", "b"],
    [{"a": 1, "b": 0.5}, {"a": 2, "b": 1.5}],
    [(1, 2), (3, 4)],
    [[1, [0.5]], [3, [2.5]]],
    [None, None],
    [(1, 2), (1,)],
    [np.zeros(2), np.zeros(3)],
]


@pytest.mark.parametrize("samples", SAMPLES, ids=str)
def test_collate(samples):
    try:
        expected = theirs.default_collate(samples)
    except (RuntimeError, TypeError) as error:
        with pytest.raises(type(error)):
            ours.collate(samples)
    else:
        assert same(ours.collate(samples), expected)


@pytest.mark.parametrize("n", [0, 1, 5, 8])
@pytest.mark.parametrize("size", [1, 2, 4, 9])
@pytest.mark.parametrize("drop", [False, True])
def test_batches(n, size, drop):
    x, y = np.random.default_rng(0).random((n, 3), np.float32), np.arange(n)
    a = ours.DataLoader(
        ours.TensorDataset(tt_tensor.from_numpy(x), tt_tensor.from_numpy(y)), batch_size=size, drop_last=drop
    )
    b = theirs.DataLoader(
        theirs.TensorDataset(torch.from_numpy(x), torch.from_numpy(y)), batch_size=size, drop_last=drop
    )
    assert len(a) == len(b)
    assert same(list(a), list(b))


@pytest.mark.parametrize("settings", [{"batch_size": 0}, {"batch_size": -2}, {"batch_size": 1.5}])
def test_errors(settings):
    for package, x in ((ours, tt_tensor.zeros(3)), (theirs, torch.zeros(3))):
        with pytest.raises(ValueError, match="batch_size should be a positive int"):
            package.DataLoader(package.TensorDataset(x), **settings)


def test_nothing_to_shuffle():
    for package, x in ((ours, tt_tensor.zeros(0)), (theirs, torch.zeros(0))):
        with pytest.raises(ValueError):
            package.DataLoader(package.TensorDataset(x), shuffle=True)
