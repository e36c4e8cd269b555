"""Every sample comes once, in the order asked for, whether fetched one by one or at once."""

import gc
import itertools
import pickle
import threading
import weakref

import numpy as np
import pytest
import tt_tensor
from hypothesis import given
from hypothesis import strategies as st
from tt_data import (
    BatchSampler,
    DataLoader,
    Dataset,
    IterableDataset,
    SequentialSampler,
    TensorDataset,
    iterating,
    random_generator,
)


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


class Stream(IterableDataset):
    """0, 1, ..., n - 1, one after the other, of which it may say another number."""

    def __init__(self, n, said=None):
        self.n, self.said = n, said

    def __iter__(self):
        return iter(range(self.n))

    def __len__(self):
        if self.said is None:
            raise TypeError("no length")
        return self.said


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_workers": -1}, "num_workers option should be non-negative"),
        ({"timeout": -1}, "timeout option should be non-negative"),
        ({"timeout": 1}, "timeout option needs num_workers"),
        ({"prefetch_factor": 2}, "prefetch_factor option needs num_workers"),
        ({"prefetch_factor": 0, "num_workers": 1}, "prefetch_factor option should be non-negative, and not 0"),
        ({"persistent_workers": True}, "persistent_workers option needs num_workers"),
        ({"multiprocessing_context": "spawn"}, "multiprocessing_context can only be used with"),
        ({"multiprocessing_context": "magic", "num_workers": 1}, "should specify a valid start method"),
        ({"sampler": [1], "shuffle": True}, "mutually exclusive with shuffle"),
        ({"batch_sampler": [[1]], "shuffle": True}, "mutually exclusive with batch_size, shuffle"),
        ({"batch_sampler": [[1]], "batch_size": 2}, "mutually exclusive with batch_size, shuffle"),
        ({"batch_sampler": [[1]], "drop_last": True}, "mutually exclusive with batch_size, shuffle"),
        ({"batch_sampler": [[1]], "sampler": [1]}, "mutually exclusive with batch_size, shuffle"),
        ({"batch_size": None, "drop_last": True}, "mutually exclusive with drop_last"),
    ],
)
def test_options_that_exclude_each_other(settings, message):
    with pytest.raises(ValueError, match=message):
        DataLoader(Count(3), **settings)


@pytest.mark.parametrize("settings", [{"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}])
def test_a_stream_has_its_own_order(settings):
    with pytest.raises(ValueError, match=f"expected unspecified {next(iter(settings))} option"):
        DataLoader(Stream(3), **settings)


def test_settings_stay_as_they_are():
    loader = DataLoader(Count(3), 2)
    for name in ("dataset", "batch_size", "drop_last", "sampler", "batch_sampler", "persistent_workers"):
        with pytest.raises(ValueError, match=f"{name} attribute should not be set"):
            setattr(loader, name, None)
    with pytest.raises(TypeError, match="multiprocessing_context option should be"):
        DataLoader(Count(3), num_workers=1, multiprocessing_context=3)


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


def test_nothing_is_batched():
    loader = DataLoader([np.zeros(2), {"a": (np.ones(1), "b")}, 3], batch_size=None)
    x, y, z = loader
    assert (x.tolist(), y["a"][0].tolist(), y["a"][1], z) == ([0, 0], [1], "b", 3)
    assert len(loader) == 3
    assert list(DataLoader("abcd", None, sampler=[3, 0])) == ["d", "a"]


@pytest.mark.parametrize(
    "batches", [[[0, 2], [1]], [np.array([0, 2]), np.array([1])], [tt_tensor.tensor([0, 2]), (1,)]]
)
@pytest.mark.parametrize("data", [Count(3), TensorDataset(tt_tensor.arange(3))])
def test_a_batch_sampler(batches, data):
    loader = DataLoader(data, batch_sampler=batches)
    found = [batch[0] if isinstance(batch, list) else batch for batch in loader]
    assert [x.tolist() for x in found] == [[0, 2], [1]]
    assert len(loader) == 2
    assert loader.batch_size is None


def test_a_list_of_indices_may_be_one_index():
    seen = []

    class Rows(Count):
        def __getitem__(self, index):
            seen.append(index)
            return np.asarray(index)

    loader = DataLoader(Rows(3), None, sampler=BatchSampler(SequentialSampler(range(3)), 2, drop_last=False))
    assert [x.tolist() for x in loader] == [[0, 1], [2]]
    assert seen == [[0, 1], [2]]


def test_the_length_of_a_pass():
    assert len(iter(DataLoader(Count(5), 2))) == 3
    assert len(iter(DataLoader(Stream(3, 5), 2))) == 3
    with pytest.raises(TypeError):
        len(iter(DataLoader(Stream(3), 2)))


def test_a_loader_of_yours():
    class Own(DataLoader):
        def __init__(self, n):
            self.dataset = "nothing yet"
            super().__init__(Count(n))

    assert len(list(Own(3))) == 3


def test_indices_may_be_anything():
    loader = DataLoader({"a": 1, "b": 2, "c": 3}, 2, sampler=["c", "a", "b"])
    assert [x.tolist() for x in loader] == [[3, 1], [2]]


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize("size", [1, 3, None])
def test_streams(size, drop):
    drop = drop and size is not None
    loader = DataLoader(Stream(7, 7), size, drop_last=drop)
    found = [k for batch in loader for k in (batch.tolist() if size else [batch])]
    assert found == list(range(7 // size * size if drop else 7))
    assert len(loader) == len(list(loader))


@pytest.mark.parametrize(("n", "size"), [(5, 2), (4, 2), (2, 3)])
@pytest.mark.parametrize("drop", [False, True])
def test_an_iterator_that_begins_anew_after_its_end(n, size, drop):
    class Circle:
        def __init__(self):
            self.k = 0

        def __iter__(self):
            return self

        def __next__(self):
            if self.k == n:
                self.k = 0
                raise StopIteration
            self.k += 1
            return self.k

    class Circles(IterableDataset):
        def __iter__(self):
            return Circle()

    batches = iter(DataLoader(Circles(), size, drop_last=drop))
    found = [k for batch in itertools.islice(batches, 10) for k in batch.tolist()]
    assert found == list(range(1, n + 1))[: n // size * size if drop else n]
    assert next(batches, None) is None


def test_a_stream_longer_than_it_said():
    loader = DataLoader(Stream(3, said=2))
    assert len(list(loader)) == 3  # nobody has asked
    assert len(loader) == 2
    with pytest.warns(UserWarning, match="was reported to be 2 .* but 3 samples have been fetched"):
        assert len(list(loader)) == 3
    with pytest.raises(TypeError):
        len(DataLoader(Stream(3)))


def test_an_error_does_not_end_the_pass():
    class Bad(Count):
        def __getitem__(self, index):
            return 1 / 0 if index == 1 else index

    batches = iter(DataLoader(Bad(3)))
    assert next(batches).tolist() == [0]
    with pytest.raises(ZeroDivisionError):
        next(batches)
    assert next(batches).tolist() == [2]
    with pytest.raises(StopIteration):
        next(batches)


def test_a_stopiteration_does_not_end_the_pass_in_silence():
    class Bad(Count):
        def __getitem__(self, index):
            return next(iter([]))

    with pytest.raises(RuntimeError, match="Bad raised StopIteration"):
        list(DataLoader(Bad(3)))


def test_memory_that_cannot_be_pinned():
    with pytest.warns(UserWarning, match="no accelerator is found"):
        list(DataLoader(Count(3), pin_memory=True))
    with pytest.warns(UserWarning, match="no accelerator is found"), pytest.warns(UserWarning, match="deprecated"):
        list(DataLoader(Count(3), pin_memory=True, pin_memory_device="cuda"))


def test_more_workers_than_cores():
    with pytest.warns(UserWarning, match="will create 4096 worker processes"):
        DataLoader(Count(3), num_workers=4096)


def test_an_interrupted_pass_is_taken_up_again():
    loader = DataLoader(Count(20), 4, shuffle=True, generator=tt_tensor.Generator().manual_seed(1))
    list(loader)
    state = loader.generator.get_state()
    first = [x.tolist() for x in loader]
    loader.generator.set_state(state)
    assert [x.tolist() for x in loader] == first


def test_pickling():
    loader = pickle.loads(pickle.dumps(DataLoader(TensorDataset(tt_tensor.arange(5)), 2)))
    assert [x.tolist() for (x,) in loader] == [[0, 1], [2, 3], [4]]
    with pytest.raises(NotImplementedError, match="cannot be pickled"):
        pickle.dumps(iter(loader))


class Slow(TensorDataset):
    """Batches that are worth a thread, because they seem to take long. It notes who gathers."""

    def __init__(self, n, bad=None):
        super().__init__(tt_tensor.arange(n))
        self.threads, self.bad = [], bad

    def gather(self, indices):
        self.threads.append(threading.current_thread().name)
        if self.bad in indices:
            raise KeyError("bad")
        return [*super().gather(indices), random_generator().numpy.random()]


@pytest.fixture
def two_threads(monkeypatch):
    monkeypatch.setattr(iterating, "WORTHWHILE", 0)
    before = tt_tensor.get_num_threads()
    tt_tensor.set_num_threads(2)
    yield
    tt_tensor.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_a_thread_works_ahead():
    def passes():
        loader = DataLoader(Slow(40), 4, shuffle=True, generator=tt_tensor.Generator().manual_seed(1))
        return [(x.tolist(), noise) for _ in range(2) for x, noise in loader], loader.dataset.threads

    ahead, threads = passes()
    assert threads.count("MainThread") == 4
    assert len(threads) == 20
    tt_tensor.set_num_threads(1)
    alone, threads = passes()
    assert set(threads) == {"MainThread"}
    assert ahead == alone
    assert len({noise for _, noise in alone}) == 20


@pytest.mark.usefixtures("two_threads")
def test_a_thread_s_error_comes_with_its_batch_and_no_thread_stays():
    batches = iter(DataLoader(Slow(20, bad=13), 4))
    for k in range(3):
        assert next(batches)[0].tolist()[0] == 4 * k
    with pytest.raises(KeyError, match="bad"):
        next(batches)
    assert next(batches)[0].tolist() == [16, 17, 18, 19]
    with pytest.raises(StopIteration):
        next(batches)
    (mine,) = [t for t in threading.enumerate() if t.name.startswith("tt_data")]
    alive = weakref.ref(batches)
    del batches
    gc.collect()
    mine.join(5)
    assert not mine.is_alive()
    assert alive() is None


def test_only_a_data_set_that_says_so_is_gathered_ahead(two_threads):
    class Own(Slow):
        ahead = False

    loader = DataLoader(Own(20), 4)
    list(loader)
    assert set(loader.dataset.threads) == {"MainThread"}
