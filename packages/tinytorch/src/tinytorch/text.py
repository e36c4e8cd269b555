"""Tokenizers and batches of token streams: `tt_text`."""

from tt_text import *  # noqa: F403
