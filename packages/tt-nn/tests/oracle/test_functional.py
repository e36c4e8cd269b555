"""Activations and softmax, as functions and as modules."""

import numpy as np
import pytest
import tt_nn

torch = pytest.importorskip("torch")

INF, NAN = float("inf"), float("nan")
EDGES = [-INF, -1e4, -100, -6, -3, -1, -0.5, -0.0, 0, 0.5, 1, 3, 6, 20, 100, 1e4, INF, NAN]

ACTIVATIONS = {
    "relu": lambda F, x: F.relu(x),
    "relu6": lambda F, x: F.relu6(x),
    "leaky_relu": lambda F, x: F.leaky_relu(x),
    "leaky_relu steep": lambda F, x: F.leaky_relu(x, 2.0),
    "leaky_relu negative": lambda F, x: F.leaky_relu(x, -0.5),
    "rrelu": lambda F, x: F.rrelu(x),
    "elu": lambda F, x: F.elu(x, 0.7),
    "selu": lambda F, x: F.selu(x),
    "celu": lambda F, x: F.celu(x, 1.3),
    "celu negative": lambda F, x: F.celu(x, -0.7),
    "gelu": lambda F, x: F.gelu(x),
    "gelu tanh": lambda F, x: F.gelu(x, approximate="tanh"),
    "silu": lambda F, x: F.silu(x),
    "mish": lambda F, x: F.mish(x),
    "sigmoid": lambda F, x: F.sigmoid(x),
    "logsigmoid": lambda F, x: F.logsigmoid(x),
    "tanh": lambda F, x: F.tanh(x),
    "hardtanh": lambda F, x: F.hardtanh(x, -0.5, 2.0),
    "hardsigmoid": lambda F, x: F.hardsigmoid(x),
    "hardswish": lambda F, x: F.hardswish(x),
    "hardshrink": lambda F, x: F.hardshrink(x),
    "softshrink": lambda F, x: F.softshrink(x, 0.3),
    "tanhshrink": lambda F, x: F.tanhshrink(x),
    "softsign": lambda F, x: F.softsign(x),
    "softplus": lambda F, x: F.softplus(x),
    "softplus beta": lambda F, x: F.softplus(x, 2.0, 5.0),
    "threshold": lambda F, x: F.threshold(x, 0.5, -3.0),
}
# Where PyTorch's own value or gradient at infinity is NaN only because of how it computes it.
NOT_AT_INFINITY = {"gelu", "gelu tanh", "silu", "mish", "softsign", "tanhshrink", "hardswish", "softplus beta"}


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name, dtype, agree):
    call = ACTIVATIONS[name]
    rng = np.random.default_rng(0)
    agree(call, (rng.standard_normal((3, 5)) * 3).astype(dtype))
    agree(call, np.array(0.3, dtype))
    agree(call, np.zeros((0, 3), dtype))
    edges = np.array(EDGES)
    agree(call, (edges[np.isfinite(edges)] if name in NOT_AT_INFINITY or dtype == "float16" else edges).astype(dtype))


LARGE = ["relu", "silu", "gelu", "gelu tanh", "elu", "selu", "celu", "softplus", "logsigmoid", "leaky_relu", "hardtanh"]


@pytest.mark.parametrize("name", [*LARGE, "hardsigmoid", "hardswish"])
def test_large_arrays(name, agree):
    agree(ACTIVATIONS[name], np.random.default_rng(0).standard_normal((70, 1000)).astype("float32"))
    agree(lambda F, x: ACTIVATIONS[name](F, x.transpose(0, 1)), np.ones((300, 400), "float32"))


@pytest.mark.parametrize("name", ["relu", "elu", "selu", "celu", "leaky_relu", "hardtanh", "rrelu"])
def test_in_place(name, agree):
    x = np.random.default_rng(0).standard_normal(6).astype("float32")
    agree(lambda F, x: getattr(F, name)(x * 1, inplace=True), x)
    agree(lambda F, x: getattr(F, name + "_")(x * 1), x)


def test_relu_of_integers(agree):
    agree(lambda F, x: F.relu(x), np.array([-1, 2]))
    agree(lambda F, x: F.gelu(x), np.array([-1, 2]))
    agree(lambda F, x: F.softmax(x, 0), np.array([-1, 2]))
    agree(lambda F, x: F.softmax(x, 0, dtype=x.float().dtype), np.array([-1, 2]))


@pytest.mark.parametrize("slopes", [1, 4, 3])
@pytest.mark.parametrize("shape", [(2, 4), (2, 4, 3), (4,)])
def test_prelu(slopes, shape, agree):
    rng = np.random.default_rng(0)
    agree(lambda F, x, w: F.prelu(x, w), rng.standard_normal(shape), rng.standard_normal(slopes))


@pytest.mark.parametrize("function", ["softmax", "log_softmax", "softmin"])
@pytest.mark.parametrize("shape", [(4, 2), (64, 10), (300, 130), (5,), (), (2, 5, 3), (2, 3, 4, 5), (0, 3), (3, 0)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_softmax(function, shape, dtype, agree):
    x = np.asarray(np.random.default_rng(0).standard_normal(shape) * 5, dtype)
    for dim in (*range(-len(shape), len(shape)), None, len(shape) + 1):
        agree(lambda F, x, dim=dim: getattr(F, function)(x, dim), x, atol=2e-5)


def test_softmax_of_extremes(agree):
    for row in ([1e4, -1e4], [-INF, -INF], [INF, 0], [-INF, 0], [NAN, 0], [88.0, 89.0]):
        for function in ("softmax", "log_softmax"):
            agree(lambda F, x, function=function: getattr(F, function)(x, 1), np.array([row, [0, 1]], "float32"))


@pytest.mark.parametrize("size", [4, 5, 0])
def test_glu(size, agree):
    x = np.random.default_rng(0).standard_normal((3, size))
    agree(lambda F, x: F.glu(x), x)
    agree(lambda F, x: F.glu(x, 0), x[:2])


ERRORS = {
    "softshrink": lambda F, x: F.softshrink(x, -1.0),
    "gelu": lambda F, x: F.gelu(x, approximate="cubic"),
    "celu": lambda F, x: F.celu(x, 0.0),
    "hardtanh": lambda F, x: F.hardtanh(x, 1.0, -1.0),
    "glu of integers": lambda F, x: F.glu(x.long()),
    "prelu of integers": lambda F, x: F.prelu(x.long(), x.long()[0, :1]),
    "rrelu": lambda F, x: F.rrelu(x, 0.5, 0.1),
    "glu": lambda F, x: F.glu(x, 5),
    "not a tensor": lambda F, x: F.relu([1.0]),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name, agree):
    agree(ERRORS[name], np.ones((2, 4), "float32"))


MODULES = [
    "ReLU", "ReLU6", "LeakyReLU", "RReLU", "ELU", "SELU", "CELU", "GELU", "SiLU", "Mish", "Sigmoid", "LogSigmoid", "Tanh", "Hardtanh", "Hardsigmoid", "Hardswish",
    "Hardshrink", "Softshrink", "Tanhshrink", "Softsign", "Softplus", "GLU", "PReLU",
    ("Threshold", 0.1, 2.0), ("Softmax", 1), ("Softmin", 1), ("LogSoftmax", 1), ("LeakyReLU", 0.2, True), ("ReLU", True), ("GELU", "tanh"), ("Hardtanh", -2.0, 0.5),
    ("RReLU", 0.1, 0.3, True), ("PReLU", 4), ("ELU", 0.5, True), ("Softplus", 2, 3), ("Hardshrink", 0.1), ("Softmax",), ("Threshold", 0.1, 2.0, True), ("CELU", 2.0, True),
]  # fmt: skip


@pytest.mark.parametrize("case", MODULES, ids=str)
def test_module(case, agree):
    name, *args = (case,) if isinstance(case, str) else case
    x = np.random.default_rng(0).standard_normal((3, 4)).astype("float32")
    ours, theirs = getattr(tt_nn, name)(*args).eval(), getattr(torch.nn, name)(*args).eval()
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    agree(lambda F, x: (ours if F is tt_nn.functional else theirs)(x * 1), x)


def test_softmax2d(agree):
    for shape in ((2, 3, 4, 5), (3, 4, 5), (3, 4)):
        agree(lambda F, x: (tt_nn if F is tt_nn.functional else torch.nn).Softmax2d()(x), np.ones(shape, "float32"))
