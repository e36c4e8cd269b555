"""Special and added tokens: pieces of text that have an id of their own, found before anything is split."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from typing import Literal
from unicodedata import combining, normalize

import regex

Piece = str | int
"""A stretch of ordinary text, or the id of an added token."""


DECOMPOSED = 4
"""As many characters may compose to one at most: `ᾂ` is alpha, a breathing, a grave accent and an iota."""


@dataclass(frozen=True)
class AddedToken:
    """A text that is one token wherever it stands, as in Hugging Face's `added_tokens`.

    Args:
        content: the text.
        id: the token's id.
        special: whether `encode` must be allowed to find it, so that text from outside cannot smuggle it in. One that is
            not special is found always.
        single_word: whether it counts only between characters that belong to no word.
        lstrip: whether it takes the white space to its left with it.
        rstrip: whether it takes the white space to its right with it.
        normalized: whether it is looked for after the others, in what they leave, once that is normalized.

    Examples:
        >>> AddedToken("<|endoftext|>", 50256)
        AddedToken(content='<|endoftext|>', id=50256, special=True, single_word=False, lstrip=False, rstrip=False, ...)
    """

    content: str
    id: int
    special: bool = True
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False
    normalized: bool = False

    @property
    def plain(self) -> bool:
        """Whether it has none of the settings that only Hugging Face's files can hold."""
        return self.special and not (self.single_word or self.lstrip or self.rstrip)


class AddedTokens:
    """The added tokens of a tokenizer: finds them in a text, the leftmost first and the longest among those.

    Args:
        tokens: with contents and ids that differ.
        normalizer: the normal form (of `unicodedata`) of text in which what is `normalized` is looked for; or None.
    """

    def __init__(self, tokens: Iterable[AddedToken], normalizer: Literal["NFC"] | None = None) -> None:
        self.tokens, self.normalizer = tuple(tokens), normalizer
        self.ids = {token.content: token.id for token in self.tokens}
        self.special = frozenset(token.content for token in self.tokens if token.special)
        composed = [self.normal(token.content) for token in self.tokens if token.normalized and normalizer]
        self.composed = frozenset(composed)
        self.longest = max([*map(len, self.ids), *(DECOMPOSED * len(content) for content in composed)], default=0)
        self._always = frozenset(self.ids) - self.special
        self._passes = lru_cache(64)(self._passes_of)

    def wanted(
        self, text: str, allowed: str | Collection[str], disallowed: str | Collection[str], what: str
    ) -> frozenset[str]:
        """The contents to look for, after checking that no disallowed one is in the text.

        Raises:
            TypeError: if `allowed` or `disallowed` is neither `"all"` nor a set of texts.
            ValueError: if a disallowed one is in the text.
        """
        for name, value in (("allowed_special", allowed), ("disallowed_special", disallowed)):
            if isinstance(value, str) and value == "all":
                continue
            if (
                isinstance(value, str)
                or not isinstance(value, Collection)
                or not all(isinstance(v, str) for v in value)
            ):
                kind = "the string " if isinstance(value, str) else ""
                raise TypeError(f"{what}: {name} should be 'all' or a set of special tokens, got {kind}{value!r}")
        chosen = self.special if allowed == "all" else self.special & frozenset(allowed)
        banned = self.special - chosen if disallowed == "all" else frozenset(disallowed)
        found = searcher(frozenset(banned)).search(text) if banned else None
        if found:
            raise ValueError(
                f"{what}: the text contains the special token {found[0]!r} at position {found.start()}; pass "
                f"allowed_special={{{found[0]!r}}} (or 'all') to encode it as one token, or disallowed_special=() to "
                "encode it as ordinary text"
            )
        return self._always | chosen

    def pieces(self, text: str, wanted: frozenset[str]) -> list[Piece]:
        """The text, normalized, with the wanted tokens replaced by their ids."""
        pieces: list[Piece] = [text] if text else []
        for normalized, search, tokens in self._passes(wanted):
            if normalized:
                pieces = [self.normal(piece) if isinstance(piece, str) else piece for piece in pieces]
            if search:
                pieces = [
                    part
                    for piece in pieces
                    for part in (find(piece, search, tokens) if isinstance(piece, str) else [piece])
                ]
        return pieces

    def normal(self, text: str) -> str:
        """The text in normal form."""
        if self.normalizer is None or text.isascii():
            return text
        return normalize(self.normalizer, _MARKS.sub(in_order, text))

    def touching(self, text: str, place: int) -> int | None:
        """Where the first of the tokens begins, or earlier, wanted or not, that lies across `place` or next to it; or None."""
        near = max(place - self.longest, 0), place + self.longest
        if self.composed and searcher(self.composed).search(self.normal(text[slice(*near)])):
            return near[0]
        search = searcher(frozenset(self.ids))
        if not self.tokens or not search.search(text, *near):
            return None
        found = (search.match(text, start, near[1]) for start in range(near[0], place + 1))
        return next((match.start() for match in found if match and match.end() >= place), None)

    def _passes_of(self, wanted: frozenset[str]) -> list[tuple[bool, re.Pattern[str] | None, dict[str, AddedToken]]]:
        """A search for each of the two rounds, the one over what is not normalized first; the longest alternative first.

        Where no special token is wanted, each is text as a whole, as in `tokenizers`: no other token is found inside it.
        """
        searched = wanted if wanted & self.special else wanted | self.special
        passes = []
        for normalized in (False, True):
            these = [t for t in self.tokens if t.normalized == normalized and t.content in searched]
            tokens = {self.normal(t.content) if normalized else t.content: t for t in these}
            found = {content: token for content, token in tokens.items() if token.content in wanted}
            passes.append((normalized, searcher(frozenset(tokens)) if found else None, found))
        return passes


@lru_cache(64)
def searcher(contents: frozenset[str]) -> re.Pattern[str]:
    """A pattern for any of these texts, the longest that there is.

    Beginnings that several share are tried once: one after the other, ten thousand texts would be tried at every place.
    """
    try:
        return re.compile(branches(sorted(contents), 0))
    except RecursionError:  # hundreds of texts, each the beginning of the next
        return re.compile("|".join(map(re.escape, sorted(contents, reverse=True))))


def branches(contents: list[str], start: int) -> str:
    """A pattern for what follows in sorted texts that are the same up to `start`, the longest first.

    Examples:
        >>> branches(["in", "into", "on", "onto", "or"], 0)
        '(?:in(?:to)?|o(?:n(?:to)?|r))'
    """
    ends = "?" if contents and len(contents[0]) == start else ""  # the shortest comes first
    parts = []
    for _, group in groupby(contents[len(ends) :], lambda content: content[start]):
        alike = list(group)
        first, last, end = alike[0], alike[-1], start + 1
        while first[end : end + 1] == last[end : end + 1] != "":
            end += 1
        parts.append(re.escape(first[start:end]) + branches(alike, end))
    return f"(?:{'|'.join(parts)}){ends}" if len(parts) > 1 or (parts and ends) else "".join(parts)


def find(text: str, search: re.Pattern[str], tokens: dict[str, AddedToken]) -> Iterator[Piece]:
    """One round: the stretches of `text` and the ids between them."""
    done = reach = 0  # `reach` is where the white space ends that was looked at last
    for found in search.finditer(text):
        token, (start, end) = tokens.get(found[0]), found.span()
        if token is None:
            continue
        if token.single_word and (_WORD.match(text[start - 1 : start]) or _WORD.match(text[end : end + 1])):
            continue
        if token.lstrip:
            while start > done and _SPACE.match(text[start - 1]):
                start -= 1
            start = max(start, done)  # the token before may have taken all of it with its white space
        if token.rstrip:
            if end > reach:
                reach = _SPACES.match(text, end).end()
            end = reach
        if start > done:
            yield text[done:start]
        if start < end:
            yield token.id
        done = end  # `tokenizers`, too, goes back here where the token before has taken more
    if done < len(text):
        yield text[done:]


def in_order(marks: re.Match[str]) -> str:
    """Combining marks that stand one after the other, in the order in which a normal form has them.

    `normalize` does that, too, but in quadratic time: it takes an hour for a million.
    """
    apart = chain.from_iterable(normalize("NFD", mark) for mark in marks[0])
    runs = groupby(apart, lambda mark: combining(mark) > 0)
    return "".join(chain.from_iterable(sorted(run, key=combining) if moves else run for moves, run in runs))


_MARKS = regex.compile(r"[\P{ccc=0}\u0F73\u0F75\u0F81]{50,}")  # the three named are none, but consist of two each
_WORD, _SPACE, _SPACES = regex.compile(r"\w"), regex.compile(r"\s"), regex.compile(r"\s*+")
