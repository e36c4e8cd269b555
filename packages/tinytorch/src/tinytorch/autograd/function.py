"""Operations with a derivative of one's own, where PyTorch has them, too: `tt_autograd.Function`."""

from tt_autograd import Function as Function
from tt_autograd import once_differentiable as once_differentiable
from tt_autograd.function import FunctionCtx as FunctionCtx
