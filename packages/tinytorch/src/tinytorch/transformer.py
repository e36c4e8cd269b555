"""Attention, transformer blocks, GPT and Llama, generation: `tt_transformer`."""

from tt_transformer import *  # noqa: F403
