"""Optimizers, learning-rate schedules and checkpoints."""

from . import lr_scheduler as lr_scheduler
from . import swa_utils as swa_utils
from .__about__ import __version__
from .adagrad import Adadelta, Adagrad
from .adam import Adam, AdamW
from .adamax import Adamax
from .checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from .clip import clip_grad_norm, clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from .early_stopping import EarlyStopping
from .lbfgs import LBFGS
from .lion import Lion
from .lr_scheduler import CosineScheduler
from .nadam import NAdam
from .optimizer import Optimizer
from .radam import RAdam
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = [
    "Optimizer", "SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adadelta", "Lion",
    "LBFGS",
    "CosineScheduler",
    "clip_grad_norm_", "clip_grad_norm", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm", "EarlyStopping",
    "save_checkpoint", "load_checkpoint", "CheckpointError",
    "__version__",
]  # fmt: skip
