"""From words to ids: the tables of a byte-level BPE vocabulary, and a memory of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

from .merging import merge
from .together import BLOCK, LONGEST, MANY, PairTable, merge_together

CACHED_WORDS = 1 << 17
"""So many words are remembered with their ids; then the memory is emptied."""

CACHED_LENGTH = 64
"""Longer words are not remembered: there is no end to them."""


class WordEncoder:
    """Merges the bytes of words into tokens, each distinct word once.

    Args:
        vocab: ids of tokens, with all single bytes.
        merges: pairs of tokens in order, or None to merge what makes a token of `vocab`, by its id.
        ignore_merges: whether a word that is in `vocab` stays whole.
    """

    def __init__(
        self, vocab: Mapping[bytes, int], merges: Sequence[tuple[bytes, bytes]] | None, ignore_merges: bool
    ) -> None:
        self.whole = vocab if ignore_merges else {}
        self.cache: dict[str, tuple[int, ...]] = {}
        if merges is None:
            self.parts: list[Any] = [bytes([byte]) for byte in range(256)]
            self.ranks: Mapping[Any, int] = vocab
            self.made: Mapping[int, Any] = {i: token for token, i in vocab.items()}
            self.id_of: Any = vocab.__getitem__
        else:
            v = vocab
            self.parts = [chr(v[bytes([byte])]) for byte in range(256)]
            self.ranks = {chr(v[left]) + chr(v[right]): rank for rank, (left, right) in enumerate(merges)}
            self.made = {rank: chr(v[left + right]) for rank, (left, right) in enumerate(merges)}
            self.id_of = ord

    def encode(self, words: list[str]) -> list[int]:
        """The ids of words in a row, looked up together; only words that are not remembered are merged.

        Several threads may do so at a time: what is in the memory stays there as long as one of them reads it.
        """
        cache = self.cache
        try:
            return list(chain.from_iterable(map(cache.__getitem__, words)))
        except KeyError:
            new = {word for word in set(words) if word not in cache}
        if len(cache) + len(new) > CACHED_WORDS:
            self.cache = cache = {}  # another thread may still read the old one
            new = set(words)
        known = cache
        if len(new) > CACHED_WORDS or any(len(word) > CACHED_LENGTH for word in new):
            known = {word: cache[word] for word in set(words).difference(new)}
        for word, ids in zip(new, self.encode_words([word.encode("utf-8", "surrogateescape") for word in new])):
            known[word] = ids
            if known is not cache and len(new) <= CACHED_WORDS and len(word) <= CACHED_LENGTH:
                cache[word] = ids
        return list(chain.from_iterable(map(known.__getitem__, words)))

    def encode_words(self, words: list[bytes]) -> list[tuple[int, ...]]:
        """The ids of each of several words; where there are merges, of many short ones together."""
        if len(words) < MANY or self.table is None:
            return list(map(self.encode_word, words))
        short = [word for word in words if len(word) <= LONGEST and word not in self.whole]
        ids: dict[bytes, tuple[int, ...]] = {}
        for start in range(0, len(short), BLOCK):
            some = short[start : start + BLOCK]
            ids |= zip(some, merge_together(some, self.table))
        return [ids[word] if word in ids else self.encode_word(word) for word in words]

    @cached_property
    def table(self) -> PairTable | None:
        """The merges for many words at once; None if there are none, or a vocabulary takes their place."""
        return PairTable(self.parts, self.ranks, self.made) if self.id_of is ord and self.ranks else None

    def encode_word(self, word: bytes) -> tuple[int, ...]:
        """The ids of one word."""
        whole = self.whole.get(word)
        if whole is not None:
            return (whole,)
        return tuple(map(self.id_of, merge(list(map(self.parts.__getitem__, word)), self.ranks, self.made)))
