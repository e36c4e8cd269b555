"""Attention, transformer blocks, GPT and Llama, and generation."""

from . import functional as functional
from . import layers as layers
from .__about__ import __version__ as __version__

__all__: list[str] = []
