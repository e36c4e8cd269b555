"""NVIDIA's GPUs: `tt_tensor.cuda`."""

from tt_tensor.cuda import *  # noqa: F403
