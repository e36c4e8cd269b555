import threading

import pytest
import tt_autograd as tt
from tt_autograd import enable_grad, grad_mode, inference_mode, is_grad_enabled, no_grad, set_grad_enabled


def recorded():
    return (tt.tensor(1.0, requires_grad=True) * 2).requires_grad


def test_blocks_nest_and_restore_after_errors():
    assert recorded()
    with no_grad():
        assert not recorded()
        with enable_grad():
            assert recorded()
        with pytest.raises(ZeroDivisionError), enable_grad():
            1 / 0
        assert not recorded()
    assert recorded()
    assert grad_mode.unusual == 0


def test_set_grad_enabled_acts_at_once_or_within_a_block():
    set_grad_enabled(False)
    try:
        assert not recorded()
    finally:
        set_grad_enabled(True)
    with set_grad_enabled(False):
        assert not recorded()
    assert recorded()

    @set_grad_enabled(False)
    def f():
        return recorded()

    assert recorded()
    assert not f()
    assert recorded()


def test_inference_mode():
    with inference_mode():
        assert tt.is_inference_mode_enabled()
        assert not recorded()
        with inference_mode(False):
            assert recorded()
    assert not tt.is_inference_mode_enabled()
    assert recorded()


def test_decorators():
    @no_grad()
    def f():
        return recorded()

    @no_grad
    def g():
        """Doc."""
        return recorded()

    assert not f()
    assert not g()
    assert g.__doc__ == "Doc."
    assert recorded()


def test_generators_pause_only_while_they_run():
    @no_grad()
    def numbers():
        got = yield recorded()
        try:
            yield got, recorded()
        except KeyError:
            yield "thrown", recorded()
        return "end"

    run = numbers()
    assert next(run) is False
    assert recorded()
    assert run.send(3) == (3, False)
    assert run.throw(KeyError()) == ("thrown", False)
    with pytest.raises(StopIteration) as end:
        next(run)
    assert end.value.value == "end"
    assert recorded()


def test_generators_pause_while_they_are_closed():
    seen = []

    @no_grad()
    def numbers():
        try:
            yield 1
        finally:
            seen.append(recorded())

    run = numbers()
    next(run)
    run.close()
    assert seen == [False]
    assert recorded()


def test_a_block_can_be_entered_again():
    block = no_grad()
    with block:
        with block:
            assert not recorded()
        assert not recorded()
    assert recorded()


def test_modes_belong_to_a_thread():
    inside, leave, seen = threading.Event(), threading.Event(), []

    def work():
        with no_grad():
            inside.set()
            leave.wait(10)
            seen.append(recorded())

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    assert is_grad_enabled()
    assert recorded()
    leave.set()
    thread.join()
    assert seen == [False]
