"""The tape: reverse-mode differentiation of whatever is computed with tt-tensor's operations."""

from tt_tensor import *  # noqa: F403

from . import rules
from .__about__ import __version__
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
