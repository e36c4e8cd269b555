"""Padding of sequences: `tt_nn.utils.rnn`."""

from tt_nn.utils.rnn import *  # noqa: F403
