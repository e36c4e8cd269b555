import numpy as np
import pytest
from tt_autograd import Tensor, tensor
from tt_optim import SGD
from tt_optim.swa_utils import SWALR, AveragedModel, get_ema_avg_fn, get_ema_multi_avg_fn, update_bn


class Norm:
    """Batch normalization as far as `update_bn` is concerned."""

    def __init__(self):
        self.running_mean, self.momentum, self.training, self.batches = Tensor(np.ones(2, np.float32)), 0.1, False, 0
        self.seen = []

    def reset_running_stats(self):
        self.running_mean.array.fill(0)
        self.batches = 0

    def __call__(self, x):
        self.seen.append((self.training, self.momentum))
        self.batches += 1
        self.running_mean.array += (x.array.mean(0) - self.running_mean.array) / self.batches
        return x

    def modules(self):
        return iter([self])

    def train(self, mode=True):
        self.training = mode

    def parameters(self):
        return iter([])

    def buffers(self):
        return iter([self.running_mean])


class Model:
    def __init__(self):
        self.w, self.count, self.training = tensor([1.0, 2.0], requires_grad=True), Tensor(np.array(3)), True

    def __call__(self, x):
        return x * self.w

    def parameters(self):
        return iter([self.w])

    def buffers(self):
        return iter([self.count])

    def train(self, mode=True):
        self.training = mode

    def state_dict(self):
        return {"w": self.w}

    def load_state_dict(self, state):
        self.w.array[...] = state["w"].array


def test_mean_of_all():
    model = Model()
    average = AveragedModel(model)
    for k in range(5):
        model.w.array.fill(k)
        model.count.array.fill(k)
        average.update_parameters(model)
    np.testing.assert_allclose(average.module.w.array, 2.0)
    assert average.module.count.item() == 4
    assert average.n_averaged.item() == 5
    assert average(tensor([1.0, 1.0])).tolist() == [2.0, 2.0]


@pytest.mark.parametrize("options", [{"avg_fn": get_ema_avg_fn(0.5)}, {"multi_avg_fn": get_ema_multi_avg_fn(0.5)}])
def test_moving(options):
    model = Model()
    average = AveragedModel(model, **options)
    for k in (1.0, 3.0, 4.0):
        model.w.array.fill(k)
        average.update_parameters(model)
    assert average.module.w.tolist() == [3.0, 3.0]
    assert average.module.w.requires_grad
    assert average.module.w.array.dtype == np.float32


def test_state():
    model = Model()
    a, b = AveragedModel(model), AveragedModel(model)
    for k in range(3):
        model.w.array.fill(k)
        a.update_parameters(model)
    b.load_state_dict(a.state_dict())
    a.update_parameters(model), b.update_parameters(model)
    assert {*a.state_dict()} == {"n_averaged", "module.w"}
    np.testing.assert_array_equal(a.module.w.array, b.module.w.array)
    assert b.eval().training is False
    with pytest.raises(RuntimeError, match='Missing.*"n_averaged"'):
        b.load_state_dict(model.state_dict())


def test_update_bn():
    norm = Norm()
    batches = [Tensor(np.full((4, 2), k, np.float32)) for k in (1.0, 2.0, 6.0)]
    update_bn([(batch, "label") for batch in batches], norm)
    assert norm.running_mean.tolist() == [3.0, 3.0]
    assert norm.seen == [(True, None)] * 3
    assert (norm.momentum, norm.training) == (0.1, False)


def test_update_bn_puts_momentum_back_after_an_error():
    norm = Norm()
    with pytest.raises(AttributeError):
        update_bn(["no tensor"], norm)
    assert (norm.momentum, norm.training) == (0.1, False)


def test_misuse():
    o = SGD([tensor([1.0], requires_grad=True)], lr=0.1)
    with pytest.raises(ValueError, match="anneal_strategy"):
        SWALR(o, 0.05, anneal_strategy="sin")
    with pytest.raises(ValueError, match="anneal_epochs"):
        SWALR(o, 0.05, anneal_epochs=-1)
    with pytest.raises(ValueError, match="same length"):
        SWALR(o, [0.05, 0.01])
    with pytest.raises(NotImplementedError, match="cuda"):
        AveragedModel(Model(), device="cuda")
    assert "swa_lr" not in o.param_groups[0]
