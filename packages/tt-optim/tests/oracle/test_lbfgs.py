"""L-BFGS against PyTorch's: losses, parameters, numbers of iterations and evaluations; its state moves here."""

import itertools

import numpy as np
import pytest
import torch
import tt_autograd
import tt_optim

SETTINGS = [
    {"lr": lr, "max_iter": max_iter, "history_size": size, "line_search_fn": search, "max_eval": most}
    for lr, max_iter, size, search, most in itertools.product(
        [0.1, 1.0], [1, 4, 20], [1, 100], [None, "strong_wolfe"], [None, 3]
    )
]
LOSSES = {
    "squares": lambda lib, r, u: (r * r).sum() + (u * u).sum(),
    "quartic": lambda lib, r, u: (r * r).sum() + u.pow(4).sum(),
    "log": lambda lib, r, u: (1 + (r * r).sum()).log() + u.sin().sum(),
}


class Problem:
    """A loss of two parameters, and an optimizer for it, in one of the libraries."""

    def __init__(self, lib, optim, loss, settings, start):
        a, b, w, u = (lib.tensor(x) for x in start)
        self.params = w.requires_grad_(), u.requires_grad_()
        self.opt = optim.LBFGS(self.params, **settings)
        self.loss = lambda: LOSSES[loss](lib, a @ w - b * u, u)

    def closure(self):
        self.opt.zero_grad()
        loss = self.loss()
        loss.backward()
        return loss

    def steps(self, n):
        losses = [self.opt.step(self.closure).item() for _ in range(n)]
        (state,) = self.opt.state.values()
        counts = [state["n_iter"], state["func_evals"]]
        return losses, counts, np.concatenate([p.detach().numpy() for p in self.params])


@pytest.fixture
def start():
    rng = np.random.default_rng(0)
    return rng.standard_normal((6, 4)), rng.standard_normal(6), rng.standard_normal(4), np.array([0.3])


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("loss", LOSSES)
def test_steps(loss, settings, start):
    theirs = Problem(torch, torch.optim, loss, settings, start).steps(3)
    ours = Problem(tt_autograd, tt_optim, loss, settings, start).steps(3)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-6, atol=1e-9)
    assert ours[1] == theirs[1]
    np.testing.assert_allclose(ours[2], theirs[2], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_state_comes_over(search, start):
    settings = {"lr": 0.3, "max_iter": 3, "line_search_fn": search}
    theirs = Problem(torch, torch.optim, "quartic", settings, start)
    theirs.steps(1)
    ours = Problem(tt_autograd, tt_optim, "quartic", settings, start)
    for p, q in zip(ours.params, theirs.params):
        p.data.copy_(tt_autograd.tensor(q.detach().numpy()))
    ours.opt.load_state_dict(theirs.opt.state_dict())
    want, got = theirs.steps(2), ours.steps(2)
    np.testing.assert_allclose(got[0], want[0], rtol=1e-6)
    assert got[1] == want[1]
    np.testing.assert_allclose(got[2], want[2], rtol=1e-5)


def test_state_goes_there(start):
    settings = {"lr": 0.3, "max_iter": 3, "history_size": 2}
    ours = Problem(tt_autograd, tt_optim, "quartic", settings, start)
    ours.steps(2)
    theirs = Problem(torch, torch.optim, "quartic", settings, start)
    for p, q in zip(ours.params, theirs.params):
        q.data.copy_(torch.tensor(p.detach().numpy()))
    state = ours.opt.state_dict()
    move = lambda x: torch.tensor(x.numpy()) if isinstance(x, tt_autograd.Tensor) else x
    state["state"][0] = {k: [*map(move, v)] if isinstance(v, list) else move(v) for k, v in state["state"][0].items()}
    theirs.opt.load_state_dict(state)
    want, got = ours.steps(2), theirs.steps(2)
    np.testing.assert_allclose(got[0], want[0], rtol=1e-6)
    assert got[1] == want[1]
    np.testing.assert_allclose(got[2], want[2], rtol=1e-5)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, optim, p: optim.LBFGS([p], lr=-1.0),
        lambda lib, optim, p: optim.LBFGS([{"params": [p]}, {"params": [lib.ones(2, requires_grad=True)]}]),
        lambda lib, optim, p: optim.LBFGS([]),
        lambda lib, optim, p: optim.LBFGS([p]).step(),
        lambda lib, optim, p: optim.LBFGS([p], line_search_fn="armijo").step(
            lambda: (p * p).sum().backward() or p.sum()
        ),
    ],
)
def test_errors(wrong):
    caught = []
    for lib, optim in ((torch, torch.optim), (tt_autograd, tt_optim)):
        with pytest.raises(Exception) as error:
            wrong(lib, optim, lib.ones(2, requires_grad=True))
        caught.append(error.value)
    assert isinstance(caught[1], type(caught[0])), caught
