"""Batches, lengths, warnings and errors are PyTorch's."""

import collections
import itertools
import warnings
from typing import NamedTuple

import numpy as np
import pytest
import torch
import tt_data as ours
import tt_tensor
from torch.utils import data as theirs
from torch.utils.data._utils.collate import collate as their_collate

pytestmark = pytest.mark.filterwarnings("ignore")


def same(a, b):
    """Whether structures of our tensors and of PyTorch's hold the same values, shapes and dtypes."""
    if isinstance(b, torch.Tensor):
        return a.numpy().dtype == b.numpy().dtype and a.shape == b.shape and bool((a.numpy() == b.numpy()).all())
    if isinstance(b, list | tuple | collections.deque):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, collections.abc.Mapping):
        return type(a) is type(b) and list(a) == list(b) and all(same(a[k], b[k]) for k in b)
    if isinstance(b, np.ndarray):
        return a is b
    return type(a) is type(b) and a == b


def outcome(function):
    """What a function returns and warns of, or the class of what it raises."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 (whatever it is, the other one must do the same)
            return error, [w.category for w in caught]
    return result, [w.category for w in caught]


def agree(mine, reference):
    """Assert that two functions do the same: equal results, or an error of the same class; as many warnings."""
    (a, warned_a), (b, warned_b) = outcome(mine), outcome(reference)
    if isinstance(b, Exception):
        assert isinstance(a, type(b)), (a, b)
    else:
        assert not isinstance(a, Exception), (a, b)
        assert same(a, b), (a, b)
        assert warned_a == warned_b


class Pair(NamedTuple):
    image: object
    label: object


class Record(collections.UserDict):
    """A mapping with more in it than its items."""


SAMPLES = [
    [1, 2],
    [1, 2.5],
    [1.5, 2],
    [True, False],
    [True, 2],
    [np.float32(1), np.float32(2)],
    [np.int16(1), np.int16(2)],
    [np.bool_(1), np.bool_(0)],
    [np.arange(2), np.arange(2)],
    [np.array(1.5), np.array(2.5)],
    [np.arange(2), np.arange(2.0)],
    [np.zeros((0, 2)), np.zeros((0, 2))],
    [np.array(["a"]), np.array(["b"])],
    [np.array([frozenset()]), np.array([frozenset()])],
    [np.str_("a"), np.str_("b")],
    [np.datetime64(1, "D"), np.datetime64(2, "D")],
    [np.timedelta64(1, "D"), np.timedelta64(2, "D")],
    [np.void(b"a"), np.void(b"b")],
    ["a", "b"],
    [b"a", b"b"],
    [{"a": 1, "b": 0.5}, {"a": 2, "b": 1.5}],
    [{"a": 1}, {"b": 2}],
    [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
    [collections.defaultdict(int, a=1), collections.defaultdict(int, a=2)],
    [(1, 2), (3, 4)],
    [[1, [0.5]], [3, [2.5]]],
    [Pair(1, (2,)), Pair(3, (4,))],
    [range(2), range(2, 4)],
    [collections.deque([1, 2]), collections.deque([3, 4])],
    [None, None],
    [{1}, {2}],
    [(1, 2), (1,)],
    [np.zeros(2), np.zeros(3)],
    [],
]


@pytest.mark.parametrize("samples", SAMPLES, ids=str)
def test_collate(samples):
    agree(lambda: ours.default_collate(samples), lambda: theirs.default_collate(samples))


@pytest.mark.parametrize(
    "sample", [*(s[0] for s in SAMPLES if s), [np.zeros(2), ("a", None)], Record(a=np.ones(2))], ids=str
)
def test_convert(sample):
    agree(lambda: ours.default_convert(sample), lambda: theirs.default_convert(sample))


def test_own_kinds_of_samples():
    kinds = {set: lambda samples, *, collate_fn_map: sorted(set().union(*samples))}
    samples = [({1}, [{2}]), ({3}, [{4}])]
    agree(lambda: ours.collate(samples, collate_fn_map=kinds), lambda: their_collate(samples, collate_fn_map=kinds))


def tensors(package, n):
    """A `TensorDataset` of n samples."""
    x, y = np.random.default_rng(0).random((n, 3), np.float32), np.arange(n)
    make = tt_tensor.from_numpy if package is ours else torch.from_numpy
    return package.TensorDataset(make(x), make(y))


def singles(package, n):
    """A data set of n samples that can be fetched only one by one."""
    del package
    return [(k, f"{k}", np.full(2, k)) for k in range(n)]


def stream(package, n):
    """A stream of n samples, which says that it has two fewer."""

    class Stream(package.IterableDataset):
        def __iter__(self):
            info = package.get_worker_info()
            return iter(range(n) if info is None else range(info.id, n, info.num_workers))

        def __len__(self):
            return n - 2

    return Stream()


def combined(package, n):
    """A data set made of others."""
    data = tensors(package, n)
    return package.ConcatDataset([package.Subset(data, range(n - 1, -1, -1)), data]) if n else data


SETTINGS = [
    {"batch_size": size, **rest}
    for size, rest in itertools.product(
        (1, 2, 4, 9, None, 0, -2, 1.5, True),
        ({}, {"drop_last": True}, {"sampler": [1, 0]}, {"sampler": []}, {"sampler": [1, 0], "shuffle": True}),
    )
] + [
    {"batch_sampler": [[0, 1], [2]]},
    {"batch_sampler": [[0, 1], [2]], "batch_size": 2},
    {"batch_sampler": [[0, 1], [2]], "shuffle": True},
    {"batch_sampler": [[0, 1], [2]], "shuffle": False},
    {"batch_sampler": [[0, 1], [2]], "sampler": [0]},
    {"batch_sampler": [[0, 1], [2]], "drop_last": True},
    {"batch_sampler": [], "collate_fn": len},
    {"batch_size": 3, "collate_fn": len},
    {"batch_size": None, "collate_fn": str},
    {"num_workers": -1},
    {"num_workers": 0, "prefetch_factor": 2},
    {"num_workers": 1, "prefetch_factor": -2},
    {"num_workers": 0, "persistent_workers": True},
    {"num_workers": 0, "multiprocessing_context": "fork"},
    {"num_workers": 1, "multiprocessing_context": "nothing"},
    {"num_workers": 1, "multiprocessing_context": 3},
    {"num_workers": 99},
    {"timeout": -1},
    {"pin_memory": True},
    {"pin_memory": True, "pin_memory_device": "cuda"},
    {"batch_size": 2, "drop_last": 3},
]


@pytest.mark.parametrize("data", [tensors, singles, stream, combined])
@pytest.mark.parametrize("n", [0, 1, 5, 8])
def test_loading(data, n):
    for settings in SETTINGS:

        def run(package, settings=settings):
            loader = package.DataLoader(data(package, n), **settings)
            length = len(loader)
            return [length, loader.batch_size, loader.drop_last] if loader.num_workers else [length, list(loader)]

        if data is singles and settings.get("collate_fn") is str:
            continue
        agree(lambda: run(ours), lambda: run(theirs))


WORKERS = [
    {"num_workers": 1},
    {"num_workers": 2, "prefetch_factor": 1},
    {"num_workers": 3, "persistent_workers": True},
    {"num_workers": 2, "batch_size": None},
    {"num_workers": 2, "drop_last": True},
]


@pytest.mark.parametrize("data", [tensors, singles, stream])
@pytest.mark.parametrize("settings", WORKERS, ids=str)
def test_loading_with_workers(data, settings):
    settings = {"batch_size": 2, "multiprocessing_context": "fork", **settings}

    def run(package):
        loader = package.DataLoader(data(package, 7), **settings)
        return [list(loader) for _ in range(2)]

    agree(lambda: run(ours), lambda: run(theirs))


def test_an_attribute_that_is_fixed():
    for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"):
        for package in (ours, theirs):
            with pytest.raises(ValueError, match=f"{name} attribute should not be set after DataLoader is initialized"):
                setattr(package.DataLoader([1]), name, 1)


PARTS = {
    "sequence": lambda p: list(p.SequentialSampler("abc")),
    "random": lambda p: sorted(p.RandomSampler("abc")),
    "random twice": lambda p: sorted(p.RandomSampler("abc", num_samples=6)),
    "random length": lambda p: len(p.RandomSampler("abc", replacement=True, num_samples=7)),
    "random replacement": lambda p: p.RandomSampler("abc", replacement=1),
    "random count": lambda p: p.RandomSampler("abc", num_samples=0),
    "random empty": lambda p: p.RandomSampler(""),
    "subset": lambda p: sorted(p.SubsetRandomSampler([5, 7])),
    "weighted": lambda p: list(p.WeightedRandomSampler([0, 1.0], 3)),
    "weighted without": lambda p: sorted(p.WeightedRandomSampler([2, 1.0], 2, False)),
    "weighted too many": lambda p: list(p.WeightedRandomSampler([2, 1.0], 3, False)),
    "weighted negative": lambda p: list(p.WeightedRandomSampler([-2, 1.0], 3)),
    "weighted count": lambda p: p.WeightedRandomSampler([1.0], True),
    "weighted replacement": lambda p: p.WeightedRandomSampler([1.0], 1, 1),
    "weighted shape": lambda p: p.WeightedRandomSampler([[1.0]], 1),
    "batches": lambda p: list(p.BatchSampler(p.SequentialSampler("abcde"), 2, False)),
    "batches drop": lambda p: list(p.BatchSampler("abcde", 2, True)),
    "batches size": lambda p: p.BatchSampler("abcde", 0, True),
    "batches drop what": lambda p: p.BatchSampler("abcde", 2, 1),
    "distributed": lambda p: [list(p.DistributedSampler(range(5), 3, k, shuffle=False)) for k in range(3)],
    "distributed drop": lambda p: [list(p.DistributedSampler(range(5), 3, k, False, 0, True)) for k in range(3)],
    "distributed few": lambda p: [list(p.DistributedSampler(range(2), 5, k, False)) for k in range(5)],
    "distributed fewer": lambda p: [list(p.DistributedSampler(range(2), 5, k, False, 0, True)) for k in range(5)],
    "distributed rank": lambda p: p.DistributedSampler(range(2), 2, 2),
    "distributed group": lambda p: p.DistributedSampler(range(2)),
    "subset item": lambda p: p.Subset("abc", [2, 0])[-1],
    "subset items": lambda p: p.Subset("abc", [2, 0]).__getitems__([1, 0]),
    "subset out of range": lambda p: p.Subset("abc", [2, 0])[2],
    "concat": lambda p: [p.ConcatDataset(["abc", "", "d"])[k] for k in range(-4, 4)],
    "concat sizes": lambda p: p.ConcatDataset(["abc", "", "d"]).cumulative_sizes,
    "concat below": lambda p: p.ConcatDataset(["abc", "d"])[-5],
    "concat above": lambda p: p.ConcatDataset(["abc", "d"])[4],
    "concat nothing": lambda p: p.ConcatDataset([]),
    "concat stream": lambda p: p.ConcatDataset([p.IterableDataset()]),
    "chain": lambda p: list(p.ChainDataset(["abc"])),
    "stack": lambda p: [p.StackDataset("ab", "cd")[1], p.StackDataset(a="ab", b="cd")[0]],
    "stack items": lambda p: [
        p.StackDataset("ab", "cd").__getitems__([1, 0]),
        p.StackDataset(a="ab").__getitems__([1]),
    ],
    "stack nothing": lambda p: p.StackDataset(),
    "stack both": lambda p: p.StackDataset("a", b="b"),
    "stack sizes": lambda p: p.StackDataset("a", "bc"),
    "split": lambda p: [len(x) for x in p.random_split(range(10), [0.3, 0.3, 0.4])],
    "split rest": lambda p: [len(x) for x in p.random_split(range(8), [0.3, 0.3, 0.4])],
    "split ints": lambda p: [len(x) for x in p.random_split(range(8), [3, 5])],
    "split one": lambda p: [len(x) for x in p.random_split(range(8), [0, 1])],
    "split wrong": lambda p: p.random_split(range(8), [3, 4]),
    "split negative": lambda p: p.random_split(range(8), [-0.5, 1.5]),
    "split to nothing": lambda p: [len(x) for x in p.random_split(range(1), [0.5, 0.5])],
    "sampler": lambda p: iter(p.Sampler()),
    "data set": lambda p: p.Dataset()[0],
    "data set's length": lambda p: len(p.Dataset()),
    "data sets of a kind": lambda p: [p.Dataset[int] is None, p.DataLoader[int] is None, p.Sampler[int] is None],
    "worker": lambda p: p.get_worker_info(),
}


@pytest.mark.parametrize("name", PARTS)
def test_parts(name):
    agree(lambda: PARTS[name](ours), lambda: PARTS[name](theirs))


def test_sizes_that_differ():
    with pytest.raises(AssertionError):
        theirs.TensorDataset(torch.zeros(2), torch.zeros(3))
    with pytest.raises(ValueError, match="must agree"):
        ours.TensorDataset(tt_tensor.zeros(2), tt_tensor.zeros(3))
