"""The clock knows when memory was changed, through whatever view, and forgets memory that is gone."""

import gc
import pickle
import weakref

import numpy as np
from tt_tensor import versions


def test_a_change_is_seen_through_every_view():
    a = np.zeros((4, 4))
    row, transposed, other = a[1], a.T, np.zeros(4)
    time = versions.now()
    assert not versions.touched_since(a, time)
    versions.touch(row)
    assert all(versions.touched_since(v, time) for v in (a, row, transposed, a[2:]))
    assert not versions.touched_since(other, time)
    assert not versions.touched_since(a, versions.now())


def test_changes_are_counted():
    a = np.zeros(3)
    assert versions.count(a) == 0
    versions.touch(a[1:])
    versions.touch(a)
    assert versions.count(a) == versions.count(a[:2]) == 2


def test_memory_that_is_gone_is_forgotten():
    before = len(versions._touched)
    a = np.zeros(3)
    versions.touch(a)
    assert len(versions._touched) == before + 1
    del a
    gc.collect()
    assert len(versions._touched) == before


def test_memory_of_what_was_pickled_is_forgotten():
    before = len(versions._touched)
    a = pickle.loads(pickle.dumps(np.zeros(1000), protocol=4))
    assert type(a.base) is bytes  # which is how NumPy reads large ones; there are no weak references to bytes
    time = versions.now()
    versions.touch(a[1:])
    versions.touch(a)
    assert versions.touched_since(a[:1], time)
    assert versions.count(a) == 2
    rest = a[2:]
    del a
    assert versions.count(rest) == 2
    del rest
    gc.collect()
    assert len(versions._touched) == before


def test_memory_that_came_through_dlpack_is_forgotten():
    before = len(versions._touched)
    source = np.zeros(8)
    a, link = np.from_dlpack(source), weakref.ref(source)
    del source
    assert type(versions.owner(a)).__name__ == "PyCapsule"
    versions.touch(a[1:])
    del a
    gc.collect()
    assert link() is None
    assert len(versions._touched) == before


def test_memory_under_several_arrays_is_watched_when_one_is_gone():
    data = bytearray(16)  # there are no weak references to it either
    a, b = (np.ndarray(4, np.float32, buffer=data) for _ in "ab")
    time = versions.now()
    versions.touch(a)
    versions.touch(b)
    del a
    gc.collect()
    assert versions.touched_since(b, time)
    assert versions.count(b) == 2


def test_foreign_memory_is_watched_too():
    data = bytearray(16)
    a = np.frombuffer(data, np.float32)
    time = versions.now()
    versions.touch(a)
    assert versions.touched_since(np.frombuffer(data, np.float32), time) or versions.touched_since(a, time)
