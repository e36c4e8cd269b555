"""The functional forms: what layers and losses compute, as functions of tensors, with PyTorch's `nn.functional` names."""

from .dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from .embedding import embedding, one_hot
from .embedding_bag import embedding_bag
from .linear import bilinear, linear
from .ops.activations import logsigmoid, relu, relu_, sigmoid, softplus, tanh
from .ops.batchnorm import batch_norm
from .ops.binary import binary_cross_entropy, binary_cross_entropy_with_logits
from .ops.classification import cross_entropy, kl_div, linear_cross_entropy, nll_loss
from .ops.ctc import ctc_loss
from .ops.distance import (
    cosine_embedding_loss,
    cosine_similarity,
    normalize,
    pairwise_distance,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from .ops.groupnorm import group_norm, instance_norm, local_response_norm
from .ops.hard import (
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    relu6,
    softshrink,
    threshold,
    threshold_,
)
from .ops.margin import (
    hinge_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
)
from .ops.pairs import cdist, pdist
from .ops.rectifiers import (
    celu,
    celu_,
    elu,
    elu_,
    leaky_relu,
    leaky_relu_,
    prelu,
    rrelu,
    rrelu_,
    selu,
    selu_,
)
from .ops.regression import (
    gaussian_nll_loss,
    huber_loss,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
)
from .ops.rownorm import layer_norm, rms_norm
from .ops.smooth import gelu, glu, mish, silu, softsign, tanhshrink
from .ops.softmax import gumbel_softmax, log_softmax, softmax, softmin

__all__ = [
    "alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout",
    "embedding", "embedding_bag", "one_hot",
    "bilinear", "linear",
    "logsigmoid", "relu", "relu_", "sigmoid", "silu", "softplus", "tanh",
    "batch_norm", "group_norm", "instance_norm", "local_response_norm",
    "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "cross_entropy", "kl_div", "linear_cross_entropy", "nll_loss",
    "ctc_loss",
    "cdist", "cosine_embedding_loss", "cosine_similarity", "normalize", "pairwise_distance", "pdist", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    "hinge_embedding_loss", "margin_ranking_loss", "multi_margin_loss", "multilabel_margin_loss",
    "multilabel_soft_margin_loss", "soft_margin_loss",
    "celu", "celu_", "elu", "elu_", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "hardtanh_", "leaky_relu",
    "leaky_relu_", "prelu", "relu6", "rrelu", "rrelu_", "selu", "selu_", "softshrink", "threshold", "threshold_",
    "gaussian_nll_loss", "huber_loss", "l1_loss", "mse_loss", "poisson_nll_loss", "smooth_l1_loss",
    "layer_norm", "rms_norm",
    "gelu", "glu", "mish", "softsign", "tanhshrink",
    "gumbel_softmax", "log_softmax", "softmax", "softmin",
]  # fmt: skip
