"""Gradients of weights that another thread computes while backward goes on."""

import threading

import numpy as np
import pytest
from tt_autograd import backward, grad, tensor
from tt_autograd.later import Later, later, now
from tt_autograd.rules import products
from tt_tensor import get_num_threads, set_num_threads, threads
from tt_tensor.ops.matmul import linear_p

SIZE = 256  # large enough for products to be left to another thread


@pytest.fixture(autouse=True)
def two_threads(monkeypatch):
    before = get_num_threads()
    monkeypatch.setattr(threads._pool, "one_blas_thread", lambda: None)
    set_num_threads(2)
    yield
    set_num_threads(before)


@pytest.fixture
def made(monkeypatch):
    """What rules left to other threads."""
    seen = []

    def noted(*arguments):
        seen.extend(later(*arguments))
        return seen[-2:]

    monkeypatch.setattr(products, "later", noted)
    return seen


def numbers(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def parameters(*arrays):
    return [tensor(a).requires_grad_() for a in arrays]


def test_a_chain_of_layers_has_the_gradients_that_one_thread_finds(made):
    arrays = [numbers(SIZE, SIZE), *(numbers(SIZE, SIZE) / 16 for _ in range(4)), numbers(SIZE)]

    def gradients():
        x, *weights, bias = parameters(*arrays)
        for w in weights:
            x = linear_p(x, w, bias).tanh()
        x.sum().backward()
        return [p.grad.numpy() for p in (*weights, bias)]

    several = gradients()
    assert len(made) == 8
    set_num_threads(1)
    for a, b in zip(several, gradients(), strict=True):
        assert np.array_equal(a, b)
    assert len(made) == 8


def test_a_weight_that_is_used_twice_gets_the_sum(made):
    x, w = parameters(numbers(SIZE, SIZE), numbers(SIZE, SIZE))
    linear_p(linear_p(x, w), w).sum().backward()
    one = np.ones((SIZE, SIZE), np.float32)
    first, second = x.array, x.array @ w.array.T
    assert made
    np.testing.assert_allclose(w.grad.numpy(), one.T @ second + (one @ w.array).T @ first, rtol=1e-4, atol=1e-2)


def test_a_weight_that_was_computed_hands_its_gradient_on(made):
    x, w = parameters(numbers(SIZE, SIZE), numbers(SIZE, SIZE))
    linear_p(x, w * 2).sum().backward()
    assert made
    np.testing.assert_allclose(w.grad.numpy(), 2 * np.ones((SIZE, SIZE)).T @ x.array, rtol=1e-4, atol=1e-3)


def test_grad_and_hooks_see_arrays(made):
    x, w = parameters(numbers(SIZE, SIZE), numbers(SIZE, SIZE))
    y = linear_p(x, w)
    (found,) = grad(y.sum(), w, retain_graph=True)
    seen = []
    y.grad_fn.register_hook(lambda inputs, _: seen.extend(inputs))
    w.register_hook(lambda g: g * 0 + 3)
    backward(y.sum())
    assert made
    assert np.array_equal(seen[1].numpy(), found.numpy())
    assert (w.grad.numpy() == 3).all()


def test_what_another_thread_raises_comes_out_of_backward(monkeypatch):
    def fails(part):
        raise MemoryError("no room for the product")

    monkeypatch.setattr(products, "later", lambda work, parts, *arrays: later(fails, parts, *arrays))
    x, w = parameters(numbers(SIZE, SIZE), numbers(SIZE, SIZE))
    with pytest.raises(MemoryError, match="no room"):
        linear_p(x, w).sum().backward()
    assert w.grad is None


def test_a_pool_that_is_busy_does_not_hold_up_backward_nor_keep_arrays(made):
    free, busy = threading.Event(), threading.Event()
    blocker = threads.start(lambda _: (busy.set(), free.wait(20)), None)
    assert busy.wait(20)
    try:
        x, *weights = parameters(*(numbers(SIZE, SIZE) / 16 for _ in range(9)))
        for w in weights:
            x = linear_p(x, w)
        x.sum().backward()
        assert all(w.grad is not None for w in weights)
    finally:
        free.set()
    blocker.result()
    assert len(made) == 16


def test_now_waits_for_all_parts():
    out = np.zeros(4)

    def work(k):
        out[k] = k

    first, second = later(work, range(4), out, out[:2])
    assert type(first) is Later
    assert [now(a).tolist() for a in (first, second, np.ones(1))] == [[0, 1, 2, 3], [0, 1], [1]]
