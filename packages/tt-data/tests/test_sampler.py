"""Samplers give each index as often as they say, in an order that follows from the seed."""

import itertools

import numpy as np
import pytest
import tt_tensor
from hypothesis import given
from hypothesis import strategies as st
from tt_data import (
    BatchSampler,
    DataLoader,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from tt_tensor import Generator


def seeded(seed=0):
    return Generator().manual_seed(seed)


@pytest.mark.parametrize("count", [0, -1, 1.5, True, "2"])
def test_wrong_counts(count):
    for name, make in (
        ("RandomSampler", lambda: RandomSampler(range(3), num_samples=count)),
        ("WeightedRandomSampler", lambda: WeightedRandomSampler([1.0], count)),
        ("BatchSampler", lambda: BatchSampler([1], count, drop_last=False)),
    ):
        with pytest.raises(ValueError, match=f"^{name}: .* positive integer value"):
            make()


def test_misuse():
    with pytest.raises(TypeError, match="replacement should be a boolean"):
        RandomSampler(range(3), replacement=1)
    with pytest.raises(ValueError, match="replacement should be a boolean"):
        WeightedRandomSampler([1.0], 1, replacement=1)
    with pytest.raises(ValueError, match="1d sequence"):
        WeightedRandomSampler([[1.0]], 1)
    with pytest.raises(ValueError, match="drop_last should be a boolean"):
        BatchSampler([1], 1, drop_last=1)
    with pytest.raises(ValueError, match="num_samples=0"):
        RandomSampler([])
    with pytest.raises(ValueError, match="pass num_replicas and rank"):
        DistributedSampler(range(3))
    for rank in (-1, 2):
        with pytest.raises(ValueError, match="Invalid rank"):
            DistributedSampler(range(3), 2, rank)
    with pytest.raises(NotImplementedError, match="must define __iter__"):
        iter(Sampler())


@given(st.integers(1, 50), st.integers(1, 120), st.booleans())
def test_random_samples(n, count, replacement):
    sampler = RandomSampler(range(n), replacement, count, seeded())
    drawn = list(sampler)
    assert len(drawn) == len(sampler) == count
    assert set(drawn) <= set(range(n))
    if not replacement:
        for k in range(0, count, n):
            assert len(set(drawn[k : k + n])) == min(n, count - k)
    assert list(RandomSampler(range(n), replacement, count, seeded())) == drawn


def test_every_pass_is_new_and_can_be_repeated():
    generator = seeded()
    sampler = RandomSampler(range(100), generator=generator)
    list(sampler)
    state = generator.get_state()
    second, third = list(sampler), list(sampler)
    assert second != third
    generator.set_state(state)
    assert list(sampler) == second
    assert list(sampler) == third


def test_a_data_set_that_grows():
    source = [0]
    sampler = RandomSampler(source)
    source += [1, 2]
    assert sorted(sampler) == [0, 1, 2]


def test_subsets():
    assert sorted(SubsetRandomSampler(["x", "z"], seeded())) == ["x", "z"]
    sampler = SubsetRandomSampler([5, 9, 7], seeded())
    assert sorted(sampler) == [5, 7, 9]
    assert len(sampler) == 3


def test_weights():
    drawn = np.bincount(list(WeightedRandomSampler([1, 0, 3], 4000, generator=seeded())), minlength=3)
    assert drawn[1] == 0
    assert abs(drawn[2] / 4000 - 0.75) < 0.03
    assert sorted(WeightedRandomSampler([0.1, 0.2, 0.7], 3, replacement=False, generator=seeded())) == [0, 1, 2]


@given(st.integers(0, 30), st.integers(1, 5), st.booleans(), st.booleans())
def test_shares(n, count, shuffle, drop):
    samplers = [DistributedSampler(range(n), count, rank, shuffle, 3, drop) for rank in range(count)]
    shares = [list(sampler) for sampler in samplers]
    assert len({len(share) for share in shares}) == 1
    assert [len(share) for share in shares] == [len(sampler) for sampler in samplers]
    every = [index for share in shares for index in share]
    if drop:
        assert len(set(every)) == len(every) == n // count * count
    else:
        assert set(every) == set(range(n))
        assert len(every) < n + count or n == 0
    for sampler in samplers:
        sampler.set_epoch(1)
    if shuffle and n > 20:
        assert [list(sampler) for sampler in samplers] != shares


@given(st.integers(0, 40), st.integers(1, 12), st.booleans(), st.booleans())
def test_batches(n, size, drop, shuffle):
    make = RandomSampler if shuffle and n else SequentialSampler
    tt_tensor.manual_seed(0)
    sampler = BatchSampler(make(range(n)), size, drop)
    batches = list(sampler)
    assert len(batches) == len(sampler)
    assert all(len(batch) == size for batch in batches[: n // size])
    tt_tensor.manual_seed(0)
    assert [k for batch in batches for k in batch] == list(make(range(n)))[: n // size * size if drop else n]
    tt_tensor.manual_seed(0)
    assert [batch.tolist() for batch in sampler.arrays()] == batches


def test_an_endless_sampler():
    batches = iter(BatchSampler(itertools.count(), 3, drop_last=True))
    assert next(batches) == [0, 1, 2]
    assert BatchSampler(itertools.count(), 3, drop_last=True).arrays() is None


def test_a_redefined_order_is_not_bypassed():
    class Backwards(SequentialSampler):
        def __iter__(self):
            return iter(range(len(self) - 1, -1, -1))

    assert [x.tolist() for x in DataLoader([5, 6, 7], 2, sampler=Backwards(range(3)))] == [[7, 6], [5]]

    class Twice(BatchSampler):
        def __iter__(self):
            for batch in super().__iter__():
                yield batch * 2

    batches = Twice(SequentialSampler(range(3)), 2, drop_last=False)
    assert [x.tolist() for x in DataLoader([5, 6, 7], batch_sampler=batches)] == [[5, 6, 5, 6], [7, 7]]


@pytest.mark.parametrize("replacement", [True, False])
def test_ten_thousand_million_samples_are_drawn_as_they_are_needed(replacement):
    def begin():
        generator = tt_tensor.Generator().manual_seed(0)
        sampler = RandomSampler(range(5), replacement, num_samples=10**10, generator=generator)
        loader = DataLoader(list(range(5)), 2, sampler=sampler)
        assert len(loader) == 5 * 10**9
        return [batch.tolist() for batch in itertools.islice(loader, 5000)]

    found = begin()
    assert found == begin()
    assert set(itertools.chain.from_iterable(found)) == set(range(5))
    if not replacement:
        assert all(sorted(found[k] + found[k + 1] + found[k + 2][:1]) == list(range(5)) for k in range(0, 4995, 5))
