"""Modules, layers and losses: `tt_nn`."""

from tt_nn import *  # noqa: F403

from . import functional as functional
from . import init as init
from . import utils as utils
