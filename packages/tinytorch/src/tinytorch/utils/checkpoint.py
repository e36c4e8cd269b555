"""Recomputation to save memory, where PyTorch has it."""

from tt_autograd import checkpoint as checkpoint
from tt_autograd import checkpoint_sequential as checkpoint_sequential
