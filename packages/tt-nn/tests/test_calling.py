"""A functional call computes with what it is given, and leaves the module as it was, whatever happens."""

import numpy as np
import pytest
from tt_autograd import grad, manual_seed, ones, randn, tensor, zeros
from tt_nn import BatchNorm1d, Linear, Module, Sequential, Tanh, functional_call
from tt_nn.functional import linear


class Tied(Module):
    """One weight under two names, and a buffer that forward assigns to."""

    def __init__(self):
        super().__init__()
        self.first = Linear(2, 2, bias=False)
        self.second = Linear(2, 2, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("calls", zeros(()))

    def forward(self, x, scale=1.0):
        self.calls = self.calls + 1
        return scale * self.second(self.first(x))


def held(module):
    """Every member of the tree, as the object that it is."""
    return {(path, name): id(value) for path, m in module.named_modules() for name, value in vars(m).items()}


def test_misuse_leaves_the_module_alone():
    model = Sequential(Linear(2, 3), Tanh(), Linear(3, 1))
    before, x, w = held(model), ones(1, 2), ones(3, 2)
    with pytest.raises(TypeError, match=r"'0\.weight' is a tensor's place, and not a list's"):
        functional_call(model, {"0.bias": ones(3), "0.weight": [1.0]}, x)
    with pytest.raises(TypeError, match="'forward' is a tensor's place, and not a method's"):
        functional_call(model, {"forward": w}, x)
    with pytest.raises(AttributeError, match="has no attribute `7`"):
        functional_call(model, {"0.weight": w, "7.weight": w}, x)
    with pytest.raises(ValueError, match=r"\['0\.weight'\] appeared in multiple dictionaries"):
        functional_call(model, ({"0.weight": w}, {"0.weight": w}), x)
    for wrong in (w, "0.weight", [{"0.weight": w}, w]):
        with pytest.raises(ValueError, match="a dict"):
            functional_call(model, wrong, x)
    with pytest.raises(
        RuntimeError, match=r"Unexpected key\(s\): 'more'.\n\tMissing key\(s\): '0.bias', '2.bias', '2.weight'"
    ):
        functional_call(model, {"0.weight": w, "more": w}, x, strict=True)
    with pytest.raises(RuntimeError):  # in forward: the shapes do not fit
        functional_call(model, {"0.weight": ones(3, 5), "new": w}, x)
    assert held(model) == before


def test_it_is_the_function_of_its_parameters():
    manual_seed(0)
    model = Sequential(Linear(2, 3), Tanh(), Linear(3, 1))
    before, x = held(model), randn(4, 2)
    new = {name: randn(*p.shape, requires_grad=True) for name, p in model.named_parameters()}
    a, b, c, d = new.values()
    want = linear(linear(x, a, b).tanh(), c, d)
    got = functional_call(model, new, (x,), strict=True)
    np.testing.assert_array_equal(got.detach().numpy(), want.detach().numpy())
    for one, other in zip(grad(got.sum(), [a, b, c, d]), grad(want.sum(), [a, b, c, d])):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    parts = functional_call(model, ({"0.weight": a, "0.bias": b}, {"2.weight": c, "2.bias": d}), x)
    assert (parts == got).all()
    assert (functional_call(model, {}, x) == model(x)).all()
    assert held(model) == before


def test_an_inner_step_is_differentiable():
    model = Linear(1, 1, bias=False)
    model.weight.data.fill_(3.0)
    fast = dict(model.named_parameters())
    for _ in range(2):  # w <- w - 0.1 * 2 * w = 0.8 w
        loss = (functional_call(model, fast, ones(1, 1)) ** 2).sum()
        (slope,) = grad(loss, fast.values(), create_graph=True)
        fast = {"weight": fast["weight"] - 0.1 * slope}
    functional_call(model, fast, ones(1, 1)).sum().backward()
    np.testing.assert_allclose(model.weight.grad.numpy(), [[0.64]], rtol=1e-6)


def test_tied_weights():
    model, x, w = Tied(), ones(1, 2), 2 * ones(2, 2)
    for path in ("first.weight", "second.weight"):
        assert functional_call(model, {path: w}, x).tolist() == [[16.0, 16.0]]
    with pytest.raises(ValueError, match="multiple values"):
        functional_call(model, {"first.weight": w, "second.weight": w.clone()}, x)
    assert functional_call(model, {"first.weight": w, "second.weight": w}, x).tolist() == [[16.0, 16.0]]
    apart = {"first.weight": w, "second.weight": ones(2, 2)}
    assert functional_call(model, apart, x, {"scale": 2.0}, tie_weights=False).tolist() == [[16.0, 16.0]]


def test_buffers():
    model, state = Tied(), {"calls": tensor(5.0)}
    functional_call(model, state, ones(1, 2))
    functional_call(model, state, ones(1, 2))
    assert (state["calls"].item(), model.calls.item()) == (7.0, 0.0)
    norm = BatchNorm1d(2)
    state = {"running_mean": zeros(2)}
    functional_call(norm, state, ones(4, 2))
    assert state["running_mean"].tolist() == pytest.approx([0.1, 0.1])
    assert norm.running_mean.tolist() == [0.0, 0.0]
    assert norm.num_batches_tracked == 1
