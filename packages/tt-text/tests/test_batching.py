"""Padding, masks and packing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_text import pack, pad

sequences = st.lists(st.lists(st.integers(0, 2**40), max_size=6), max_size=6)


@given(sequences, st.sampled_from(["left", "right"]))
def test_the_mask_says_what_is_a_token(rows, side):
    ids, mask = pad(rows, -100, side=side)
    assert ids.dtype == np.int64
    assert mask.dtype == bool
    assert [row[kept].tolist() for row, kept in zip(ids, mask)] == rows
    assert (ids[~mask] == -100).all()
    if rows and side == "left":
        assert mask[:, -1:].sum() == sum(bool(row) for row in rows)


def test_length_and_truncation():
    assert pad([[1, 2, 3], [4]], 0, length=2, truncate=True)[0].tolist() == [[1, 2], [4, 0]]
    assert pad([[1]], 0, length=3, side="left")[0].tolist() == [[0, 0, 1]]
    with pytest.raises(ValueError, match="3 ids, more than length=2; pass truncate=True"):
        pad([[1, 2, 3]], 0, length=2)
    with pytest.raises(ValueError, match="side"):
        pad([[1]], 0, side="centre")
    with pytest.raises(TypeError, match="integers"):
        pad([[1.5]], 0)
    with pytest.raises(TypeError, match="expected ids"):
        pad(["ab"], 0)


def test_tensors_are_made_on_request():
    made = []
    pad([[1]], 0, make=made.append)
    pack([[1]], 1, make=made.append)
    assert [array.shape for array in made] == [(1, 1)] * 4


@given(sequences, st.integers(1, 5))
def test_packed_documents_come_back(rows, length):
    ids, numbers = pack(rows, length, separator=7, pad_id=-1)
    assert ids.shape == numbers.shape == (-(-sum(len(row) + 1 for row in rows) // length), length)
    for k, row in enumerate(rows):
        assert ids[numbers == k].tolist() == [*row, 7]
    assert (ids[numbers == -1] == -1).all()
    shorter, _ = pack(rows, length, separator=7)
    assert (shorter == ids[: len(shorter)]).all()
    assert len(ids) - len(shorter) == bool((numbers == -1).any())


def test_padding_that_is_no_id():
    for pad_id in (None, "x", 0.0, True):
        with pytest.raises(TypeError, match="pad_id should be an int"):
            pad([[1]], pad_id)


def test_lengths_that_are_none():
    with pytest.raises(ValueError, match="pad: length should be at least 0, got -1"):
        pad([[1]], 0, length=-1, truncate=True)
    with pytest.raises(TypeError, match="pad: length should be an int, got 1.5"):
        pad([[1]], 0, length=1.5)


def test_misuse_of_pack():
    for length, error in ((0, ValueError), (-1, ValueError), (2.0, TypeError), (True, TypeError)):
        with pytest.raises(error, match="length should be a"):
            pack([[1]], length)
    for name in ("separator", "pad_id"):
        with pytest.raises(TypeError, match=f"pack: {name} should be an int, got 1.5"):
            pack([[1]], 2, **{name: 1.5})
    with pytest.raises(TypeError, match="integers"):
        pack([["a"]], 2)
