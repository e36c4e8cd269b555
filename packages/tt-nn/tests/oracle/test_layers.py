"""Layers, their functions, initial values and tools: values and gradients are PyTorch's."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import tt_autograd as tt
import tt_nn
from tt_nn import dropout, embedding, linear

rng = np.random.default_rng(0)


def floats(*shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


def ids(*shape, high=6, dtype=np.int64):
    return rng.integers(0, high, shape).astype(dtype)


def compare(ours, theirs, inputs, orders=2, rtol=1e-4, atol=1e-5):
    """Call both on the same arrays; compare the result, its gradients, and the gradients of those."""
    results = []
    for lib, f in ((tt, ours), (torch, theirs)):
        grad = lib.grad if lib is tt else torch.autograd.grad
        xs = [lib.tensor(x, requires_grad=x.dtype.kind == "f") for x in inputs]
        y = f(*xs)
        found, scalar = [y], (y * y * y).sum()
        tracked = [x for x in xs if x.requires_grad]
        for _ in range(orders):
            gradients = grad(scalar, tracked, create_graph=True, allow_unused=True)
            found += gradients
            scalar = sum((g * g).sum() for g in gradients)
        results.append(found)
    for a, b in zip(*results, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        assert str(a.dtype) == str(b.dtype).split(".")[-1]
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=rtol, atol=atol)


# What PyTorch itself does not differentiate twice: it raises for no ids, and forgets to divide by the frequency.
ONCE = ("embedding, none", "embedding, by frequency")

CASES = [
    ("linear", linear.linear, F.linear, [floats(5, 3), floats(4, 3), floats(4)]),
    ("linear, no bias", linear.linear, F.linear, [floats(5, 3), floats(4, 3)]),
    ("linear, vector", linear.linear, F.linear, [floats(3), floats(4, 3), floats(4)]),
    ("linear, 4-d", linear.linear, F.linear, [floats(2, 1, 5, 3), floats(4, 3), floats(4)]),
    ("linear, one output", linear.linear, F.linear, [floats(2, 5, 3), floats(3)]),
    ("linear, one output of a vector", linear.linear, F.linear, [floats(3), floats(3), floats()]),
    ("linear, nothing", linear.linear, F.linear, [floats(0, 3), floats(4, 3), floats(4)]),
    ("linear, float64", linear.linear, F.linear, [floats(5, 3, dtype=np.float64), floats(4, 3, dtype=np.float64)]),
    ("bilinear", linear.bilinear, F.bilinear, [floats(5, 2), floats(5, 3), floats(4, 2, 3), floats(4)]),
    ("bilinear, vectors", linear.bilinear, F.bilinear, [floats(2), floats(3), floats(4, 2, 3)]),
    ("bilinear, 3-d", linear.bilinear, F.bilinear, [floats(2, 5, 2), floats(2, 5, 3), floats(1, 2, 3), floats(1)]),
    ("embedding", embedding.embedding, F.embedding, [ids(3, 4), floats(6, 2)]),
    ("embedding, int32", embedding.embedding, F.embedding, [ids(3, dtype=np.int32), floats(6, 2)]),
    ("embedding, 0-d", embedding.embedding, F.embedding, [ids(), floats(6, 2)]),
    ("embedding, none", embedding.embedding, F.embedding, [ids(0, 2), floats(6, 2)]),
    (
        "embedding, padding",
        lambda i, w: embedding.embedding(i, w, padding_idx=-2),
        lambda i, w: F.embedding(i, w, padding_idx=-2),
        [ids(30), floats(6, 2)],
    ),
    (
        "embedding, by frequency",
        lambda i, w: embedding.embedding(i, w, scale_grad_by_freq=True),
        lambda i, w: F.embedding(i, w, scale_grad_by_freq=True),
        [ids(30), floats(6, 2)],
    ),
    ("dropout, eval", lambda x: dropout.dropout(x, 0.5, False), lambda x: F.dropout(x, 0.5, False), [floats(5)]),
    ("dropout, p=1", lambda x: dropout.dropout(x, 1.0), lambda x: F.dropout(x, 1.0), [floats(5)]),
    (
        "alpha dropout, p=1",
        lambda x: dropout.alpha_dropout(x, 1.0, True),
        lambda x: F.alpha_dropout(x, 1.0, True),
        [floats(5)],
    ),
    ("flatten", tt_nn.Flatten(), torch.nn.Flatten(), [floats(2, 3, 4)]),
    ("unflatten", tt_nn.Unflatten(-1, (2, -1)), torch.nn.Unflatten(-1, (2, -1)), [floats(2, 4)]),
]


@pytest.mark.parametrize(("name", "ours", "theirs", "inputs"), CASES, ids=[c[0] for c in CASES])
def test_values_and_gradients(name, ours, theirs, inputs):
    compare(ours, theirs, inputs, orders=1 if name in ONCE else 2)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, math.inf])
def test_max_norm(norm_type):
    table, numbers = floats(6, 3) * 3, ids(4)
    ours, theirs = tt.tensor(table), torch.tensor(table)
    a = embedding.embedding(tt.tensor(numbers), ours, max_norm=1.0, norm_type=norm_type)
    b = F.embedding(torch.tensor(numbers), theirs, max_norm=1.0, norm_type=norm_type)
    np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-5)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5)


@pytest.mark.parametrize(("numbers", "classes"), [([0, 2, 1], -1), ([[0, 2]], 5), (1, 2)])
def test_one_hot(numbers, classes):
    a, b = embedding.one_hot(tt.tensor(numbers), classes), F.one_hot(torch.tensor(numbers), classes)
    assert (a.tolist(), str(a.dtype)) == (b.tolist(), "int64")


@pytest.mark.parametrize(
    "name", ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]
)
@pytest.mark.parametrize("shape", [(40, 30), (40, 30, 2), (40, 30, 2, 2), (10, 30, 2, 2, 2)])
@pytest.mark.filterwarnings("ignore")
def test_the_pattern_of_what_is_dropped(name, shape):
    """The same values occur, in blocks of the same shape."""
    patterns = []
    for nn, ones in ((tt_nn, tt.ones), (torch.nn, torch.ones)):
        try:
            y = getattr(nn, name)(0.3)(ones(*shape)).numpy()
        except RuntimeError:
            patterns.append("error")
            continue
        constant = tuple(bool((y == y.take([0], d)).all()) for d in range(y.ndim))
        patterns.append((sorted(np.unique(y.round(4))), constant))
    assert patterns[0] == patterns[1]


SPREAD = [
    lambda nn, x: nn.init.uniform_(x, -1, 3),
    lambda nn, x: nn.init.normal_(x, 1.0, 2.0),
    lambda nn, x: nn.init.trunc_normal_(x, 0.5, 1.0, -1.0, 1.0),
    lambda nn, x: nn.init.trunc_normal_(x, 0.0, 1.0, 1.9, 2.5),
    lambda nn, x: nn.init.xavier_uniform_(x, 2.0),
    lambda nn, x: nn.init.xavier_normal_(x),
    lambda nn, x: nn.init.kaiming_uniform_(x, 0.1, "fan_out"),
    lambda nn, x: nn.init.kaiming_normal_(x, nonlinearity="tanh"),
    lambda nn, x: nn.init.orthogonal_(x, 2.0),
    lambda nn, x: nn.init.sparse_(x, 0.3, 2.0),
]


@pytest.mark.parametrize("fill", SPREAD)
def test_distributions(fill):
    """Mean, spread, range and share of zeros agree with PyTorch's."""
    tt.manual_seed(0)
    torch.manual_seed(0)
    a = fill(tt_nn, tt.ones(200, 300)).numpy()
    b = fill(torch.nn, torch.ones(200, 300)).numpy()
    assert abs(a.mean() - b.mean()) < 0.03 * b.std()
    assert abs(a.std() / b.std() - 1) < 0.02
    assert abs((a == 0).mean() - (b == 0).mean()) < 0.01
    np.testing.assert_allclose(
        np.quantile(a, [0.01, 0.3, 0.7, 0.99]), np.quantile(b, [0.01, 0.3, 0.7, 0.99]), atol=0.08 * b.std()
    )


LAYERS = [
    lambda nn: nn.Linear(200, 300),
    lambda nn: nn.Bilinear(20, 30, 40),
    lambda nn: nn.Embedding(200, 300),
    lambda nn: nn.Embedding(200, 300, padding_idx=5),
]


@pytest.mark.parametrize("make", LAYERS)
def test_layers_begin_alike(make):
    torch.manual_seed(0)
    tt.manual_seed(0)
    ours, theirs = make(tt_nn).state_dict(), make(torch.nn).state_dict()
    assert list(ours) == list(theirs)
    for name, b in theirs.items():
        a, b = ours[name].numpy(), b.numpy()
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        assert abs(a.std() / b.std() - 1) < 0.15
        assert abs(abs(a).max() / abs(b).max() - 1) < 0.25
        np.testing.assert_array_equal((a == 0).all(-1), (b == 0).all(-1))


@pytest.mark.parametrize(
    "fill",
    [
        lambda nn, x: nn.init.eye_(x(3, 4)),
        lambda nn, x: nn.init.dirac_(x(4, 2, 3)),
        lambda nn, x: nn.init.dirac_(x(4, 3, 3, 2), 2),
        lambda nn, x: nn.init.dirac_(x(2, 4, 3, 3, 3)),
        lambda nn, x: nn.init.constant_(x(2), 3.5),
    ],
)
def test_fixed_initial_values(fill):
    assert fill(tt_nn, tt.ones).tolist() == fill(torch.nn, torch.ones).tolist()


@pytest.mark.parametrize("name", ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
@pytest.mark.parametrize("param", [None, 0.3, 2])
def test_gains(name, param):
    assert tt_nn.init.calculate_gain(name, param) == torch.nn.init.calculate_gain(name, param)


def linears():
    """A layer of PyTorch and one of ours with the same values."""
    theirs, ours = torch.nn.Linear(3, 4), tt_nn.Linear(3, 4)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def trained(layer, x, tools):
    """The outputs, gradients and state of a layer after two forwards."""
    layer(x)
    y = layer(x)
    (y * y).sum().backward()
    values = [y, *(p.grad for p in layer.parameters()), *layer.state_dict().values()]
    names = [n for n, _ in layer.named_parameters()] + list(layer.state_dict())
    return names, [v.detach().numpy() for v in values]


@pytest.mark.parametrize("dim", [0, 1, -1, None])
@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_weight_norm(dim):
    x = floats(5, 3)
    ours, theirs = linears()
    a = trained(tt_nn.utils.weight_norm(ours, dim=dim), tt.tensor(x), tt_nn.utils)
    b = trained(torch.nn.utils.weight_norm(theirs, dim=dim), torch.tensor(x), torch.nn.utils)
    assert a[0] == b[0]
    for u, v in zip(a[1], b[1], strict=True):
        assert u.shape == v.shape
        np.testing.assert_allclose(u, v, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        tt_nn.utils.remove_weight_norm(ours).weight.detach().numpy(),
        torch.nn.utils.remove_weight_norm(theirs).weight.detach().numpy(),
        rtol=1e-5,
    )


@pytest.mark.parametrize("dim", [0, 1])
def test_spectral_norm(dim):
    x = floats(5, 3)
    ours, theirs = linears()
    theirs = torch.nn.utils.spectral_norm(theirs, dim=dim, n_power_iterations=2)
    ours = tt_nn.utils.spectral_norm(ours, dim=dim, n_power_iterations=2)
    ours.load_state_dict(theirs.state_dict())
    a, b = trained(ours, tt.tensor(x), None), trained(theirs, torch.tensor(x), None)
    assert a[0] == b[0]
    for u, v in zip(a[1], b[1], strict=True):
        np.testing.assert_allclose(u, v, rtol=1e-4, atol=1e-5)
    ours.eval(), theirs.eval()
    np.testing.assert_allclose(
        ours(tt.tensor(x)).detach().numpy(), theirs(torch.tensor(x)).detach().numpy(), rtol=1e-4, atol=1e-5
    )


def test_vectors_of_parameters():
    ours, theirs = linears()
    vector = torch.nn.utils.parameters_to_vector(theirs.parameters()).detach().numpy()
    assert tt_nn.utils.parameters_to_vector(ours.parameters()).tolist() == vector.tolist()
    tt_nn.utils.vector_to_parameters(tt.tensor(vector * 2), ours.parameters())
    assert ours.weight.tolist() == (theirs.weight * 2).tolist()


def test_training_takes_the_same_path():
    """Twenty steps of gradient descent from the same start lead to the same place."""
    theirs = torch.nn.Sequential(torch.nn.Embedding(7, 4), torch.nn.Flatten(), torch.nn.Linear(8, 5), torch.nn.Tanh())
    ours = tt_nn.Sequential(tt_nn.Embedding(7, 4), tt_nn.Flatten(), tt_nn.Linear(8, 5), tt_nn.Tanh())
    ours.load_state_dict(theirs.state_dict())
    x, target = ids(10, 2), floats(10, 5)
    for model, lib in ((ours, tt), (theirs, torch)):
        for _ in range(20):
            model.zero_grad()
            error = model(lib.tensor(x)) - lib.tensor(target)
            (error * error).mean().backward()
            with lib.no_grad():
                for p in model.parameters():
                    p.sub_(p.grad * 0.5)
    for (name, a), b in zip(ours.state_dict().items(), theirs.state_dict().values()):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-4, atol=1e-5, err_msg=name)
