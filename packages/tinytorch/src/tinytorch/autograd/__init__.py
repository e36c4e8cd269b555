"""Gradients: `tt_autograd`."""

from tt_autograd import Function as Function
from tt_autograd import backward as backward
from tt_autograd import detect_anomaly as detect_anomaly
from tt_autograd import enable_grad as enable_grad
from tt_autograd import explain as explain
from tt_autograd import grad as grad
from tt_autograd import gradcheck as gradcheck
from tt_autograd import gradgradcheck as gradgradcheck
from tt_autograd import graph as graph
from tt_autograd import inference_mode as inference_mode
from tt_autograd import no_grad as no_grad
from tt_autograd import set_detect_anomaly as set_detect_anomaly
from tt_autograd import set_grad_enabled as set_grad_enabled
from tt_autograd import tracing as tracing

from . import function as function
from . import functional as functional
