"""Modules, layers, losses and initialisation."""

from . import init, utils
from .__about__ import __version__
from .container import ModuleDict, ModuleList, Sequential
from .dropout import AlphaDropout, Dropout, Dropout1d, Dropout2d, Dropout3d, FeatureAlphaDropout
from .embedding import Embedding
from .flatten import Flatten, Unflatten
from .linear import Bilinear, Identity, Linear
from .module import Module
from .parameter import Parameter
from .parameter_list import ParameterDict, ParameterList
from .summary import Summary, summary

__all__ = [
    "Module", "Parameter", "init", "utils",
    "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential",
    "Bilinear", "Embedding", "Flatten", "Identity", "Linear", "Unflatten",
    "AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout",
    "Summary", "summary",
    "__version__",
]  # fmt: skip
