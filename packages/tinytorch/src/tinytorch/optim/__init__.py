"""Optimizers: `tt_optim`."""

from tt_optim import *  # noqa: F403

from . import lr_scheduler as lr_scheduler
from . import optimizer as optimizer
from . import swa_utils as swa_utils
