"""Weight averaging against PyTorch's."""

import numpy as np
import pytest
import torch
from tt_autograd import Tensor
from tt_optim import swa_utils

theirs = torch.optim.swa_utils


class Model:
    """Two parameters and two buffers, one of them a count."""

    def __init__(self):
        self.weights = [
            Tensor(np.zeros((2, 3), np.float32), requires_grad=True),
            Tensor(np.zeros(3), requires_grad=True),
        ]
        self.held = [Tensor(np.zeros(3, np.float32)), Tensor(np.array(0))]

    def parameters(self):
        return iter(self.weights)

    def buffers(self):
        return iter(self.held)


class TorchModel(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.a = torch.nn.Parameter(torch.zeros(2, 3))
        self.b = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
        self.register_buffer("c", torch.zeros(3))
        self.register_buffer("d", torch.tensor(0))


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("options", [
    lambda m: {},
    lambda m: {"avg_fn": m.get_ema_avg_fn(0.9)},
    lambda m: {"avg_fn": m.get_swa_avg_fn()},
    lambda m: {"multi_avg_fn": m.get_ema_multi_avg_fn(0.9)},
    lambda m: {"multi_avg_fn": m.get_swa_multi_avg_fn()},
    lambda m: {"avg_fn": lambda average, current, n: (average + current) / 2},
])  # fmt: skip
def test_average(options, use_buffers):
    if use_buffers and "multi_avg_fn" in options(theirs) and "swa" in options(theirs)["multi_avg_fn"].__qualname__:
        pytest.skip("PyTorch cannot average whole numbers this way")
    rng = np.random.default_rng(0)
    model, other = Model(), TorchModel()
    ours = swa_utils.AveragedModel(model, use_buffers=use_buffers, **options(swa_utils))
    ref = theirs.AveragedModel(other, use_buffers=use_buffers, **options(theirs))
    for t in range(50):
        for x, y in zip([*model.parameters(), *model.buffers()], [*other.parameters(), *other.buffers()]):
            value = rng.standard_normal(x.array.shape) if x.array.dtype.kind == "f" else np.array(t * 3)
            x.array[...] = value
            y.data.copy_(torch.tensor(value))
        ours.update_parameters(model), ref.update_parameters(other)
        for x, y in zip(
            [*ours.module.parameters(), *ours.module.buffers()], [*ref.module.parameters(), *ref.module.buffers()]
        ):
            assert x.array.dtype == y.detach().numpy().dtype
            exact = x.array.dtype.kind == "i"
            np.testing.assert_allclose(x.array, y.detach().numpy(), rtol=1e-5, atol=1 if exact else 1e-6)
    assert ours.n_averaged.item() == ref.n_averaged.item() == 50


@pytest.mark.parametrize("decay", [-0.1, 1.1])
@pytest.mark.parametrize("name", ["get_ema_avg_fn", "get_ema_multi_avg_fn"])
def test_errors(decay, name):
    for module in (swa_utils, theirs):
        with pytest.raises(ValueError, match="Invalid decay"):
            getattr(module, name)(decay)
    with pytest.raises(AssertionError):
        swa_utils.AveragedModel(Model(), avg_fn=len, multi_avg_fn=len)
