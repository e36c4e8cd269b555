import copy
import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import Tensor, tensor
from tt_optim import SGD, Adam, CosineScheduler, lr_scheduler
from tt_optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)  # fmt: skip


def optimizer(lr=0.5, kind=SGD, **options):
    return kind([tensor([1.0], requires_grad=True)], lr=lr, **options)


def curve(scheduler, steps):
    values = scheduler.get_last_lr()[:]
    for _ in range(steps):
        scheduler.optimizer.step()
        scheduler.step()
        values.append(scheduler.get_last_lr()[0])
    return values


CASES = [
    lambda o: LambdaLR(o, lambda t: 0.9**t),
    lambda o: MultiplicativeLR(o, lambda t: np.float64(0.9)),
    lambda o: StepLR(o, 3),
    lambda o: MultiStepLR(o, [2, 5]),
    lambda o: ConstantLR(o),
    lambda o: LinearLR(o),
    lambda o: ExponentialLR(o, 0.9),
    lambda o: PolynomialLR(o, 7, 2.0),
    lambda o: CosineAnnealingLR(o, 4, 0.01),
    lambda o: CosineAnnealingWarmRestarts(o, 3, 2),
    lambda o: CyclicLR(o, 0.1, 0.9, 4, mode="triangular2"),
    lambda o: OneCycleLR(o, 0.9, total_steps=40),
    lambda o: SequentialLR(o, [LinearLR(o), ExponentialLR(o, 0.9)], [5]),
    lambda o: ChainedScheduler([LinearLR(o), ExponentialLR(o, 0.9)]),
]


@pytest.mark.parametrize("case", range(len(CASES)))
class TestEvery:
    def test_floats(self, case):
        o = optimizer(np.float64(0.5), momentum=0.9)
        values = curve(CASES[case](o), 20)
        assert all(type(lr) is float for lr in values)
        assert o.param_groups[0]["params"][0].array.dtype == np.float32

    def test_goes_on(self, case):
        a, b = optimizer(momentum=0.9), optimizer(momentum=0.9)
        x, y = CASES[case](a), CASES[case](b)
        curve(x, 7)
        b.load_state_dict(a.state_dict())
        y.load_state_dict(copy.deepcopy(x.state_dict()))
        assert curve(x, 9) == curve(y, 9)

    def test_too_early(self, case):
        scheduler = CASES[case](optimizer(momentum=0.9))
        if isinstance(scheduler, CosineAnnealingWarmRestarts):
            return  # PyTorch's does not look either
        with pytest.warns(UserWarning, match="before `optimizer.step"):
            scheduler.step()

    def test_get_lr_is_not_for_users(self, case):
        scheduler = CASES[case](optimizer(momentum=0.9))
        if isinstance(scheduler, SequentialLR | ChainedScheduler):
            return
        with pytest.warns(UserWarning, match="get_last_lr"):
            scheduler.get_lr()

    def test_no_optimizer(self, case):
        with pytest.raises((TypeError, AttributeError), match="str"):
            CASES[case]("SGD")


def test_early_only_before_the_first():
    o = optimizer()
    o.step()
    scheduler = StepLR(o, 3)
    with pytest.warns(UserWarning, match="before"):  # steps before the schedule began do not count
        scheduler.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scheduler.step()


def test_own_scheduler():
    class Halving(LRScheduler):
        def get_lr(self):
            return [lr / 2**self.last_epoch for lr in self.base_lrs]

    assert curve(Halving(optimizer(1.0)), 3) == [1.0, 0.5, 0.25, 0.125]


def test_resume_needs_initial_lr():
    o = optimizer()
    with pytest.raises(KeyError, match="initial_lr"):
        StepLR(o, 3, last_epoch=4)
    curve(StepLR(o, 2, 0.5), 4)
    assert StepLR(o, 2, 0.5, last_epoch=4).base_lrs == [0.5]


def test_tensor_lr_is_written_into():
    lr = tensor(0.5)
    curve(ExponentialLR(optimizer(lr), 0.5), 2)
    assert lr.item() == 0.125


def test_momentum_against_lr():
    for kind, read in ((SGD, lambda g: g["momentum"]), (Adam, lambda g: g["betas"][0])):
        o = optimizer(kind=kind, **({"momentum": 0.5} if kind is SGD else {}))
        scheduler = OneCycleLR(o, 1.0, total_steps=11, pct_start=0.5)
        lrs, momenta = [], []
        for _ in range(10):
            lrs.append(scheduler.get_last_lr()[0]), momenta.append(read(o.param_groups[0]))
            o.step(), scheduler.step()
        assert np.argmax(lrs) == np.argmin(momenta)
        assert max(momenta) == 0.95
    with pytest.raises(ValueError, match="momentum or beta1"):
        CyclicLR(optimizer(kind=type("Plain", (SGD,), {"__init__": lambda s, p, lr: lr_plain(s, p, lr)})), 0.1, 0.2)


def lr_plain(self, params, lr):
    """An optimizer whose defaults know no momentum."""
    from tt_optim import Optimizer

    Optimizer.__init__(self, params, {"lr": lr})


def test_callable_objects_are_saved():
    class Power:
        def __init__(self, base):
            self.base = base

        def __call__(self, t):
            return self.base**t

    a, b = LambdaLR(optimizer(), Power(0.9)), LambdaLR(optimizer(), Power(0.1))
    curve(a, 3)
    b.load_state_dict(a.state_dict())
    assert b.lr_lambdas[0].base == 0.9


class TestPlateau:
    def test_nan_is_no_improvement(self):
        scheduler = ReduceLROnPlateau(optimizer(), factor=0.5, patience=0)
        scheduler.step(1.0), scheduler.step(math.nan)
        assert scheduler.get_last_lr() == [0.25]

    def test_takes_tensors(self):
        scheduler = ReduceLROnPlateau(optimizer(), patience=0)
        scheduler.step(tensor(1.0))
        assert scheduler.best == 1.0

    def test_group_added(self):
        o = optimizer()
        one, listed = ReduceLROnPlateau(o, patience=0), ReduceLROnPlateau(o, patience=0, min_lr=[0.1])
        o.add_param_group({"params": [tensor([1.0], requires_grad=True)]})
        one.step(1.0), one.step(1.0)
        assert one.get_last_lr() == pytest.approx([0.05, 0.05])
        listed.step(1.0)
        with pytest.raises(RuntimeError, match="2 parameter groups"):
            listed.step(1.0)


class TestCosineScheduler:
    @settings(max_examples=50, deadline=None)
    @given(st.floats(0.1, 1), st.floats(0, 0.1), st.integers(1, 50))
    def test_like_annealing(self, high, low, epochs):
        schedule = CosineScheduler(high, low, epochs)
        closed = curve(CosineAnnealingLR(optimizer(high), epochs, low), epochs)
        assert [schedule.get_lr(t) for t in range(epochs + 1)] == pytest.approx(closed, rel=1e-6, abs=1e-9)
        assert schedule.get_lr(epochs + 7) == low

    def test_python_floats(self):
        assert type(CosineScheduler(np.float64(0.1), np.float32(0.01), 10).get_lr(np.int64(3))) is float

    def test_no_epochs(self):
        with pytest.raises(ValueError, match="total_epochs"):
            CosineScheduler(0.1, 0.01, 0)


def test_all_are_exported():
    assert {*lr_scheduler.__all__} >= {c.__name__ for c in (LRScheduler, StepLR, OneCycleLR, ReduceLROnPlateau)}
    assert all(hasattr(lr_scheduler, name) for name in lr_scheduler.__all__)
    assert Tensor is not None


def test_combined_schedules_have_no_get_lr():
    part = ConstantLR(optimizer())
    for scheduler in ChainedScheduler([part]), SequentialLR(part.optimizer, [part], []):
        with pytest.raises(NotImplementedError, match="get_last_lr"):
            scheduler.get_lr()


def test_a_combined_schedule_cannot_begin_anew():
    o = optimizer()
    chain = ChainedScheduler([ConstantLR(o), ExponentialLR(o, 0.5)])
    with pytest.raises(ValueError, match=r"ChainedScheduler cannot begin anew at a milestone \(index 1\)"):
        SequentialLR(o, [ConstantLR(o), chain], milestones=[2])
