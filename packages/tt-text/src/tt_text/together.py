"""The merges of many words at once: in NumPy, one in each word at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .merging import NEVER

MANY = 256
"""From so many words on it is faster than one word after another; of thousands it takes a third of the time."""

BLOCK = 8192
"""So many words are merged together, so that they take a few megabytes."""

LONGEST = 64
"""The most bytes of such a word: as many merges as its longest has take as many rounds."""


def _codes(text: str) -> Any:
    """The code points of a text: the ids of parts that are characters."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.int64)


class PairTable:
    """The ranks of pairs of ids, looked up for arrays of them.

    Args:
        parts: the part that stands for each byte: `chr(id)`, as all parts.
        ranks: ranks of pairs, by their two characters; at least one.
        made: the part that takes a pair's place, by the rank, from 0 on.
    """

    def __init__(self, parts: Sequence[str], ranks: Mapping[str, int], made: Mapping[int, str]) -> None:
        left, right = _codes("".join(ranks)).reshape(-1, 2).T
        keys = self.key(left, right)
        order = keys.argsort()
        self.keys, self.rank = keys[order], np.fromiter(ranks.values(), np.int64, len(ranks))[order]
        self.made, self.byte = _codes("".join(made.values())), _codes("".join(parts))

    @staticmethod
    def key(left: Any, right: Any) -> Any:
        """One number for a pair: code points take 21 bits."""
        return left << 21 | right

    def ranks(self, left: Any, right: Any) -> Any:
        """The ranks of pairs, int64 [N]; of those that are not to be merged `NEVER`."""
        keys = self.key(left, right)
        at = np.minimum(self.keys.searchsorted(keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.rank[at], NEVER)


def merge_together(words: Sequence[bytes], table: PairTable) -> list[tuple[int, ...]]:
    """The ids of words: what `merge` makes of each.

    All parts of all words stand in a row. In a round, each word finds its pair of the lowest rank, the leftmost among equals,
    and merges it; words that have none are laid aside.

    Examples:
        >>> letters = [chr(i) for i in range(256)]
        >>> table = PairTable(letters, {"ab": 0, chr(256) + "c": 1}, {0: chr(256), 1: chr(257)})
        >>> merge_together([b"abc", b"cab"], table)
        [(257,), (99, 256)]
    """
    part = table.byte[np.frombuffer(b"".join(words), np.uint8)]  # all parts,
    word = np.arange(len(words)).repeat([len(w) for w in words])  # of each the word that it is in,
    rank = np.full(len(part), NEVER)  # and the rank of it and the next, if that is in the same word
    pairs = np.flatnonzero(word[1:] == word[:-1])
    rank[pairs] = table.ranks(part[pairs], part[pairs + 1])
    done = []
    while part.size:
        starts = np.flatnonzero(np.diff(word, prepend=-1))
        lowest = np.minimum.reduceat(rank, starts).repeat(np.diff(starts, append=part.size))
        over = lowest == NEVER
        done.append((word[over], part[over]))
        first = np.flatnonzero((rank == lowest) & ~over)
        first = first[np.diff(word[first], prepend=-1) != 0]  # of each word the leftmost
        part[first], rank[first] = table.made[rank[first]], NEVER
        stays = ~over
        stays[first + 1] = False
        made = stays.cumsum()[first] - 1  # where these parts are when the others are gone
        word, part, rank = word[stays], part[stays], rank[stays]
        pairs = np.concatenate([made - 1, made])
        pairs = pairs[(pairs >= 0) & (pairs + 1 < part.size)]
        pairs = pairs[word[pairs] == word[pairs + 1]]
        rank[pairs] = table.ranks(part[pairs], part[pairs + 1])
    word, part = map(np.concatenate, zip(*done))
    ids = part[word.argsort(kind="stable")].tolist()
    ends = np.bincount(word).cumsum().tolist()
    return [tuple(ids[start:end]) for start, end in zip([0, *ends], ends)]
