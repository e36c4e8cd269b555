"""Learning-rate schedules: `tt_optim.lr_scheduler`."""

from tt_optim.lr_scheduler import *  # noqa: F403
from tt_optim.lr_scheduler import _LRScheduler as _LRScheduler
