"""Every sample comes once, in the order asked for, whether fetched one by one or at once."""

import pytest
import tt_tensor
from hypothesis import given
from hypothesis import strategies as st
from tt_data import DataLoader, Dataset, TensorDataset


class Count(Dataset):
    """0, 1, ..., n - 1, one by one."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if not 0 <= index < self.n:
            raise IndexError(index)
        return index


@pytest.mark.parametrize("size", [0, -1, 1.5, True, "2"])
def test_wrong_batch_sizes(size):
    with pytest.raises(ValueError, match="batch_size should be a positive integer"):
        DataLoader(Count(3), batch_size=size)


def test_misuse():
    with pytest.raises(ValueError, match="num_samples=0"):
        DataLoader(Count(0), shuffle=True)


@given(st.integers(0, 40), st.integers(1, 12), st.booleans(), st.booleans())
def test_batches(n, size, shuffle, drop):
    shuffle = shuffle and n > 0
    at_once = DataLoader(TensorDataset(tt_tensor.arange(n)), size, shuffle, drop_last=drop)
    singly = DataLoader(Count(n), size, shuffle, drop_last=drop)
    seen = []
    for loader in (at_once, singly):
        tt_tensor.manual_seed(3)
        batches = [batch[0] if isinstance(batch, list) else batch for batch in loader]
        batches = [batch.tolist() for batch in batches]
        assert len(batches) == len(loader) == (n // size if drop else -(-n // size))
        assert all(len(batch) == size for batch in batches[: n // size])
        seen.append([x for batch in batches for x in batch])
        kept = len(batches) * size if drop else n
        assert len(seen[-1]) == kept
        assert set(seen[-1]) <= set(range(n))
        assert len(set(seen[-1])) == kept
    assert seen[0] == seen[1]
    if not shuffle:
        assert seen[0] == list(range(len(seen[0])))


def test_shuffling_is_new_each_pass_and_repeats_with_the_seed():
    def passes(**settings):
        loader = DataLoader(Count(30), 30, shuffle=True, **settings)
        return [next(iter(loader)).tolist() for _ in range(2)]

    tt_tensor.manual_seed(1)
    a = passes()
    tt_tensor.manual_seed(1)
    assert passes() == a
    assert a[0] != a[1]
    b = passes(generator=tt_tensor.Generator().manual_seed(5))
    assert b == passes(generator=tt_tensor.Generator().manual_seed(5))
    assert b != a


def test_an_own_generator_leaves_the_common_one_alone():
    tt_tensor.manual_seed(1)
    expected = tt_tensor.rand(3).tolist()
    tt_tensor.manual_seed(1)
    next(iter(DataLoader(Count(30), shuffle=True, generator=tt_tensor.Generator().manual_seed(5))))
    assert tt_tensor.rand(3).tolist() == expected


def test_lists_work():
    assert [b.tolist() for b in DataLoader([3, 4, 5], 2)] == [[3, 4], [5]]


def test_a_redefined_sample_is_not_bypassed():
    class Doubled(TensorDataset):
        def __getitem__(self, index):
            (x,) = super().__getitem__(index)
            return 2 * x

    assert next(iter(DataLoader(Doubled(tt_tensor.arange(3)), 3))).tolist() == [0, 2, 4]


def test_an_own_collate_function_gets_samples():
    loader = DataLoader(
        TensorDataset(tt_tensor.arange(3)), 2, collate_fn=lambda samples: [x.item() for (x,) in samples]
    )
    assert list(loader) == [[0, 1], [2]]


def test_a_batch_is_a_copy():
    x = tt_tensor.zeros(4)
    for (batch,) in DataLoader(TensorDataset(x), 4):
        batch += 1
    assert x.tolist() == [0, 0, 0, 0]
