"""Data sets made of others give the samples of the others, one by one and in one go alike."""

import numpy as np
import pytest
import tt_tensor
from hypothesis import given
from hypothesis import strategies as st
from tt_data import (
    ChainDataset,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)
from tt_data.gathering import ahead, gathers
from tt_tensor.errors import ShapeError


def rows(n, start=0):
    """A data set whose samples tell their index."""
    return TensorDataset(tt_tensor.arange(start, start + n), tt_tensor.arange(start, start + n).reshape(n, 1) * 10)


class Letters(Dataset):
    """A data set that gathers dicts and strings."""

    def __init__(self, text):
        self.text = text

    def __len__(self):
        return len(self.text)

    def __getitem__(self, index):
        return {"letter": self.text[index], "code": ord(self.text[index])}

    def gather(self, indices):
        return default_collate([self[k] for k in indices.tolist()])


def plain(batch):
    """A batch without tensors."""
    if isinstance(batch, dict):
        return {key: plain(x) for key, x in batch.items()}
    if isinstance(batch, list | tuple):
        return [plain(x) for x in batch]
    return batch.tolist() if isinstance(batch, tt_tensor.Tensor) else batch


COMBINED = {
    "subset": lambda: Subset(rows(9), [5, 2, 2, 8, -1, 0]),
    "subset of an array": lambda: Subset(rows(9), np.array([5, 2, 2, 8, -1, 0])),
    "subset of a subset": lambda: Subset(Subset(rows(9), range(8, 0, -1)), [0, 2, 4, 6, 7, 1]),
    "in a row": lambda: ConcatDataset([rows(2), rows(0), rows(3, 10), rows(1, 20)]),
    "letters in a row": lambda: ConcatDataset([Letters("abc"), Letters("xyz")]),
    "side by side": lambda: StackDataset(rows(6), rows(6, 30)),
    "side by side, by name": lambda: StackDataset(a=rows(6), b=Letters("abcxyz")),
    "all": lambda: ConcatDataset([Subset(rows(4), [3, 1]), Subset(ConcatDataset([rows(2), rows(3)]), range(4))]),
}


@pytest.mark.parametrize("name", COMBINED)
@given(indices=st.lists(st.integers(-6, 5), min_size=1, max_size=12))
def test_gathering_is_collating(name, indices):
    data = COMBINED[name]()
    assert len(data) == 6
    assert gathers(data)
    expected = default_collate([data[k] for k in indices])
    assert plain(data.gather(np.array(indices))) == plain(expected)
    if "__getitems__" in vars(type(data)):
        assert plain(data.__getitems__(indices)) == plain([data[k] for k in indices])


@pytest.mark.parametrize("name", COMBINED)
def test_indices_out_of_range(name):
    data = COMBINED[name]()
    for index in (6, -7):
        with pytest.raises(IndexError):
            data[index]
        with pytest.raises(IndexError):
            data.gather(np.array([0, index]))


class Single(Dataset):
    """A data set without any way to fetch many at once."""

    def __len__(self):
        return 4

    def __getitem__(self, index):
        return index


class Many(Single):
    """One with PyTorch's way. It notes how it is asked."""

    asked = 0

    def __getitems__(self, indices):
        self.asked += 1
        return [self[k] for k in indices]


class Changed(Many):
    """One that changes the samples, and forgets about the many."""

    def __getitem__(self, index):
        return -index


def test_what_one_part_cannot_the_whole_cannot():
    assert not gathers(Single())
    assert not gathers(Subset(Single(), [1]))
    assert not gathers(Subset("abc", [1]))
    assert not gathers(ConcatDataset([rows(2), Single()]))
    assert not gathers(StackDataset(rows(4), Subset(Single(), range(4))))
    assert gathers(StackDataset(rows(4), Subset(rows(5), range(4))))
    assert ahead(Subset(rows(3), [1]))
    assert not ahead(ConcatDataset([rows(3), Letters("a")]))


def test_many_at_once():
    many = Many()
    for data in (many, Subset(many, [3, 2, 1]), StackDataset(many, many)):
        many.asked = 0
        list(DataLoader(data, 2))
        assert many.asked
    assert [x.tolist() for x in DataLoader(Changed(), 4)] == [[0, -1, -2, -3]]

    class Liar(Many):
        def __getitems__(self, indices):
            return [0]

    with pytest.raises(ValueError, match="asked for 2 samples and returned 1"):
        next(iter(DataLoader(Liar(), 2)))


def test_a_changed_subset_is_not_bypassed():
    class Negative(Subset):
        def __getitem__(self, index):
            return -super().__getitem__(index)[0]

    assert [x.tolist() for x in DataLoader(Negative(rows(5), [1, 3]), 2)] == [[-1, -3]]


class Stream(IterableDataset):
    """Letters one after the other."""

    def __init__(self, text):
        self.text = text

    def __iter__(self):
        return iter(self.text)

    def __len__(self):
        return len(self.text)


def test_streams():
    both = Stream("ab") + Stream("cd")
    assert isinstance(both, ChainDataset)
    assert list(both) == list("abcd")
    assert len(both) == 4
    assert list(DataLoader(both, 3)) == [["a", "b", "c"], ["d"]]
    with pytest.raises(TypeError, match="ChainDataset only supports IterableDataset, got str"):
        list(ChainDataset([Stream("a"), "b"]))
    with pytest.raises(TypeError, match="does not support IterableDataset"):
        ConcatDataset([Stream("a")])
    with pytest.raises(NotImplementedError, match="must define __iter__"):
        iter(IterableDataset())


def test_addition():
    both = rows(2) + rows(3)
    assert isinstance(both, ConcatDataset)
    assert both.cumulative_sizes == [2, 5]


def test_what_does_not_fit():
    with pytest.raises(ValueError, match="empty"):
        ConcatDataset([])
    with pytest.raises(ValueError, match=r"size mismatch between datasets: \[1, 2\]"):
        StackDataset("a", "bc")
    for args, kwargs in (((), {}), (("a",), {"b": "b"})):
        with pytest.raises(ValueError, match="either"):
            StackDataset(*args, **kwargs)
    uneven = ConcatDataset([rows(2), StackDataset(rows(2))])
    with pytest.raises(ShapeError, match="as many parts"):
        uneven.gather(np.array([0, 2]))
    with pytest.raises(IndexError, match="whole numbers"):
        Subset(rows(4), [0.5, 1.5]).gather(np.array([0, 1]))


@pytest.mark.filterwarnings("ignore:Length of split")  # [0, 1] can be fractions
@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 100))
def test_splits_by_length(a, b, seed):
    parts = random_split(range(a + b), [a, b], tt_tensor.Generator().manual_seed(seed))
    assert [len(part) for part in parts] == [a, b]
    assert sorted(x for part in parts for x in part) == list(range(a + b))


@pytest.mark.filterwarnings("ignore:Length of split")
@given(st.integers(0, 50), st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_splits_by_fraction(n, shares):
    fractions = [share / sum(shares) for share in shares]
    if sum(fractions) <= 1:
        sizes = [len(part) for part in random_split(range(n), fractions)]
        assert sum(sizes) == n
        assert all(abs(size - n * fraction) <= 1 for size, fraction in zip(sizes, fractions))


def test_splits_that_do_not_fit():
    with pytest.raises(ValueError, match="does not equal the length.*: 3 and 4"):
        random_split(range(4), [1, 2])
    with pytest.raises(ValueError, match="index 0 is not between 0 and 1"):
        random_split(range(4), [-0.5, 1.5])
    with pytest.warns(UserWarning, match="split at index 1 is 0"):
        random_split(range(1), [0.5, 0.5])
