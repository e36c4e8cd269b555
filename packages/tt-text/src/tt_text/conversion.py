"""From ranks to merges and back, and tokens as characters: what the file formats share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .alphabet import to_characters
from .merging import last_pair

if TYPE_CHECKING:
    from .bpe import BPETokenizer


def written_ids(tokenizer: BPETokenizer, what: str) -> dict[str, int]:
    """The vocabulary as characters, added tokens included, in the order of the ids."""
    written: dict[str, int] = {}
    pairs = [(to_characters(token), i) for token, i in tokenizer.vocab.items()]
    pairs += [(token.content, token.id) for token in tokenizer.added.tokens]
    for characters, i in pairs:
        if written.setdefault(characters, i) != i:
            raise ValueError(
                f"{what}: the ids {written[characters]} and {i} would both be written as {characters!r}, the one a special "
                "token, the other a token of the same characters; this format cannot tell them apart"
            )
    return dict(sorted(written.items(), key=lambda pair: pair[1]))


def listed(tokenizer: BPETokenizer) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The merges of a tokenizer and its `ignore_merges`; with ranks, the last merge of each token, in order of rank."""
    if tokenizer.merges is not None:
        return tokenizer.merges, tokenizer.ignore_merges
    merges, all_made = from_ranks(tokenizer.vocab)
    return merges, not all_made


def from_ranks(ranks: dict[bytes, int]) -> tuple[list[tuple[bytes, bytes]], bool]:
    """The merges that do what these ranks do, and whether they make every token."""
    longer = sorted((token for token in ranks if len(token) > 1), key=ranks.__getitem__)
    pairs = [last_pair(token, ranks) for token in longer]
    merges = [pair for pair in pairs if pair is not None]
    return merges, len(merges) == len(pairs)


def as_ranks(tokenizer: BPETokenizer) -> dict[bytes, int]:
    """The ids as the ranks of `tiktoken`, special tokens left out.

    Raises:
        ValueError: if merging by id makes other tokens than the merges of this tokenizer, or in another way.
    """
    if tokenizer.merges is None:
        return tokenizer.vocab
    specials = {token.content.encode() for token in tokenizer.added.tokens}
    ranks = {token: i for token, i in tokenizer.vocab.items() if len(token) == 1 or token not in specials}
    merges, all_made = from_ranks(ranks)
    if merges != tokenizer.merges or not (all_made or tokenizer.ignore_merges):
        raise ValueError(
            "save_tiktoken: tiktoken merges by id, and the ids of this tokenizer do not follow its merges; use save"
        )
    return ranks
