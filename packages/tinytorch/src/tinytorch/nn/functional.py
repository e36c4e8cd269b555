"""Functional forms of layers, activations and losses: `functional` of `tt_nn`, `tt_spatial` and `tt_transformer`."""

from tt_nn.functional import *  # noqa: F403
from tt_spatial.functional import *  # noqa: F403
from tt_transformer.functional import *  # noqa: F403
