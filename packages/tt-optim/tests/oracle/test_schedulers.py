"""Every schedule against PyTorch's, over 60 steps, resumed in the middle, with one group and with two."""

import copy
import json
import warnings

import numpy as np
import pytest
import torch
from tt_autograd import Tensor
from tt_optim import SGD, Adam, lr_scheduler, swa_utils

theirs = torch.optim.lr_scheduler


def optimizers(name="SGD", groups=2, **options):
    """The same optimizer here and in PyTorch, with learning rates 0.5 and 0.05."""
    ours = {"SGD": SGD, "Adam": Adam}[name]
    lrs = [0.5, 0.05][:groups]
    ps = [Tensor(np.ones(2, np.float32), requires_grad=True) for _ in lrs]
    qs = [torch.ones(2, requires_grad=True) for _ in lrs]
    return (
        ours([{"params": [p], "lr": lr} for p, lr in zip(ps, lrs)], **options),
        getattr(torch.optim, name)([{"params": [q], "lr": lr} for q, lr in zip(qs, lrs)], **options),
    )


CASES = {
    "lambda": lambda m, o: m.LambdaLR(o, lambda t: 0.95**t),
    "lambdas": lambda m, o: m.LambdaLR(o, [lambda t: 1 / (1 + t), lambda t: 0.5**t]),
    "multiplicative": lambda m, o: m.MultiplicativeLR(o, lambda t: 0.9 + 0.01 * (t % 3)),
    "step": lambda m, o: m.StepLR(o, 7, gamma=0.3),
    "multistep": lambda m, o: m.MultiStepLR(o, [3, 10, 10, 40], gamma=0.3),
    "constant": lambda m, o: m.ConstantLR(o, factor=0.3, total_iters=9),
    "linear": lambda m, o: m.LinearLR(o, start_factor=0.2, end_factor=0.7, total_iters=13),
    "exponential": lambda m, o: m.ExponentialLR(o, gamma=0.9),
    "polynomial": lambda m, o: m.PolynomialLR(o, total_iters=20, power=2.5),
    "cosine": lambda m, o: m.CosineAnnealingLR(o, T_max=11, eta_min=0.01),
    "cosine long": lambda m, o: m.CosineAnnealingLR(o, T_max=100),
    "restarts": lambda m, o: m.CosineAnnealingWarmRestarts(o, T_0=5, T_mult=2, eta_min=0.01),
    "restarts even": lambda m, o: m.CosineAnnealingWarmRestarts(o, T_0=7),
    "triangular": lambda m, o: m.CyclicLR(o, 0.1, 0.9, step_size_up=6, step_size_down=3),
    "triangular2": lambda m, o: m.CyclicLR(o, [0.1, 0.2], [0.9, 0.8], step_size_up=6, mode="triangular2"),
    "exp_range": lambda m, o: m.CyclicLR(
        o, 0.1, 0.9, step_size_up=6, mode="exp_range", gamma=0.97, cycle_momentum=False
    ),
    "scale_fn": lambda m, o: m.CyclicLR(o, 0.1, 0.9, step_size_up=6, scale_fn=lambda x: 1 / x, scale_mode="cycle"),
    "scale_fn iterations": lambda m, o: m.CyclicLR(
        o, 0.1, 0.9, step_size_up=6, scale_fn=lambda x: 0.9**x, scale_mode="iterations"
    ),
    "onecycle": lambda m, o: m.OneCycleLR(o, max_lr=0.9, total_steps=61),
    "onecycle linear": lambda m, o: m.OneCycleLR(
        o, max_lr=[0.9, 0.5], epochs=5, steps_per_epoch=13, anneal_strategy="linear", three_phase=True
    ),
    "chained": lambda m, o: m.ChainedScheduler([m.LinearLR(o, total_iters=8), m.ExponentialLR(o, gamma=0.9)]),
    "sequential": lambda m, o: m.SequentialLR(
        o,
        [m.LinearLR(o, total_iters=8), m.CosineAnnealingLR(o, T_max=20), m.ExponentialLR(o, gamma=0.9)],
        milestones=[8, 40],
    ),
    "nested": lambda m, o: m.SequentialLR(
        o,
        [m.ChainedScheduler([m.ConstantLR(o, total_iters=3), m.StepLR(o, 4)]), m.PolynomialLR(o, total_iters=20)],
        milestones=[12],
    ),
}


def watched(optimizer):
    names = ("lr", "momentum", "betas", "initial_lr")
    return [np.hstack([group[name] for name in names if name in group]).tolist() for group in optimizer.param_groups]


@pytest.mark.filterwarnings("ignore:Detected call")  # a schedule of schedules warns when it is made, as PyTorch's does
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", ["SGD", "Adam"])
def test_values(name, kind):
    """The same learning rates and momenta over 60 steps; a state that went through JSON goes on where the other stopped."""
    options = {"momentum": 0.9} if kind == "SGD" else {}
    (a, b), (c, _) = optimizers(kind, **options), optimizers(kind, **options)
    ours, ref, other = CASES[name](lr_scheduler, a), CASES[name](theirs, b), CASES[name](lr_scheduler, c)
    for t in range(60):
        for mine, their in zip(watched(a), watched(b)):
            assert mine == pytest.approx(their, rel=1e-12, abs=1e-15), f"step {t}"
        assert ours.get_last_lr() == pytest.approx(ref.get_last_lr(), rel=1e-12, abs=1e-15)
        assert all(type(lr) is float for lr in ours.get_last_lr())
        if t == 30:
            c.load_state_dict(copy.deepcopy(a.state_dict()))
            other.load_state_dict(json.loads(json.dumps(ours.state_dict())))
        a.step(), b.step()
        ours.step(), ref.step()
        if t >= 30:
            c.step(), other.step()
            assert watched(c) == watched(a)


@pytest.mark.parametrize(
    "name", [n for n in CASES if not n.startswith(("scale_fn", "nested", "chained", "sequential"))]
)
def test_state_from_pytorch(name):
    """PyTorch's state of a scheduler has the same entries and can be loaded."""
    a, b = optimizers(momentum=0.9)
    ours, ref = CASES[name](lr_scheduler, a), CASES[name](theirs, b)
    for _ in range(13):
        b.step(), ref.step()
    saved = ref.state_dict()
    assert {k for k in saved if k != "_scale_fn_custom"} <= {*ours.state_dict()}
    a.load_state_dict(b.state_dict())
    ours.load_state_dict(saved)
    for _ in range(13):
        a.step(), b.step(), ours.step(), ref.step()
        assert ours.get_last_lr() == pytest.approx(ref.get_last_lr(), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("options", [
    {}, {"mode": "max", "threshold": 0.1}, {"threshold_mode": "abs", "threshold": 0.05}, {"cooldown": 3},
    {"mode": "max", "threshold_mode": "abs", "min_lr": [0.1, 0.001]}, {"factor": 0.5, "eps": 0.01},
])  # fmt: skip
def test_plateau(options):
    a, b = optimizers()
    ours = lr_scheduler.ReduceLROnPlateau(a, patience=2, **options)
    ref = theirs.ReduceLROnPlateau(b, patience=2, **options)
    for loss in np.random.default_rng(0).random(80).round(2):
        ours.step(loss), ref.step(loss)
        assert ours.get_last_lr() == pytest.approx(ref.get_last_lr(), rel=1e-12)
    assert {*ref.state_dict()} - {"_last_lr"} <= {*ours.state_dict()}
    assert ours.state_dict()["num_bad_epochs"] == ref.state_dict()["num_bad_epochs"]


@pytest.mark.parametrize("name", ["step", "multistep", "constant", "linear", "exponential", "polynomial", "cosine"])
def test_given_epoch(name):
    """`step(epoch)` is deprecated, and leads to the closed form."""
    a, b = optimizers()
    ours, ref = CASES[name](lr_scheduler, a), CASES[name](theirs, b)
    a.step(), b.step()
    for epoch in (4, 17, 3, 0, 60):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ref.step(epoch)
        with pytest.warns(UserWarning, match="epoch parameter"):
            ours.step(epoch)
        assert ours.get_last_lr() == pytest.approx(ref.get_last_lr(), rel=1e-12, abs=1e-15)


def test_fractional_epochs():
    a, b = optimizers()
    ours = lr_scheduler.CosineAnnealingWarmRestarts(a, T_0=3, T_mult=2)
    ref = theirs.CosineAnnealingWarmRestarts(b, T_0=3, T_mult=2)
    for i in range(60):
        ours.step(i / 4), ref.step(i / 4)
        assert ours.get_last_lr() == pytest.approx(ref.get_last_lr(), rel=1e-12, abs=1e-15)


def test_tensor_lr():
    """A learning rate that is a tensor is written into and stays one."""
    lr, ref_lr = Tensor(np.float32(0.5)), torch.tensor(0.5)
    a = SGD([Tensor(np.ones(2, np.float32), requires_grad=True)], lr=lr)
    b = torch.optim.SGD([torch.ones(2, requires_grad=True)], lr=ref_lr)
    ours, ref = lr_scheduler.ExponentialLR(a, 0.9), theirs.ExponentialLR(b, 0.9)
    for _ in range(20):
        a.step(), b.step(), ours.step(), ref.step()
        assert a.param_groups[0]["lr"] is lr
        assert lr.array.item() == pytest.approx(ref_lr.item(), rel=1e-5)
        assert lr.array.dtype == np.float32


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 9])
def test_swalr(strategy, epochs):
    a, b = optimizers()
    ours = swa_utils.SWALR(a, swa_lr=[0.2, 0.3], anneal_epochs=epochs, anneal_strategy=strategy)
    ref = torch.optim.swa_utils.SWALR(b, swa_lr=[0.2, 0.3], anneal_epochs=epochs, anneal_strategy=strategy)
    for _ in range(20):
        a.step(), b.step(), ours.step(), ref.step()
        assert ours.get_last_lr() == pytest.approx(ref.get_last_lr(), rel=1e-12, abs=1e-15)


WRONG = [
    lambda m, o: m.StepLR("optimizer", 3),
    lambda m, o: m.StepLR(o, 3, last_epoch=4),
    lambda m, o: m.LambdaLR(o, [len] * 3),
    lambda m, o: m.MultiplicativeLR(o, 0.5),
    lambda m, o: m.ConstantLR(o, factor=2),
    lambda m, o: m.LinearLR(o, start_factor=0),
    lambda m, o: m.LinearLR(o, end_factor=2),
    lambda m, o: m.CosineAnnealingWarmRestarts(o, 0),
    lambda m, o: m.CosineAnnealingWarmRestarts(o, 3, T_mult=0),
    lambda m, o: m.CosineAnnealingWarmRestarts(o, 3, eta_min="low"),
    lambda m, o: m.CosineAnnealingWarmRestarts(o, 3).step(-1),
    lambda m, o: m.CyclicLR(o, [0.1], 0.9),
    lambda m, o: m.CyclicLR(o, 0.1, 0.9, mode="square"),
    lambda m, o: m.OneCycleLR(o, 0.1),
    lambda m, o: m.OneCycleLR(o, 0.1, total_steps=-3),
    lambda m, o: m.OneCycleLR(o, 0.1, epochs=3, steps_per_epoch=0),
    lambda m, o: m.OneCycleLR(o, 0.1, total_steps=3, pct_start=7),
    lambda m, o: m.OneCycleLR(o, 0.1, total_steps=3, anneal_strategy="sin"),
    lambda m, o: [s.step() for s in [m.OneCycleLR(o, 0.1, total_steps=3)] for _ in range(5)],
    lambda m, o: m.ReduceLROnPlateau(o, factor=1.5),
    lambda m, o: m.ReduceLROnPlateau(o, mode="best"),
    lambda m, o: m.ReduceLROnPlateau(o, threshold_mode="none"),
    lambda m, o: m.ReduceLROnPlateau(o, min_lr=[1, 2, 3]),
    lambda m, o: m.SequentialLR(o, [], []),
    lambda m, o: m.SequentialLR(o, [m.StepLR(o, 3)], [4]),
    lambda m, o: m.SequentialLR(o, [m.ReduceLROnPlateau(o)], []),
    lambda m, o: m.SequentialLR(o, ["a"], []),
    lambda m, o: m.ChainedScheduler([]),
    lambda m, o: m.ChainedScheduler([m.ReduceLROnPlateau(o)]),
]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", range(len(WRONG)))
def test_errors(case):
    """The same class of error."""
    a, b = optimizers(momentum=0.9)
    with pytest.raises(Exception) as expected:
        WRONG[case](theirs, b)
    with pytest.raises(expected.type):
        WRONG[case](lr_scheduler, a)
