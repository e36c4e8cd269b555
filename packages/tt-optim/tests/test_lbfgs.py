"""L-BFGS: misuse, minima that are known, what a step leaves behind, and going on from saved state."""

import copy

import numpy as np
import pytest
from tt_autograd import cat, manual_seed, randn, tensor
from tt_optim import LBFGS, load_checkpoint, save_checkpoint
from tt_optim.line_search import Point, lowest


def closure_of(opt, loss):
    """What `step` calls; it counts its calls."""

    def closure():
        closure.calls += 1
        opt.zero_grad()
        value = loss()
        value.backward()
        return value

    closure.calls = 0
    return closure


def rosenbrock(w):
    return (1 - w[0]) ** 2 + 100 * (w[1] - w[0] ** 2) ** 2


def test_misuse():
    w = tensor([1.0], requires_grad=True)
    for settings, words in (
        ({"lr": -1}, "learning rate"),
        ({"history_size": 0}, "at least 1"),
    ):
        with pytest.raises(ValueError, match=words):
            LBFGS([w], **settings)
    with pytest.raises(ValueError, match="parameter groups"):
        LBFGS([{"params": [w]}, {"params": [tensor([1.0], requires_grad=True)]}])
    with pytest.raises(TypeError, match="closure"):
        LBFGS([w]).step()
    opt = LBFGS([w], line_search_fn="armijo")
    with pytest.raises(RuntimeError, match="strong_wolfe"):
        opt.step(closure_of(opt, lambda: (w * w).sum()))


@pytest.mark.parametrize("history_size", [3, 100])
def test_the_minimum_of_rosenbrocks_valley(history_size):
    w = tensor(np.array([-1.2, 1.0]), requires_grad=True)
    opt = LBFGS([w], max_iter=100, history_size=history_size, line_search_fn="strong_wolfe")
    closure = closure_of(opt, lambda: rosenbrock(w))
    assert opt.step(closure).item() == pytest.approx(24.2)  # the first loss
    np.testing.assert_allclose(w.detach().numpy(), [1, 1], atol=1e-4)
    state = opt.state[w]
    assert state["func_evals"] == closure.calls
    assert len(state["old_dirs"]) <= history_size


def test_a_quadratic_form_of_several_parameters():
    """With an exact line search it would take as many iterations as there are dimensions."""
    manual_seed(0)
    a, b = randn(2, 2).double().requires_grad_(), randn(3).double().requires_grad_()
    unused = tensor([5.0], requires_grad=True)
    m = randn(7, 7).double()
    target = randn(7).double()

    def row():
        return cat([a.flatten(), b])

    def loss():
        x = m @ m.T @ (row() - target) + (row() - target)
        return (x * x).sum()

    opt = LBFGS(
        [a, unused, b], max_iter=60, tolerance_grad=1e-10, tolerance_change=1e-14, line_search_fn="strong_wolfe"
    )
    opt.step(closure_of(opt, loss))
    np.testing.assert_allclose(row().detach().numpy(), target.numpy(), atol=1e-5)
    assert unused.tolist() == [5.0]


def test_limits_are_kept():
    for settings, iterations, calls in (
        ({"max_iter": 3, "max_eval": 99}, 3, 3),  # after the last one nothing is evaluated
        ({"max_iter": 20, "max_eval": 4}, 3, 4),
        ({"max_iter": 0}, 0, 1),
        ({"tolerance_grad": 1e9}, 0, 1),
    ):
        w = tensor(np.array([-1.2, 1.0]), requires_grad=True)
        opt = LBFGS([w], lr=1e-3, **settings)
        closure = closure_of(opt, lambda w=w: rosenbrock(w))
        opt.step(closure)
        assert (opt.state[w]["n_iter"], closure.calls) == (iterations, calls)


def test_an_error_in_the_line_search_leaves_the_parameters():
    w = tensor(np.array([-1.2, 1.0]), requires_grad=True)
    opt = LBFGS([w], line_search_fn="strong_wolfe")
    inner = closure_of(opt, lambda: rosenbrock(w))

    def closure():
        if inner.calls == 2:
            raise KeyboardInterrupt
        return inner()

    with pytest.raises(KeyboardInterrupt):
        opt.step(closure)
    assert w.tolist() == [-1.2, 1.0]


def without_ro(state):
    """The state as it was saved when `ro` was not kept."""
    return state | {"state": {0: {name: x for name, x in state["state"][0].items() if name != "ro"}}}


@pytest.mark.parametrize("line_search_fn", [None, "strong_wolfe"])
def test_saved_state_goes_on_where_it_was(tmp_path, line_search_fn):
    def begin():
        w = tensor(np.array([-1.2, 1.0]), requires_grad=True)
        opt = LBFGS([w], lr=0.1, max_iter=3, history_size=2, line_search_fn=line_search_fn)
        return w, opt, closure_of(opt, lambda: rosenbrock(w))

    w, opt, closure = begin()
    opt.step(closure)
    save_checkpoint(tmp_path / "a", optimizer=opt, w=w)
    saved = copy.deepcopy(opt.state_dict())
    opt.step(closure)
    for load in (
        lambda other: other.load_state_dict(saved),
        lambda other: load_checkpoint(tmp_path / "a", optimizer=other),
        lambda other: other.load_state_dict(without_ro(saved)),
    ):
        again, other, closure = begin()
        again.data.copy_(load_checkpoint(tmp_path / "a")["w"])
        load(other)
        other.step(closure)
        assert again.tolist() == w.tolist()


def test_the_lowest_place_of_a_cubic():
    def point(t):  # of t**3 - 3 t, whose minimum is at 1
        return Point(t, t**3 - 3 * t, None, 3 * t**2 - 3)

    for a, b in ((0.0, 3.0), (3.0, 0.0), (-0.5, 1.7)):
        assert lowest(point(a), point(b), 0.0, 5.0) == pytest.approx(1.0)
    assert lowest(point(0.0), point(3.0), 1.5, 5.0) == 1.5
    assert lowest(point(2.0), point(2.0), 0.0, 3.0) == 1.5
    line = Point(0.0, 1.0, None, -1.0), Point(1.0, 0.0, None, -1.0)
    assert lowest(*line, 2.0, 4.0) == 3.0
