"""Character and byte-level BPE tokenizers, and batches of token streams."""

from .__about__ import __version__ as __version__
from .batching import pack, pad
from .bpe import BPETokenizer
from .char import CharTokenizer
from .dataset import TokenDataset
from .errors import TokenizerFileError
from .special import AddedToken
from .tokenfile import read_tokens, write_tokens
from .training import learn_merges
from .vocabulary import Vocabulary

__all__ = [
    # tokenizers
    "CharTokenizer",
    "BPETokenizer",
    "AddedToken",
    "Vocabulary",
    "learn_merges",
    # batches
    "TokenDataset",
    "pad",
    "pack",
    "write_tokens",
    "read_tokens",
    "TokenizerFileError",
]
