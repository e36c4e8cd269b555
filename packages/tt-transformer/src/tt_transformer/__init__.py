"""Attention, transformer blocks, GPT and Llama, and generation."""

from . import functional as functional
from . import layers as layers
from .__about__ import __version__ as __version__
from .attention import scaled_dot_product_attention
from .blocks import MLP, DecoderBlock, SelfAttention, Sight
from .cache import Cache, DynamicCache
from .config import DecoderConfig
from .decoder import Decoder
from .generation import Generation, LanguageModel, Token, generate
from .gpt import GPT, GPTConfig
from .layers import (
    MultiheadAttention,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from .llama import Llama, LlamaConfig
from .position_layers import ALiBi, LearnedPositions, RotaryEmbedding, SinusoidalPositions
from .probe import causal_leak

__all__ = [
    "GPT", "GPTConfig", "Llama", "LlamaConfig",
    "Decoder", "DecoderBlock", "DecoderConfig", "MLP", "SelfAttention", "Sight",
    "MultiheadAttention", "scaled_dot_product_attention",
    "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder", "TransformerEncoderLayer",
    "ALiBi", "LearnedPositions", "RotaryEmbedding", "SinusoidalPositions",
    "Generation", "LanguageModel", "Token", "generate",
    "Cache", "DynamicCache",
    "causal_leak",
]  # fmt: skip
