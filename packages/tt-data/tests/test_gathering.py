"""Rows are taken from any array, and are new memory."""

import numpy as np
import pytest
import tt_tensor
from hypothesis import given
from hypothesis import strategies as st
from tt_data import ConcatDataset, DataLoader, Dataset, default_collate
from tt_data.gathering import ahead, gathers, joined, keeps_up, take

LAYOUTS = {
    "contiguous": lambda a: a,
    "transposed": lambda a: np.asfortranarray(a),
    "every second": lambda a: np.repeat(a, 2, axis=0)[::2],
    "expanded": lambda a: np.broadcast_to(a[:, :1], a.shape),
    "backwards": lambda a: a[::-1],
    "read only": lambda a: np.frombuffer(a.tobytes(), a.dtype).reshape(a.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@given(indices=st.lists(st.integers(-5, 4), max_size=9))
def test_rows(layout, indices):
    a = LAYOUTS[layout](np.arange(15).reshape(5, 3))
    rows = np.array(indices, np.int64)
    for x in (a, tt_tensor.from_numpy(a)) if a.flags.writeable and 0 not in a.strides else (a,):
        found = take(x, rows)
        assert type(found) is type(x)
        assert np.array_equal(np.asarray(found), a[rows])
        assert not np.shares_memory(np.asarray(found), a)


@pytest.mark.parametrize("index", [5, -6])
def test_out_of_range(index):
    for a in (np.arange(5), np.arange(10)[::2]):
        for x in (a, tt_tensor.from_numpy(a)):
            with pytest.raises(IndexError):
                take(x, np.array([0, index]))


def test_joined():
    order = np.array([2, 0, 1])
    a, b = np.array([1, 2]), np.array([3])
    assert joined([a, b], order).tolist() == [3, 1, 2]
    assert joined([["a", "b"], ["c"]], order) == ["c", "a", "b"]
    assert joined([("a", "b"), ("c",)], order) == ("c", "a", "b")
    found = joined([{"x": [tt_tensor.from_numpy(a)]}, {"x": [tt_tensor.from_numpy(b)]}], order)
    assert found["x"][0].tolist() == [3, 1, 2]


def test_what_does_not_say_that_a_thread_may_gather_is_not_asked_ahead():
    """A data set need not be a `Dataset`, nor know of `ahead` and `parts`."""

    class Own:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return index

        def gather(self, indices):
            return indices * 2

    class Promising(Own, Dataset):
        ahead = True

    assert gathers(Own())
    assert not ahead(Own())
    assert ahead(Promising())
    assert not ahead(ConcatDataset([Promising(), Own()]))
    assert ahead(ConcatDataset([Promising(), Promising()]))
    assert [batch.tolist() for batch in DataLoader(Own(), 2)] == [[0, 2], [4]]
    assert [batch.tolist() for batch in DataLoader(Own(), batch_sampler=[[2, 0], [1]])] == [[4, 0], [2]], "lists, too"


def test_which_method_is_newer():
    class Both:
        def fast(self):
            """Quick."""

        def slow(self):
            """Not so quick."""

    class NewSlow(Both):
        def slow(self):
            """Something else."""

    class NewFast(NewSlow):
        def fast(self):
            """The same, quick."""

    assert keeps_up(Both(), "fast", "slow")
    assert not keeps_up(NewSlow(), "fast", "slow")
    assert keeps_up(NewFast(), "fast", "slow")
    assert not keeps_up(3, "fast", "slow")
    assert not keeps_up(type("WithoutFast", (Both,), {"fast": None})(), "fast", "slow")


def test_arrays_that_are_gathered_become_tensors_as_collated_ones_do():
    class Arrays:
        def __len__(self):
            return 5

        def __getitem__(self, index):
            return {"x": np.full(2, index), "name": "abcde"[index]}

        def gather(self, indices):
            return {"x": np.repeat(indices[:, None], 2, 1), "name": ["abcde"[k] for k in indices]}

    gathered, collated = (list(DataLoader(Arrays(), 2, collate_fn=f)) for f in (None, lambda x: default_collate(x)))
    for a, b in zip(gathered, collated, strict=True):
        assert a["name"] == b["name"]
        assert type(a["x"]) is type(b["x"]) is tt_tensor.Tensor
        assert a["x"].tolist() == b["x"].tolist()
