"""Averaging of weights: `tt_optim.swa_utils`."""

from tt_optim.swa_utils import *  # noqa: F403
