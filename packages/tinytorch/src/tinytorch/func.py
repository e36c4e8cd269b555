"""Modules as functions of their parameters, where PyTorch has them."""

from tt_nn import functional_call as functional_call
