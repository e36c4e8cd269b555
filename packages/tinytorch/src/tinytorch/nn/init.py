"""Initial values of parameters: `tt_nn.init`."""

from tt_nn.init import *  # noqa: F403
