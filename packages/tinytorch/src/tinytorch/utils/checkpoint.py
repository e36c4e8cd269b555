"""Recomputation to save memory, where PyTorch has it."""

from tt_autograd import checkpoint as checkpoint
