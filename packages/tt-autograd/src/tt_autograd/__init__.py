"""The tape: reverse-mode differentiation of whatever is computed with tt-tensor's operations."""

# ruff: noqa: I001  (the rules come first: whoever has the tape has the derivatives)

import tt_tensor
from tt_tensor import *  # noqa: F403

from . import rules as rules
from .__about__ import __version__ as __version__
from .grad_mode import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled,
)  # fmt: skip
from .node import Node
from .rule import derivative, flat, joint_derivative
from .tensor import Tensor
from .creation import *  # noqa: F403
from .engine import backward, grad
from .function import Function, once_differentiable
from .gradcheck import GradcheckError, gradcheck, gradgradcheck
from .checkpoint import CheckpointError, checkpoint, checkpoint_sequential
from .watch import detect_anomaly, is_anomaly_enabled, set_detect_anomaly, tracing
from .explain import explain
from . import functional, graph

__all__ = [
    "CheckpointError",
    "Function", "GradcheckError", "Node", "Tensor", "backward", "checkpoint", "checkpoint_sequential", "derivative",
    "detect_anomaly", "enable_grad", "explain", "flat", "functional", "grad", "gradcheck", "gradgradcheck", "graph",
    "inference_mode", "is_anomaly_enabled", "is_grad_enabled", "is_inference_mode_enabled", "joint_derivative", "no_grad",
    "once_differentiable", "set_detect_anomaly", "set_grad_enabled", "tracing",
]  # fmt: skip
__all__ += tt_tensor.__all__
