"""The functional forms: what layers and losses compute, as functions of tensors, with PyTorch's `nn.functional` names."""

from .linear import bilinear, linear
from .ops.activations import logsigmoid, relu, relu_, sigmoid, silu, softplus, tanh
from .ops.binary import binary_cross_entropy, binary_cross_entropy_with_logits
from .ops.classification import cross_entropy, kl_div, nll_loss
from .ops.piecewise import (
    celu,
    celu_,
    elu,
    elu_,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    prelu,
    relu6,
    rrelu,
    rrelu_,
    selu,
    selu_,
    softshrink,
    threshold,
    threshold_,
)
from .ops.regression import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
)
from .ops.smooth import gelu, glu, mish, softsign, tanhshrink
from .ops.softmax import log_softmax, softmax, softmin

__all__ = [
]
