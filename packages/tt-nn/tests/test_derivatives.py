"""First and second derivatives of every function by finite differences, in float64."""

import numpy as np
import pytest
import tt_nn.functional as F
from tt_autograd import Tensor, gradcheck, gradgradcheck


def floats(*shape, seed=0, scale=1.0):
    return Tensor(np.asarray(np.random.default_rng(seed).standard_normal(shape) * scale)).requires_grad_()


def probabilities(*shape, seed=1):
    return Tensor(np.random.default_rng(seed).random(shape) * 0.8 + 0.1).requires_grad_()


def constant(values):
    return Tensor(np.asarray(values))


T = constant([0, 2, 1, 2])
MASKED = constant([0, -100, 1, 2])
MULTI = constant([[[0, 1], [2, 2]], [[1, 1], [0, 2]]])
SIGNS = constant([1.0, -1.0, -1.0, 1.0])

SMOOTH = {
    "gelu": lambda x: F.gelu(x),
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "silu": F.silu,
    "mish": F.mish,
    "sigmoid": F.sigmoid,
    "logsigmoid": F.logsigmoid,
    "tanh": F.tanh,
    "softplus": lambda x: F.softplus(x, 2.0),
    "softsign": F.softsign,
    "tanhshrink": F.tanhshrink,
    "elu": lambda x: F.elu(x, 0.7),
    "selu": F.selu,
    "celu": lambda x: F.celu(x, 1.3),
    "relu": F.relu,
    "relu6": F.relu6,
    "leaky_relu": F.leaky_relu,
    "hardtanh": F.hardtanh,
    "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish,
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "threshold": lambda x: F.threshold(x, 0.3, 2.0),
    "rrelu": F.rrelu,
    "glu": lambda x: F.glu(x[:, :2]),
    "softmax": lambda x: F.softmax(x, 1),
    "softmax 0": lambda x: F.softmax(x, 0),
    "log_softmax": lambda x: F.log_softmax(x, 1),
    "softmin": lambda x: F.softmin(x, 1),
    "normalize": F.normalize,
}


@pytest.mark.parametrize("name", SMOOTH)
def test_activation(name):
    x = floats(4, 3, scale=1.7)
    assert gradcheck(SMOOTH[name], (x,))
    assert gradgradcheck(SMOOTH[name], (x,))


@pytest.mark.parametrize("name", ["relu", "silu", "gelu", "gelu tanh"])
def test_the_blockwise_kernels_have_the_same_derivative(name):
    x = floats(70, 1000)
    large, small = SMOOTH[name](x), Tensor(x.array[3:4]).requires_grad_()
    large.backward(Tensor(np.ones(x.shape)))
    SMOOTH[name](small).backward(Tensor(np.ones((1, 1000))))
    np.testing.assert_allclose(x.grad.array[3:4], small.grad.array, rtol=1e-12)


def test_prelu():
    assert gradcheck(F.prelu, (floats(2, 3, 2), floats(3, seed=4)))
    assert gradgradcheck(F.prelu, (floats(2, 3, 2), floats(3, seed=4)))


X, Y, P = floats(4, 3), floats(4, 3, seed=5), probabilities(4, 3)
LOSSES = {
    "l1_loss": ((X, Y), {}),
    "mse_loss": ((X, Y), {}),
    "huber_loss": ((X, Y), {}),
    "smooth_l1_loss": ((X, Y), dict(beta=0.4)),
    "poisson_nll_loss": ((X, constant(np.arange(12.0).reshape(4, 3))), dict(full=True)),
    "gaussian_nll_loss": ((X, Y, P), {}),
    "kl_div": ((X, P), {}),
    "binary_cross_entropy": ((P, probabilities(4, 3, seed=9)), {}),
    "binary_cross_entropy_with_logits": ((X, P), {}),
    "cross_entropy": ((X, T), {}),
    "nll_loss": ((X, T, constant([0.2, 0.5, 0.7])), {}),
    "margin_ranking_loss": ((X[:, 0].detach().requires_grad_(), Y[:, 0].detach().requires_grad_(), SIGNS), {}),
    "hinge_embedding_loss": ((floats(4), SIGNS), {}),
    "soft_margin_loss": ((floats(4), SIGNS), {}),
    "multilabel_soft_margin_loss": ((X, P), {}),
    "multi_margin_loss": ((X, T), dict(p=2)),
    "multilabel_margin_loss": ((X, constant([[0, -1, 0], [2, 1, -1], [-1, 0, 0], [0, 1, 2]])), {}),
    "cosine_embedding_loss": ((X, Y, SIGNS), {}),
    "triplet_margin_loss": ((X, Y, floats(4, 3, seed=8)), dict(swap=True)),
}


@pytest.mark.filterwarnings("ignore:kl_div")
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", LOSSES)
def test_loss(name, reduction):
    inputs, settings = LOSSES[name]

    def call(*xs):
        return getattr(F, name)(*xs, reduction=reduction, **settings)

    assert gradcheck(call, inputs)
    assert gradgradcheck(call, inputs)


CROSS_ENTROPY = {
    "ignored": ((X, MASKED), {}),
    "smoothed": ((X, MASKED), dict(label_smoothing=0.2)),
    "weighted": ((X, T, constant([0.2, 0.5, 0.7])), dict(label_smoothing=0.2)),
    "probabilities": ((X, P), {}),
    "one": ((floats(3), constant(1)), {}),
    "many dims": ((floats(2, 3, 2, 2), MULTI), {}),
}


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("name", CROSS_ENTROPY)
def test_cross_entropy(name, reduction):
    inputs, settings = CROSS_ENTROPY[name]

    def call(*xs):
        return F.cross_entropy(*xs, reduction=reduction, **settings)

    assert gradcheck(call, inputs)
    assert gradgradcheck(call, inputs)


def test_ctc():
    targets = constant([[1, 2, 2], [3, 1, 0]])

    def call(x):
        return F.ctc_loss(F.log_softmax(x, 2), targets, (6, 5), (3, 2), reduction="none")

    assert gradcheck(call, (floats(6, 2, 4),))
    assert gradcheck(lambda x: F.ctc_loss(x, targets, (6, 5), (3, 2)), (floats(6, 2, 4),))


NORMS = {
    "layer_norm": (lambda x, w, b: F.layer_norm(x, [3], w, b), 3),
    "layer_norm plain": (lambda x, w, b: F.layer_norm(x, [3]), 3),
    "rms_norm": (lambda x, w, b: F.rms_norm(x, [3], w), 3),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b), 4),
    "instance_norm": (lambda x, w, b: F.instance_norm(x, None, None, w, b), 4),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True), 4),
    "batch_norm plain": (lambda x, w, b: F.batch_norm(x, None, None, training=True), 4),
    "batch_norm evaluated": (lambda x, w, b: F.batch_norm(x, constant(np.zeros(4)), constant(np.ones(4) * 2), w, b), 4),
    "local_response_norm": (lambda x, w, b: F.local_response_norm(x, 2, alpha=0.5), 4),
}


@pytest.mark.parametrize("name", NORMS)
def test_norm(name):
    call, size = NORMS[name]
    inputs = (floats(2, 4, 3, scale=2.0), floats(size, seed=1), floats(size, seed=2))
    used = inputs if "plain" not in name and "response" not in name else inputs[:1]
    rest = inputs[len(used) :]
    if name == "rms_norm":
        used, rest = inputs[:2], inputs[2:]
    assert gradcheck(lambda *xs: call(*xs, *rest), used)
    assert gradgradcheck(lambda *xs: call(*xs, *rest), used)


def test_batch_norm_of_a_matrix():
    def call(x, w, b):
        return F.batch_norm(x, None, None, w, b, training=True)

    assert gradcheck(call, (floats(5, 3), floats(3, seed=1), floats(3, seed=2)))
    assert gradgradcheck(call, (floats(5, 3), floats(3, seed=1), floats(3, seed=2)))


def test_distances():
    for call in (F.pairwise_distance, F.cosine_similarity):
        assert gradcheck(call, (X, Y))
        assert gradgradcheck(call, (X, Y))
