"""Jacobians and their products: `tt_autograd.functional`."""

from tt_autograd.functional import *  # noqa: F403
