"""Convolution, pooling and CNNs: `tt_spatial`."""

from tt_spatial import *  # noqa: F403
