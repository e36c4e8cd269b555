"""Normalization as layers. Each is one of `tt_nn.functional`, with its settings, weight and bias kept."""

from .running import BatchNorm1d, InstanceNorm1d
from .running import _BatchNorm as _BatchNorm
from .running import _InstanceNorm as _InstanceNorm
from .samples import GroupNorm, LayerNorm, LocalResponseNorm, RMSNorm

__all__ = ["BatchNorm1d", "GroupNorm", "InstanceNorm1d", "LayerNorm", "LocalResponseNorm", "RMSNorm"]
