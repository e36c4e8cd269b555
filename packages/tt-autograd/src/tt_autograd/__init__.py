"""The tape: reverse-mode differentiation of whatever is computed with tt-tensor's operations."""

# ruff: noqa: I001  (the rules come first: whoever has the tape has the derivatives)

from typing import TYPE_CHECKING

import tt_tensor

if TYPE_CHECKING:  # of two imports of a name, mypy keeps the first, Python the second
    from .creation import *  # noqa: F403
    from .tensor import Tensor as Tensor
from tt_tensor import *  # type: ignore[assignment]  # noqa: F403

from . import rules as rules
from .__about__ import __version__ as __version__
from .grad_mode import enable_grad as enable_grad
from .grad_mode import inference_mode as inference_mode
from .grad_mode import is_grad_enabled as is_grad_enabled
from .grad_mode import is_inference_mode_enabled as is_inference_mode_enabled
from .grad_mode import no_grad as no_grad
from .grad_mode import set_grad_enabled as set_grad_enabled
from .node import Node as Node
from .rule import derivative as derivative
from .rule import flat as flat
from .rule import joint_derivative as joint_derivative
from .tensor import Tensor as Tensor
from .creation import *  # noqa: F403
from .engine import backward as backward
from .engine import grad as grad
from .function import Function as Function
from .function import once_differentiable as once_differentiable
from .gradcheck import GradcheckError as GradcheckError
from .gradcheck import gradcheck as gradcheck
from .gradcheck import gradgradcheck as gradgradcheck
from .checkpoint import CheckpointError as CheckpointError
from .checkpoint import checkpoint as checkpoint
from .checkpoint import checkpoint_sequential as checkpoint_sequential
from .watch import detect_anomaly as detect_anomaly
from .watch import is_anomaly_enabled as is_anomaly_enabled
from .watch import set_detect_anomaly as set_detect_anomaly
from .watch import tracing as tracing
from .explain import explain as explain
from . import functional as functional
from . import graph as graph

if not TYPE_CHECKING:  # mypy cannot add two lists, and takes what is imported here for public if it sees none
    __all__ = [
        "CheckpointError",
        "Function", "GradcheckError", "Node", "Tensor", "backward", "checkpoint", "checkpoint_sequential", "derivative",
        "detect_anomaly", "enable_grad", "explain", "flat", "functional", "grad", "gradcheck", "gradgradcheck", "graph",
        "inference_mode", "is_anomaly_enabled", "is_grad_enabled", "is_inference_mode_enabled", "joint_derivative", "no_grad",
        "once_differentiable", "set_detect_anomaly", "set_grad_enabled", "tracing",
    ]  # fmt: skip
    __all__ += tt_tensor.__all__
