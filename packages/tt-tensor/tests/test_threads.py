"""The pool of threads."""

import os
import threading
import weakref

import numpy as np
import pytest
from tt_tensor import get_num_threads, set_num_threads, threads
from tt_tensor.threads import (
    Turns,
    available_cores,
    even_pieces,
    hold_blas_with,
    pieces,
    shares,
    spread,
    spread_products,
    start,
    start_product,
)


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


def test_a_part_may_share_out_its_own_work(two):
    def outer(part):
        return sum(spread(lambda k: 10 * part + k, range(3)))

    assert spread(outer, range(4)) == [30 * part + 3 for part in range(4)]


def test_what_busy_threads_have_not_begun_the_caller_does(two):
    free, busy = threading.Event(), threading.Event()

    def stuck(part):
        if part:
            busy.set()
            free.wait(20)

    other = threading.Thread(target=spread, args=(stuck, [0, 1]))  # takes the pool's only thread
    other.start()
    assert busy.wait(20)
    idents = spread(lambda part: threading.get_ident(), range(3))
    free.set()
    other.join()
    assert set(idents) == {threading.get_ident()}


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not say where threads run")
def test_a_thread_that_steps_aside_keeps_away_from_that_core_alone():
    every, seen = os.sched_getaffinity(os.getpid()), []

    def aside():
        for busy in every:
            threads.step_aside(busy)
            seen.append((busy, os.sched_getaffinity(0)))

    other = threading.Thread(target=aside)
    other.start()
    other.join()
    assert seen == [(busy, every - {busy} or every) for busy in every]
    assert os.sched_getaffinity(os.getpid()) == every


def test_several_callers_at_once(two):
    totals = []
    callers = [
        threading.Thread(target=lambda k=k: totals.append(sum(spread(lambda part: part * k, range(50)))))
        for k in range(8)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(totals) == [1225 * k for k in range(8)]


def test_nothing_of_a_result_is_kept(two):
    meet, gone = threading.Barrier(2, timeout=20), threading.Event()

    def work(_):
        meet.wait()
        return np.zeros(8)

    links = [weakref.ref(a, lambda _: gone.set()) for a in spread(work, range(2))[1:]]
    assert gone.wait(20)  # the other thread may take a while to let go of it
    assert links[0]() is None


def test_products_are_left_to_blas_where_nobody_can_hold_it(two, monkeypatch):
    monkeypatch.setattr(threads._pool, "one_blas_thread", None)
    assert set(spread_products(lambda part: threading.get_ident(), range(3))) == {threading.get_ident()}


def test_blas_is_held_while_products_are_shared_out(two, monkeypatch):
    seen = []

    monkeypatch.setattr(threads._pool, "one_blas_thread", None)
    hold_blas_with(lambda: seen.append("held"))
    assert spread_products(lambda part: seen.append(part), range(2)) == [None, None]
    assert seen[0] == "held"
    assert sorted(seen[1:]) == [0, 1]


def test_even_pieces():
    assert even_pieces(slice(3, 13), 4) == [slice(3, 7), slice(7, 11), slice(11, 13)]
    assert even_pieces(slice(0, 12), 5) == [slice(0, 4), slice(4, 8), slice(8, 12)]
    assert even_pieces(slice(0, 0), 5) == []


def test_the_first_share_may_be_longer():
    assert shares(100, most=2, ahead=20) == [slice(0, 60), slice(60, 100)]
    assert shares(100, most=3, ahead=10, unit=8) == [slice(0, 40), slice(40, 64), slice(64, 100)]
    assert shares(100, least=40, most=2, ahead=99) == [slice(0, 60), slice(60, 100)]  # the others keep their least


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


def test_a_product_that_was_handed_over_is_not_shared_out_again_whoever_does_it(two):
    mine = start_product(lambda n: shares(n), 100)  # by the pool, or by this thread if the pool has not begun
    assert mine.result() == [slice(0, 100)]
    assert start(lambda n: shares(n), 100, most=1).result() == [slice(0, 100)]
    assert start(lambda n: shares(n), 100).result() == [slice(0, 50), slice(50, 100)]
    assert shares(100) == [slice(0, 50), slice(50, 100)]


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


def test_parts_that_threads_take_in_turn_are_taken_once(two):
    turns, meet = Turns(range(1000)), threading.Barrier(2, timeout=20)

    def work(_):
        meet.wait()
        return list(turns)

    taken = spread(work, range(2))
    assert sorted(taken[0] + taken[1]) == list(range(1000))
    assert all(part == sorted(part) for part in taken)
    assert list(turns) == []


@pytest.mark.parametrize("step", [1, 3, 7, 100])
def test_pieces_cover_a_slice_once_and_in_order(step):
    parts = pieces(slice(5, 12), step)
    assert [k for part in parts for k in range(part.start, part.stop)] == list(range(5, 12))
    assert all(part.stop - part.start == step for part in parts[:-1])
    assert pieces(slice(5, 5), step) == []
