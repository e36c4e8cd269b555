"""Data sets, where PyTorch has them: the same as `tinytorch.data`."""

from ...data import *  # noqa: F403
