"""Samples of any structure become batches, or it is said why not."""

from typing import NamedTuple

import numpy as np
import pytest
import tt_tensor
from tt_data import collate, default_convert
from tt_tensor import Tensor


def same(found, expected):
    """Whether two structures of tensors have the same values and dtypes."""
    if isinstance(expected, np.ndarray):
        return isinstance(found, Tensor) and found.numpy().dtype == expected.dtype and (found.numpy() == expected).all()
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(same(found[k], expected[k]) for k in expected)
    if isinstance(expected, list | tuple):
        return type(found) is type(expected) and len(found) == len(expected) and all(map(same, found, expected))
    return found == expected


class Pair(NamedTuple):
    image: float
    label: int


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        ([1, 2], np.array([1, 2])),
        ([1.5, 2.0], np.array([1.5, 2.0])),
        ([True, False], np.array([True, False])),
        ([np.float32(1), np.float32(2)], np.array([1, 2], np.float32)),
        ([np.arange(2), np.arange(2)], np.array([[0, 1], [0, 1]])),
        ([tt_tensor.zeros(2), tt_tensor.ones(2)], np.array([[0, 0], [1, 1]], np.float32)),
        ([(1, "a"), (2, "b")], [np.array([1, 2]), ("a", "b")]),
        ([{"x": 1, "y": [0.5]}, {"x": 2, "y": [1.5]}], {"x": np.array([1, 2]), "y": [np.array([0.5, 1.5])]}),
        ([Pair(0.5, 1), Pair(1.5, 2)], Pair(np.array([0.5, 1.5]), np.array([1, 2]))),
    ],
)
def test_structures(samples, expected):
    assert same(collate(samples), expected)


@pytest.mark.parametrize("samples", [[None, None], [object()], [{1, 2}]])
def test_what_cannot_be_stacked(samples):
    with pytest.raises(TypeError, match="batch must contain tensors"):
        collate(samples)


def test_a_date_is_no_number():
    with pytest.raises(TypeError, match="datetime64"):
        default_convert(("a", np.datetime64("2024-01-01")))


def test_samples_that_differ():
    with pytest.raises(RuntimeError, match=r"equal size, got sizes \[1, 2\]"):
        collate([(1, 2), (1,)])
    for zeros in (tt_tensor.zeros, np.zeros):
        with pytest.raises(RuntimeError, match=r"^default_collate: .*\(2,\), \(3,\).* collate_fn"):
            collate([zeros(2), zeros(3), zeros(3)])
    with pytest.raises(KeyError, match="^\"default_collate: a sample has no 'y'"):
        collate([{"x": 1, "y": 2}, {"x": 1}])


@pytest.mark.parametrize(
    "samples",
    [[1.0, None], [1.0, "2"], [1.0, [2.0]], [1, None], [1, "2"], [np.float64(1), None], [np.float64(1), "2"],
     [np.float32(1), [2.0]], [True, None]],
)  # fmt: skip
def test_what_is_no_number_does_not_become_one(samples):
    with pytest.raises(TypeError, match=f"default_collate: samples of the kinds .*{type(samples[1]).__name__}"):
        collate(samples)


def test_numbers_of_several_kinds():
    assert same(collate([1.0, True, np.float32(2), np.array(3)]), np.array([1.0, 1.0, 2.0, 3.0]))
    assert same(collate([np.int32(1), 2.5]), np.array([1, 2.5]))
    with pytest.raises(ValueError, match="too large"):
        collate([1, 2**70])
