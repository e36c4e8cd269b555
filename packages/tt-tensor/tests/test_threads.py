"""The pool of threads."""

import os
import threading

import numpy as np
import pytest
from tt_tensor import get_num_threads, set_num_threads
from tt_tensor.threads import available_cores, pieces, shares, spread


@pytest.fixture
def two():
    before = get_num_threads()
    set_num_threads(2)
    yield
    set_num_threads(before)


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True, "2", None])
def test_a_number_of_threads_is_a_positive_int(wrong):
    with pytest.raises((TypeError, RuntimeError), match="expected a"):
        set_num_threads(wrong)


def test_an_exception_of_any_part_comes_through(two):
    def work(part):
        if part == 1:
            raise KeyError("part 1")
        return part

    with pytest.raises(KeyError, match="part 1"):
        spread(work, [0, 1, 2])
    assert spread(work, [2, 3]) == [2, 3]  # and the pool still works


def test_parts_run_on_several_threads_and_come_back_in_order(two):
    meet = threading.Barrier(2, timeout=20)

    def work(part):
        meet.wait()
        return part, threading.get_ident()

    (a, first), (b, second) = spread(work, "ab")
    assert (a, b) == ("a", "b")
    assert first == threading.get_ident() != second


def test_parts_divide_by_zero_in_silence(two):
    x = np.zeros(4)
    out = spread(lambda part: x[part] / x[part] if part.start else 0, shares(4))
    assert np.isnan(out[1]).all()


def test_one_thread_starts_none():
    before = get_num_threads()
    set_num_threads(1)
    idents = spread(lambda part: threading.get_ident(), range(5))
    set_num_threads(before)
    assert set(idents) == {threading.get_ident()}


@pytest.mark.parametrize(("n", "least"), [(0, 1), (1, 1), (5, 1), (64, 1), (7, 4), (3, 8)])
def test_shares_cover_the_range_once(two, n, least):
    parts = shares(n, least)
    assert [i for part in parts for i in range(n)[part]] == list(range(n))
    assert len(parts) == 1 or min(part.stop - part.start for part in parts) >= least


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_child_makes_its_own_threads(two):
    spread(lambda part: part, range(2))
    child = os.fork()
    if child == 0:
        os._exit(0 if spread(lambda part: part, range(3)) == [0, 1, 2] else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_the_environment_says_how_many(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert available_cores() == 3
    monkeypatch.setenv("OMP_NUM_THREADS", "nonsense")
    assert available_cores() >= 1


@pytest.mark.parametrize("step", [1, 3, 7, 100])
def test_pieces_cover_a_slice_once_and_in_order(step):
    parts = pieces(slice(5, 12), step)
    assert [k for part in parts for k in range(part.start, part.stop)] == list(range(5, 12))
    assert all(part.stop - part.start == step for part in parts[:-1])
    assert pieces(slice(5, 5), step) == []
