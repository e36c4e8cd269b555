"""The rank files of `tiktoken`: a line for each token, its bytes in base64, a space, and its id."""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING

from .conversion import as_ranks
from .errors import TokenizerFileError
from .saving import replacing

if TYPE_CHECKING:
    from .bpe import BPETokenizer


def read(path: str | os.PathLike[str]) -> dict[bytes, int]:
    """The ranks in a file."""
    ranks: dict[bytes, int] = {}
    line_of: dict[int, int] = {}
    with open(path, "rb") as file:
        lines = file.read().split(b"\n")
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if not fields:
            continue
        where = f"line {number}"
        if len(fields) != 2:
            raise TokenizerFileError(
                path, where, f"expected a token in base64 and its rank, got {line[:80]!r}; is it cut off?"
            )
        try:
            token = base64.b64decode(fields[0], validate=True)
        except binascii.Error as error:
            raise TokenizerFileError(path, where, f"{fields[0][:80]!r} is not base64 ({error})") from None
        if not fields[1].isdigit():
            raise TokenizerFileError(path, where, f"the rank should be a number, got {fields[1][:80]!r}")
        rank = int(fields[1])
        if token in ranks or rank in line_of:
            before = line_of.get(rank, line_of.get(ranks.get(token, -1)))
            raise TokenizerFileError(
                path, where, f"the token or the rank of line {before} once more; is the file cut off?"
            )
        ranks[token] = rank
        line_of[rank] = number
    return ranks


def write(tokenizer: BPETokenizer, path: str | os.PathLike[str]) -> None:
    """Write the ranks of a tokenizer."""
    if tokenizer.add_prefix_space:
        raise ValueError("save_tiktoken: a rank file goes without add_prefix_space; put the space in the text")
    if tokenizer.normalizer:
        raise ValueError("save_tiktoken: a rank file goes without a normalizer; use save")
    odd = [token.content for token in tokenizer.added.tokens if not token.plain]
    if odd:
        raise ValueError(f"save_tiktoken: tiktoken has no settings for the added token {odd[0]!r}; use save")
    ranks = as_ranks(tokenizer)
    with replacing(path) as file:
        for token, rank in sorted(ranks.items(), key=lambda pair: pair[1]):
            file.write(base64.b64encode(token) + b" %d\n" % rank)
