"""Data sets and loaders, where PyTorch has them: the same as `tinytorch.data`."""

from ...data import *  # noqa: F403
from . import dataloader as dataloader
from . import dataset as dataset
from . import distributed as distributed
from . import sampler as sampler
