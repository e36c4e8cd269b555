"""Modules, layers, losses and initialisation."""

from .__about__ import __version__
from .container import ModuleDict, ModuleList, Sequential
from .module import Module
from .parameter import Parameter
from .parameter_list import ParameterDict, ParameterList

__all__ = [
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "Sequential",
    "__version__",
]
