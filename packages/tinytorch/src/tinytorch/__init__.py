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
from tt_nn.functional import pairwise_distance as pairwise_distance
from tt_nn.functional import pdist as pdist
from tt_nn.functional import prelu as prelu
from tt_nn.functional import relu_ as relu_
from tt_nn.functional import selu as selu

from . import accelerator as accelerator
from . import autograd as autograd
from . import backends as backends
from . import cuda as cuda
from . import data as data
from . import func as func
from . import linalg as linalg
from . import nn as nn
from . import optim as optim
from . import spatial as spatial
from . import text as text
from . import transformer as transformer
from . import utils as utils
from .__about__ import __version__ as __version__
