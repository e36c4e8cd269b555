"""Derivatives of random values: 0, because they do not follow what they replace, nor (as in PyTorch) their parameters."""

from tt_tensor.random import (
    bernoulli_like_p,
    bernoulli_p,
    cauchy_p,
    exponential_p,
    geometric_p,
    integer_p,
    log_normal_p,
    multinomial_p,
    normal_like_p,
    normal_p,
    poisson_p,
    uniform_p,
)  # fmt: skip

from ..rule import derivative, flat
from .elementwise import zero

derivative(normal_p, zero, zero)
for op in (
    bernoulli_p, poisson_p, uniform_p, normal_like_p, integer_p, bernoulli_like_p, exponential_p, cauchy_p, log_normal_p,
    geometric_p,
):  # fmt: skip
    derivative(op, zero)
flat(multinomial_p)
