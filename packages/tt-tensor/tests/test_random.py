"""Random tensors: the same seed gives the same numbers, and the numbers have the distribution that was asked for."""

import os
import signal
import threading

import pytest
import tt_tensor as tt

N = 20000


@pytest.mark.parametrize(
    "f",
    [
        lambda: tt.randint(5, 3, (2,)), lambda: tt.rand(2, dtype=tt.int64), lambda: tt.randperm(-1), lambda: tt.normal(0.0, -1.0, (2,)),
        lambda: tt.normal(tt.zeros(2), tt.tensor([-1.0, 1.0])), lambda: tt.bernoulli(tt.tensor([2.0])), lambda: tt.bernoulli(tt.tensor([1])),
        lambda: tt.bernoulli(tt.tensor([float("nan")])), lambda: tt.multinomial(tt.tensor([0.0, 1.0]), 2), lambda: tt.multinomial(tt.tensor([-1.0, 1.0]), 1),
        lambda: tt.multinomial(tt.tensor([1, 2]), 1), lambda: tt.multinomial(tt.ones(2), 0), lambda: tt.multinomial(tt.ones(1, 1, 1), 1),
        lambda: tt.ones(1).uniform_(1, 0), lambda: tt.arange(2).uniform_(), lambda: tt.ones(1).normal_(0, -1), lambda: tt.ones(1).exponential_(0),
        lambda: tt.ones(1).bernoulli_(2), lambda: tt.ones(1).geometric_(0), lambda: tt.ones(1).random_(3, 3), lambda: tt.rand_like(tt.arange(2)),
        lambda: tt.set_rng_state(tt.zeros(3)), lambda: tt.manual_seed(2**65),
    ],
)  # fmt: skip
def test_misuse(f):
    with pytest.raises(RuntimeError):
        f()


@pytest.mark.parametrize("f", [lambda: tt.rand(2, generator=3), lambda: tt.randint(5), lambda: tt.rand(2, seed=1)])
def test_misuse_of_arguments(f):
    with pytest.raises(TypeError):
        f()


DRAWS = {
    "rand": lambda g: tt.rand(N, generator=g), "randn": lambda g: tt.randn(N, generator=g), "randint": lambda g: tt.randint(10, (N,), generator=g),
    "randperm": lambda g: tt.randperm(N, generator=g), "normal": lambda g: tt.normal(tt.ones(N), 2.0, generator=g), "rand_like": lambda g: tt.rand_like(tt.ones(N), generator=g),
    "bernoulli": lambda g: tt.bernoulli(tt.full((N,), 0.3), generator=g), "multinomial": lambda g: tt.multinomial(tt.ones(N, 3), 2, generator=g),
    "uniform_": lambda g: tt.empty(N).uniform_(-1, 3, generator=g), "normal_": lambda g: tt.empty(N).normal_(1, 2, generator=g),
    "exponential_": lambda g: tt.empty(N).exponential_(0.5, generator=g), "bernoulli_": lambda g: tt.empty(N).bernoulli_(0.3, generator=g),
    "random_": lambda g: tt.empty(N).random_(0, 10, generator=g), "cauchy_": lambda g: tt.empty(N).cauchy_(generator=g),
    "log_normal_": lambda g: tt.empty(N).log_normal_(generator=g), "geometric_": lambda g: tt.empty(N).geometric_(0.5, generator=g),
    "poisson": lambda g: tt.poisson(tt.full((N,), 2.0), g), "randint_like": lambda g: tt.randint_like(tt.ones(N), 10, generator=g),
    "randn_like": lambda g: tt.randn_like(tt.ones(N), generator=g),
}  # fmt: skip
MEANS = {
    "rand": 0.5, "randn": 0, "randint": 4.5, "randperm": (N - 1) / 2, "normal": 1, "rand_like": 0.5, "bernoulli": 0.3, "multinomial": 1, "uniform_": 1, "normal_": 1,
    "exponential_": 2, "bernoulli_": 0.3, "random_": 4.5, "geometric_": 2, "poisson": 2, "randint_like": 4.5, "randn_like": 0,
}  # fmt: skip


@pytest.mark.parametrize("name", DRAWS)
def test_draws(name):
    draw, g = DRAWS[name], tt.Generator()
    first = draw(g.manual_seed(3))
    state = g.get_state()
    second = draw(g)
    assert not tt.equal(first, second)
    assert tt.equal(draw(g.set_state(state)), second)
    assert tt.equal(draw(tt.Generator().manual_seed(3)), first)
    tt.manual_seed(3)
    assert tt.equal(draw(None), first)
    if name in MEANS:
        values = first.double()
        assert abs(values.mean().item() - MEANS[name]) < 6 * values.std().item() / values.numel() ** 0.5 + 1e-9


def test_ranges():
    x = tt.rand(N)
    assert (x >= 0).all() and (x < 1).all()  # noqa: PT018
    x = tt.empty(N).uniform_(-0.1, 0.1)
    assert (x >= -0.1).all() and (x < 0.1).all()  # noqa: PT018
    assert set(tt.randint(2, 5, (N,)).tolist()) == {2, 3, 4}
    assert sorted(tt.randperm(50).tolist()) == list(range(50))
    assert tt.rand(()).shape == tt.randn(()).shape == ()
    assert tt.rand(0, 3).shape == (0, 3)
    assert abs(tt.randn(N).std().item() - 1) < 0.03


def test_multinomial_says_what_is_wrong_with_the_weights():
    with pytest.raises(RuntimeError, match="all weights of a row are zero"):
        tt.multinomial(tt.zeros(3), 2, replacement=True)
    with pytest.raises(RuntimeError, match="2 samples without repeats from 1 weights.*replacement=True"):
        tt.multinomial(tt.tensor([0.0, 1.0]), 2)


def test_multinomial_follows_the_weights():
    tt.manual_seed(0)
    x = tt.multinomial(tt.tensor([1.0, 0.0, 3.0]), N, replacement=True)
    assert abs((x == 2).float().mean().item() - 0.75) < 0.02
    assert not (x == 1).any()
    rows = tt.multinomial(tt.tensor([[1.0, 0.0, 3.0]]).repeat(N, 1), 2)
    assert (rows.sort(1).values == tt.tensor([0, 2])).all()
    assert abs((rows[:, 0] == 2).float().mean().item() - 0.75) < 0.02


def test_seeds_and_scopes():
    assert tt.manual_seed(5) is tt.default_generator
    assert tt.initial_seed() == 5
    a = tt.get_rng_state()
    with tt.fork_rng():
        tt.rand(3)
    assert tt.equal(tt.get_rng_state(), a)
    assert tt.seed() == tt.initial_seed() != 5
    tt.set_rng_state(a)
    assert tt.initial_seed() == 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_goes_on_drawing_although_another_thread_drew_when_it_was_forked():
    tt.manual_seed(0)
    state, drawing, end = tt.get_rng_state(), threading.Event(), threading.Event()

    def draw():
        with tt.default_generator.numpy.bit_generator.lock:
            drawing.set()
            end.wait()

    thread = threading.Thread(target=draw)
    thread.start()
    drawing.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # ends the child, which would else wait forever
        same = False
        try:
            x = tt.rand(3)
            tt.set_rng_state(state)
            same = tt.equal(x, tt.rand(3))
        finally:  # whatever happens, the child does not go on with the tests of its parent
            os._exit(0 if same else 1)
    end.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0
