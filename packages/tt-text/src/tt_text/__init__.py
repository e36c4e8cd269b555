"""Character and byte-level BPE tokenizers, and batches of token streams."""

from .__about__ import __version__ as __version__

__all__: list[str] = []
