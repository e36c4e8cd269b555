"""Every optimizer against PyTorch's, step for step, with all its options; states move either way."""

import numpy as np
import pytest
import torch
import tt_optim
from tt_autograd import Tensor

SHAPES = [(3, 4), (), (5,), (1, 7, 2), (0, 3), (200, 100)]

CASES = [
    ("SGD", {}),
    ("SGD", {"momentum": 0.9}),
    ("SGD", {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"momentum": 0.9, "nesterov": True, "maximize": True}),
    ("SGD", {"maximize": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"betas": (0.0, 0.5), "eps": 1e-3}),
    ("Adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("Adam", {"maximize": True, "decoupled_weight_decay": True, "weight_decay": 0.1}),
    ("AdamW", {}),
    ("AdamW", {"amsgrad": True, "weight_decay": 0.5, "maximize": True}),
    ("Adamax", {}),
    ("Adamax", {"weight_decay": 0.1, "maximize": True, "betas": (0.7, 0.8), "eps": 1e-2}),
    ("NAdam", {}),
    ("NAdam", {"weight_decay": 0.1, "maximize": True}),
    ("NAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "momentum_decay": 0.1}),
    ("RAdam", {}),
    ("RAdam", {"weight_decay": 0.1, "maximize": True}),
    ("RAdam", {"weight_decay": 0.1, "decoupled_weight_decay": True, "betas": (0.8, 0.9)}),
    ("RMSprop", {}),
    ("RMSprop", {"weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {"momentum": 0.9, "alpha": 0.9}),
    ("RMSprop", {"centered": True}),
    ("RMSprop", {"centered": True, "momentum": 0.5, "eps": 1e-3}),
    ("Adagrad", {}),
    ("Adagrad", {"weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {"lr_decay": 0.1, "initial_accumulator_value": 0.5}),
    ("Adadelta", {"lr": 1.0}),
    ("Adadelta", {"weight_decay": 0.1, "maximize": True}),
    ("Adadelta", {"rho": 0.5, "eps": 1e-3}),
]
NAMES = [f"{name} {' '.join(options)}".strip() for name, options in CASES]


class Pair:
    """The same optimizer here and in PyTorch, on the same parameters and gradients."""

    def __init__(self, name, options, dtype, seed=0):
        self.rng = np.random.default_rng(seed)
        arrays = [np.array(self.rng.standard_normal(s), dtype) for s in SHAPES]
        self.ps = [Tensor(a.copy(), requires_grad=True) for a in arrays]
        self.qs = [torch.tensor(a, requires_grad=True) for a in arrays]
        options = {"lr": 0.01} | options
        groups = lambda xs: [{"params": xs[:2], "lr": options["lr"] / 2}, {"params": xs[2:]}]
        self.ours = getattr(tt_optim, name)(groups(self.ps), **options)
        self.theirs = getattr(torch.optim, name)(groups(self.qs), **options)
        self.dtype = dtype

    def run(self, steps, check=True):
        for t in range(steps):
            for i, (p, q) in enumerate(zip(self.ps, self.qs)):
                g = np.array(self.rng.standard_normal(p.array.shape), self.dtype)
                if i == 3 and t % 5 == 0:  # no gradient now and then
                    p.grad = q.grad = None
                    continue
                p.grad = Tensor(np.asfortranarray(g) if i == 0 else g)
                q.grad = torch.tensor(g)
            self.ours.step(), self.theirs.step()
            if check:
                self.compare(f"step {t}")

    def compare(self, when):
        tolerance = {"rtol": 2e-5, "atol": 2e-6} if self.dtype == np.float32 else {"rtol": 1e-9, "atol": 1e-10}
        for p, q in zip(self.ps, self.qs):
            assert p.array.dtype == self.dtype
            np.testing.assert_allclose(p.array, q.detach().numpy(), err_msg=when, **tolerance)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_steps(name, options, dtype):
    Pair(name, options, dtype).run(60)


@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_defaults_and_repr(name, options):
    pair = Pair(name, options, np.float32)
    assert pair.ours.defaults == pair.theirs.defaults
    assert repr(pair.ours) == repr(pair.theirs)


def numpy_state(state):
    return {
        k: {n: x.array if isinstance(x, Tensor) else x.numpy().copy() for n, x in s.items()} for k, s in state.items()
    }


@pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
def test_states_move(name, options):
    """The same keys, shapes, dtypes and values; each goes on from the other's state."""
    pair = Pair(name, options, np.float32)
    pair.run(7)
    ours, theirs = pair.ours.state_dict(), pair.theirs.state_dict()
    assert ours["param_groups"] == theirs["param_groups"]
    mine, other = numpy_state(ours["state"]), numpy_state(theirs["state"])
    assert mine.keys() == other.keys()
    for k in mine:
        assert mine[k].keys() == other[k].keys()
        for n in mine[k]:
            assert (mine[k][n].dtype, mine[k][n].shape) == (other[k][n].dtype, other[k][n].shape)
            np.testing.assert_allclose(mine[k][n], other[k][n], rtol=1e-4, atol=1e-6)
    pair.ours.load_state_dict(theirs)
    as_torch = {k: {n: torch.from_numpy(a.copy()) for n, a in s.items()} for k, s in mine.items()}
    pair.theirs.load_state_dict({"state": as_torch, "param_groups": ours["param_groups"]})
    pair.run(7)


def test_lion():
    """PyTorch has no Lion: against the formula in PyTorch's arithmetic."""
    rng = np.random.default_rng(0)
    p = Tensor(rng.standard_normal((3, 4)).astype(np.float32), requires_grad=True)
    q, m = torch.tensor(p.array), torch.zeros(3, 4)
    optimizer = tt_optim.Lion([p], lr=0.01, betas=(0.9, 0.99), weight_decay=0.1)
    for _ in range(60):
        g = rng.standard_normal((3, 4)).astype(np.float32)
        p.grad = Tensor(g)
        optimizer.step()
        q = q * (1 - 0.01 * 0.1) - 0.01 * torch.sign(0.9 * m + 0.1 * torch.tensor(g))
        m = 0.99 * m + 0.01 * torch.tensor(g)
        np.testing.assert_allclose(p.array, q.numpy(), rtol=1e-5, atol=1e-6)


WRONG = [
    lambda m, w, t: m.SGD([], lr=0.1),
    lambda m, w, t: m.SGD(w, lr=0.1),
    lambda m, w, t: m.SGD([3], lr=0.1),
    lambda m, w, t: m.SGD([w * 2], lr=0.1),
    lambda m, w, t: m.SGD([w], lr=-1),
    lambda m, w, t: m.SGD([w], lr=t([0.1, 0.2])),
    lambda m, w, t: m.SGD([w], momentum=-1),
    lambda m, w, t: m.SGD([w], nesterov=True),
    lambda m, w, t: m.SGD([{"params": [w]}, {"params": [w]}]),
    lambda m, w, t: m.SGD([{"params": {w}}]),
    lambda m, w, t: m.SGD([w], speed=3),
    lambda m, w, t: m.SGD([("w", w), w.detach()]),
    lambda m, w, t: m.SGD([w]).add_param_group([w]),
    lambda m, w, t: m.SGD([w]).load_state_dict({"state": {}, "param_groups": []}),
    lambda m, w, t: m.SGD([w]).load_state_dict({"state": {}, "param_groups": [{"params": [0, 1]}]}),
    lambda m, w, t: m.Adam([w], eps=-1),
    lambda m, w, t: m.Adam([w], betas=(0.9, 1.0)),
    lambda m, w, t: m.Adam([w], betas=(-0.9, 0.9)),
    lambda m, w, t: m.RMSprop([w], alpha=-1),
    lambda m, w, t: m.Adagrad([w], lr_decay=-1),
    lambda m, w, t: m.Adadelta([w], rho=2),
    lambda m, w, t: m.NAdam([w], momentum_decay=-1),
    lambda m, w, t: m.Optimizer([w], {}).step(),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_errors(case):
    """The same class of error."""
    with pytest.raises(Exception) as expected:
        WRONG[case](torch.optim, torch.ones(2, requires_grad=True), torch.tensor)
    with pytest.raises(expected.type):
        WRONG[case](tt_optim, Tensor(np.ones(2, np.float32), requires_grad=True), lambda x: Tensor(np.float32(x)))
