"""From words to ids: the tables of a byte-level BPE vocabulary, and a memory of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from .merging import merge

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
        for word in new:
            known[word] = self.encode_word(word.encode("utf-8", "surrogateescape"))
            if known is not cache and len(new) <= CACHED_WORDS and len(word) <= CACHED_LENGTH:
                cache[word] = known[word]
        return list(chain.from_iterable(map(known.__getitem__, words)))

    def encode_word(self, word: bytes) -> tuple[int, ...]:
        """The ids of one word."""
        whole = self.whole.get(word)
        if whole is not None:
            return (whole,)
        return tuple(map(self.id_of, merge(list(map(self.parts.__getitem__, word)), self.ranks, self.made)))
