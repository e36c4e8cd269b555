"""Modules, layers and losses: `tt_nn`, and the layers of `tt_spatial` and `tt_transformer`."""

from tt_nn import *  # noqa: F403
from tt_spatial.layers import *  # noqa: F403
from tt_transformer.layers import *  # noqa: F403

from . import functional as functional
from . import init as init
from . import parameter as parameter
from . import utils as utils
