"""functional_call against PyTorch: values, gradients, buffers, classes of errors."""

import numpy as np
import pytest
import torch
import tt_nn
from tt_autograd import grad, tensor

VALUES = {"0.weight": np.full((3, 2), 0.5), "0.bias": np.arange(3.0), "2.running_mean": np.ones(3)}


def models():
    """The same model in both frameworks."""
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.BatchNorm1d(3)).double()
    ours = tt_nn.Sequential(tt_nn.Linear(2, 3), tt_nn.Tanh(), tt_nn.BatchNorm1d(3)).double()
    ours.load_state_dict({name: tensor(x.numpy()) for name, x in theirs.state_dict().items()})
    return (theirs, torch.func.functional_call, torch.tensor), (ours, tt_nn.functional_call, tensor)


def test_values_gradients_and_buffers():
    x = np.random.default_rng(0).standard_normal((4, 2))
    found = []
    for (model, call, make), slopes in zip(models(), (torch.autograd.grad, grad)):
        given = {name: make(a) for name, a in VALUES.items()}
        given["0.weight"].requires_grad_()
        out = call(model, given, (make(x),))
        (slope,) = slopes((out * out * out).sum(), given["0.weight"])
        buffers = given["2.running_mean"], model[2].running_mean, model[2].running_var
        found.append([y.detach().numpy() for y in (out, slope, *buffers)])
    for a, b in zip(*found):
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"0.weight": 1.0}, {}),
        ({"7.weight": np.ones(2)}, {}),
        ({"0.forward": np.ones(2)}, {}),
        ({"0.weight": np.ones((3, 2))}, {"strict": True}),
        ({**VALUES, "more": np.ones(2)}, {"strict": True}),
        ({"0.weight": np.ones((3, 7))}, {}),
        (3, {}),
        (({"0.bias": np.ones(3)}, {"0.bias": np.ones(3)}), {}),
    ],
)
def test_errors(values, settings):
    found = []
    for model, call, make in models():

        def made(v, make=make):
            if isinstance(v, dict):
                return {name: made(a) for name, a in v.items()}
            return tuple(map(made, v)) if isinstance(v, tuple) else make(v) if isinstance(v, np.ndarray) else v

        with pytest.raises(Exception) as caught:
            call(model, made(values), (make(np.ones((4, 2))),), **settings)
        found.append(caught.value)
    theirs, ours = found
    assert isinstance(ours, type(theirs)), found
