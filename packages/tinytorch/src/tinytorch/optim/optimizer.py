"""The base class of optimizers, where PyTorch has it, too: `tt_optim.Optimizer`."""

from tt_optim import Optimizer as Optimizer
from tt_optim.optimizer import required as required
