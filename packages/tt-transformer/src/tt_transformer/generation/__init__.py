"""Generation: a language model goes on with a text, token by token."""

from .feeding import LanguageModel
from .generating import Generation, Token, generate

__all__ = ["Generation", "LanguageModel", "Token", "generate"]
