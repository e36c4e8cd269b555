"""Functional forms of layers, activations and losses: `tt_nn.functional`."""

from tt_nn.functional import *  # noqa: F403
