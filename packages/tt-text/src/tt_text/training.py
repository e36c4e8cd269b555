"""Learning the merges of byte-pair encoding from the counts of words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from operator import add
from typing import Any

from .alphabet import ORDER
from .checks import checked_added, whole
from .special import AddedToken, AddedTokens
from .splitting import Splitter
from .streaming import Source, documents, stretches


def learn_merges(counts: Mapping[bytes, int], number: int, min_frequency: int = 1) -> list[tuple[bytes, bytes]]:
    """The pairs to merge, in order: each time the most frequent pair of neighbours, among equals the greatest.

    In other words the pair with the greatest `(count, left, right)`, where `count` is the number of its places in all words, and
    byte strings are compared as Python does. The words are held as strings with a character per token, so that a merge
    is `str.replace`; counts are kept up to date word by word, and a heap holds for every pair a count that is never too
    low: one that turns out too high goes back with the right one (Sennrich et al. 2016, https://arxiv.org/abs/1508.07909).

    Args:
        counts: how often each word occurs.
        number: how many merges at most.
        min_frequency: pairs that occur less often are not merged.

    Returns:
        Pairs of tokens. Fewer than `number` if no pair is left.

    Raises:
        TypeError: if a word is not bytes, or a number not an int.
        ValueError: if a number is negative.

    Examples:
        >>> learn_merges({b"aab": 3, b"ab": 1}, 2)
        [(b'a', b'b'), (b'a', b'ab')]
    """
    if not isinstance(counts, Mapping):
        raise TypeError(f"learn_merges: counts should map words to how often they occur, got {type(counts).__name__}")
    number = whole(number, "learn_merges: number", 0)
    min_frequency = whole(min_frequency, "learn_merges: min_frequency", 0)
    if not all(isinstance(word, bytes) for word in counts):
        raise TypeError("learn_merges: the words should be bytes; encode a text with .encode()")
    words = [word.decode("latin-1") for word in counts]
    weights = list(counts.values())
    tokens = [bytes([byte]) for byte in range(256)]
    order = [_descending(token) for token in tokens]
    pairs: defaultdict[str, int] = defaultdict(int)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for k, (word, weight) in enumerate(zip(words, weights)):
        for pair in map(add, word, word[1:]):
            pairs[pair] += weight
            places[pair].append(k)
    heap = [(-count, order[ord(pair[0])] + order[ord(pair[1])], pair) for pair, count in pairs.items()]
    heapify(heap)
    merges: list[tuple[bytes, bytes]] = []
    while heap and len(merges) < number:
        least, key, pair = heappop(heap)
        count = pairs[pair]
        if count != -least:
            if count:
                heappush(heap, (-count, key, pair))
            else:
                del pairs[pair], places[pair]
            continue
        if count < min_frequency:
            break
        left, right = pair[0], pair[1]
        token = chr(len(tokens))
        merges.append((tokens[ord(left)], tokens[ord(right)]))
        tokens.append(tokens[ord(left)] + tokens[ord(right)])
        order.append(_descending(tokens[-1]))
        fresh = _replace(pair, token, words, weights, pairs, places)
        for new in fresh:
            heappush(heap, (-pairs[new], order[ord(new[0])] + order[ord(new[1])], new))
    return merges


def _replace(
    pair: str,
    token: str,
    words: list[str],
    weights: list[int],
    pairs: defaultdict[str, int],
    places: defaultdict[str, list[int]],
) -> set[str]:
    """Put `token` in place of `pair` in every word, and return the pairs that this has made."""
    left, right = pair[0], pair[1]
    fresh: set[str] = set()
    for k in dict.fromkeys(places.pop(pair)):  # a word is listed as often as the pair stood in it
        parts = words[k].split(pair)
        if len(parts) == 1:  # an earlier merge has taken it
            continue
        words[k] = token.join(parts)
        weight = weights[k]
        before = parts[0]
        for j in range(1, len(parts)):
            after = parts[j]
            if before:
                x = before[-1]
                pairs[x + left] -= weight
                new = x + token
                pairs[new] += weight
                places[new].append(k)
                fresh.add(new)
            elif j > 1:
                pairs[right + left] -= weight
                new = token + token
                pairs[new] += weight
                places[new].append(k)
                fresh.add(new)
            if after:
                x = after[0]
                pairs[right + x] -= weight
                new = token + x
                pairs[new] += weight
                places[new].append(k)
                fresh.add(new)
            before = after
    del pairs[pair]
    return fresh


def _descending(token: bytes) -> str:
    """A key under which greater tokens come first: complements of the bytes, and an end mark above all of them."""
    return token.translate(_COMPLEMENT).decode("latin-1") + "\u0100"


_COMPLEMENT = bytes(range(255, -1, -1))


def train_vocabulary(
    source: Source, vocab_size: int, special_tokens: Iterable[str], pattern: str | Sequence[str], min_frequency: int
) -> dict[str, Any]:
    """The arguments of a `BPETokenizer`: the special tokens come first, then the bytes, then what merging makes."""
    if isinstance(special_tokens, str):
        raise TypeError(f"train: special_tokens should be a list of texts, got the string {special_tokens!r}")
    specials = checked_added((AddedToken(content, i) for i, content in enumerate(special_tokens)), {})
    added = AddedTokens(specials)
    least = 256 + len(specials)
    vocab_size = whole(vocab_size, "train: vocab_size")
    if vocab_size < least:
        raise ValueError(
            f"train: vocab_size should be at least {least} (256 bytes and {len(specials)} special tokens), got {vocab_size}"
        )
    splitter = Splitter(pattern)
    words: Counter[str] = Counter()
    for document in documents(source, "train"):
        for stretch in stretches(document, splitter, added):
            for piece in added.pieces(stretch, added.special):
                if isinstance(piece, str):
                    words.update(splitter.words(piece))
    if not words and vocab_size > least:
        raise ValueError("train: there is no text to learn merges from")
    counts = {word.encode("utf-8", "surrogateescape"): count for word, count in words.items()}
    merges = learn_merges(counts, vocab_size - least, min_frequency)
    tokens = [bytes([byte]) for byte in ORDER] + [left + right for left, right in merges]
    vocab = {token: i + len(specials) for i, token in enumerate(tokens)}
    return {"vocab": vocab, "merges": merges, "special_tokens": specials, "pattern": pattern}
