"""Devices other than the CPU: `tt_tensor.accelerator`."""

from tt_tensor.accelerator import *  # noqa: F403
