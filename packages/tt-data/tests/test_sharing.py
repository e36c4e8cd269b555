"""Batches go through a pipe and come out the same; memory is used again when, and only when, nobody looks at it."""

import gc
import multiprocessing
import sys

import numpy as np
import pytest
import tt_tensor
from hypothesis import given
from hypothesis import strategies as st
from tt_data import sharing
from tt_data.sharing import HELD, Receiver, Sender

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there all goes through the pipe")


class Line:
    """Both ends of a line within one process."""

    def __init__(self):
        here, there = multiprocessing.Pipe()
        self.sender, self.receiver = Sender(there), Receiver(here)
        self.pipes = here, there

    def pass_on(self, content):
        """What comes out when `content` is put in."""
        self.sender.free += self.receiver.take_freed()
        self.sender.send("head", content)
        head, get = self.receiver.receive()
        assert head == "head"
        return get()

    def close(self):
        for pipe in self.pipes:
            pipe.close()


@pytest.fixture
def line():
    line = Line()
    yield line
    line.close()


@given(
    st.lists(
        st.tuples(st.sampled_from(["u1", "i8", "f4", "c16", "bool"]), st.lists(st.integers(0, 40), max_size=3)),
        max_size=4,
    ),
    st.booleans(),
)
def test_all_kinds_of_arrays(kinds, turned):
    line = Line()
    arrays = [np.asarray(np.random.default_rng(0).random(shape) * 100).astype(dtype) for dtype, shape in kinds]
    arrays = [a.T for a in arrays] if turned else arrays
    content = {"arrays": arrays, "tensors": [tt_tensor.from_numpy(a) for a in arrays], "text": "a" * 20_000}
    found = line.pass_on(content)
    line.close()
    for a, b, x in zip(arrays, found["arrays"], found["tensors"]):
        for c in (b, x.array):
            assert (c.dtype, c.shape) == (a.dtype, a.shape)
            assert (c == a).all()
            assert c.flags.writeable
            assert c.ctypes.data % c.dtype.alignment == 0
        assert x.array.dtype is np.dtype(a.dtype.char)  # the one object that stands for it
    assert found["text"] == content["text"]


def test_memory_goes_back_with_its_last_array(line):
    x = line.pass_on(np.ones(10_000))
    part = x[5:7]
    del x
    y = line.pass_on(np.full(10_000, 2.0))
    assert part.tolist() == [1, 1]
    assert len(line.receiver.segments) == 2
    del part
    z = line.pass_on(np.full(10_000, 3.0))
    assert len(line.receiver.segments) == 2
    assert (y[0], z[0]) == (2, 3)


def test_segments_that_have_become_too_small(line):
    for size in (10_000, 20_000, 40_000, 10_000, 40_000):
        assert line.pass_on(np.arange(size)).sum() == size * (size - 1) // 2
        assert len(line.receiver.segments) == len(line.sender.segments) == 1
    assert len(next(iter(line.receiver.segments.values()))) == 320_000 // sharing.PAGE * sharing.PAGE + sharing.PAGE


def test_who_keeps_much_gets_copies(line):
    kept = [line.pass_on(np.full(10_000, k)) for k in range(3 * HELD)]
    assert len(line.receiver.segments) <= HELD + 1
    assert [a[0] for a in kept] == list(range(3 * HELD))
    del kept
    gc.collect()
    line.pass_on(np.ones(10_000))
    assert len(line.receiver.take_freed()) == 1


def test_an_end_in_the_middle(line):
    line.pipes[1].close()
    with pytest.raises((EOFError, OSError)):
        line.receiver.receive()


def test_without_shared_memory(monkeypatch, line):
    monkeypatch.setattr(sharing, "SHARES", False)
    x = line.pass_on(np.arange(3_000))
    x += 1
    assert x[-1] == 3_000
    assert not line.receiver.segments


def test_memory_without_memfd(monkeypatch, line):
    monkeypatch.setattr(sharing.sys, "platform", "darwin")
    assert line.pass_on(np.arange(10_000))[-1] == 9_999
