"""TinyTorch under PyTorch's names: re-exports of the tt-* packages, and nothing else.

`import tinytorch as torch` runs code written for PyTorch, as far as the names exist. What is re-exported is the thing itself:
`tinytorch.nn.Linear` is `tt_nn.Linear`.
"""

from tt_autograd import *  # noqa: F403
from tt_nn import load as load
from tt_nn import save as save
from tt_nn.functional import cdist as cdist
from tt_nn.functional import celu as celu
from tt_nn.functional import cosine_similarity as cosine_similarity
from tt_nn.functional import dropout as dropout
from tt_nn.functional import group_norm as group_norm
from tt_nn.functional import layer_norm as layer_norm
from tt_nn.functional import pairwise_distance as pairwise_distance
from tt_nn.functional import pdist as pdist
from tt_nn.functional import prelu as prelu
from tt_nn.functional import relu_ as relu_
from tt_nn.functional import rms_norm as rms_norm
from tt_nn.functional import rrelu as rrelu
from tt_nn.functional import selu as selu
from tt_nn.functional import threshold as threshold
from tt_spatial.functional import adaptive_avg_pool1d as adaptive_avg_pool1d
from tt_spatial.functional import avg_pool1d as avg_pool1d
from tt_spatial.functional import channel_shuffle as channel_shuffle
from tt_spatial.functional import conv1d as conv1d
from tt_spatial.functional import conv2d as conv2d
from tt_spatial.functional import conv3d as conv3d
from tt_spatial.functional import conv_transpose1d as conv_transpose1d
from tt_spatial.functional import conv_transpose2d as conv_transpose2d
from tt_spatial.functional import conv_transpose3d as conv_transpose3d
from tt_spatial.functional import max_pool1d as max_pool1d
from tt_spatial.functional import max_pool2d as max_pool2d
from tt_spatial.functional import max_pool3d as max_pool3d
from tt_spatial.functional import pixel_shuffle as pixel_shuffle
from tt_spatial.functional import pixel_unshuffle as pixel_unshuffle

from . import accelerator as accelerator
from . import autograd as autograd
from . import backends as backends
from . import cuda as cuda
from . import data as data
from . import func as func
from . import linalg as linalg  # type: ignore[no-redef]
from . import nn as nn
from . import optim as optim
from . import random as random
from . import spatial as spatial
from . import special as special
from . import text as text
from . import transformer as transformer
from . import utils as utils
from .__about__ import __version__ as __version__
from .backends.precision import are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled
from .backends.precision import get_float32_matmul_precision as get_float32_matmul_precision
from .backends.precision import set_float32_matmul_precision as set_float32_matmul_precision
from .backends.precision import use_deterministic_algorithms as use_deterministic_algorithms
