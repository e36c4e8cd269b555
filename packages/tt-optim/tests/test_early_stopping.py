import math

import numpy as np
import pytest
from tt_autograd import tensor
from tt_optim import EarlyStopping


class Model:
    def __init__(self):
        self.w = tensor([0.0], requires_grad=True)

    def state_dict(self):
        return {"w": self.w}


@pytest.mark.parametrize("wrong", [{"mode": "best"}, {"patience": 0}, {"min_delta": -1.0}, {"min_delta": math.nan}])
def test_misuse(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        EarlyStopping(**wrong)


@pytest.mark.parametrize(
    ("options", "metrics", "stops"),
    [
        ({"patience": 2}, [3, 2, 2, 2], 3),
        ({"patience": 2}, [3, 2, 2.5, 1, 1, 1], 5),
        ({"patience": 2, "mode": "max"}, [1, 2, 2, 1], 3),
        ({"patience": 2, "min_delta": 0.5}, [3, 2.8, 2.6], 2),
        ({"patience": 2}, [1, math.nan, math.nan], 2),
        ({"patience": 1}, [math.nan, 1, 2], 0),
        ({"patience": 3}, [3, 2, 1, 0, -1], None),
    ],
)
def test_when(options, metrics, stops):
    stopping = EarlyStopping(**options)
    assert next((i for i, m in enumerate(metrics) if stopping.step(m)), None) == stops


def test_restores_the_best():
    model, stopping = Model(), EarlyStopping(patience=2)
    for loss in [3.0, 1.0, 2.0, 4.0]:
        model.w.array.fill(loss)
        stopped = stopping.step(tensor(loss), model)
    assert stopped
    assert model.w.item() == 1.0
    assert (stopping.best, stopping.best_epoch) == (1.0, 1)


def test_keeps_the_last_if_asked():
    model, stopping = Model(), EarlyStopping(patience=1, restore_best=False)
    for loss in [1.0, 2.0]:
        model.w.array.fill(loss)
        stopping.step(loss, model)
    assert model.w.item() == 2.0


def test_goes_on():
    a, b = EarlyStopping(patience=2), EarlyStopping(patience=9)
    a.step(1.0), a.step(2.0)
    b.load_state_dict(a.state_dict())
    assert b.step(3.0)
    assert b.step(np.float32(4.0))


def test_what_is_no_tensor_is_kept_as_well():
    class Model:
        w, seen = tensor([1.0]), {"n": 1}

        def state_dict(self):
            return {"w": self.w, "_extra_state": self.seen}

        def load_state_dict(self, state, strict=True):
            assert strict is False
            (self.seen,) = state.values()

    model, stopping = Model(), EarlyStopping(patience=1)
    stopping.step(1.0, model)
    model.seen["n"] = 2
    model.w.array.fill(5)
    assert stopping.step(2.0, model)
    assert (model.w.item(), model.seen) == (1.0, {"n": 1})
