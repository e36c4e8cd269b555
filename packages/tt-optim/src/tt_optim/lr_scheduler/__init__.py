"""Learning-rate schedules: all of `torch.optim.lr_scheduler`, and `CosineScheduler`."""

from .base import LRScheduler
from .combine import ChainedScheduler, SequentialLR
from .cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts, CosineScheduler
from .cycle import CyclicLR, OneCycleLR
from .decay import ExponentialLR, LambdaLR, MultiplicativeLR, MultiStepLR, StepLR
from .plateau import ReduceLROnPlateau
from .ramp import ConstantLR, LinearLR, PolynomialLR

_LRScheduler = LRScheduler  # what schedules of one's own were long derived from

__all__ = [
    "LRScheduler", "LambdaLR", "MultiplicativeLR", "StepLR", "MultiStepLR", "ExponentialLR",
    "ConstantLR", "LinearLR", "PolynomialLR",
    "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CosineScheduler",
    "CyclicLR", "OneCycleLR", "ReduceLROnPlateau", "ChainedScheduler", "SequentialLR",
]  # fmt: skip
