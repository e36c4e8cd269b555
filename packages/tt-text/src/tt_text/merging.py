"""The merge loop of byte-pair encoding: from the bytes of a word to its tokens.

A part of a word is a `str` or a `bytes`, and `left + right` is the key under which a pair of parts is looked up: with merge
lists a part is the character `chr(id)` (so a key is two characters: this pair and no other), with rank files it is the
token's bytes (so a key is the token that the pair would make, however it is split). `ranks[key]` is the pair's rank, and
`made[rank]` the part that takes its place. The pair of the lowest rank goes first, the leftmost among equals.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heapify, heappop, heappush
from itertools import repeat
from operator import add
from typing import Any

NEVER = 1 << 62
"""The rank of a pair that is not to be merged."""

LONG = 40
"""From this many parts on the heap is faster than looking for the minimum anew after each merge."""


def merge(parts: list[Any], ranks: Mapping[Any, int], made: Mapping[int, Any]) -> list[Any]:
    """The parts of a word after all merges, `O(n^2)` for short words and `O(n log n)` for long ones.

    Examples:
        >>> ranks = {b"ab": 0, b"abc": 1}
        >>> merge([b"a", b"b", b"c", b"a"], ranks, {0: b"ab", 1: b"abc"})
        [b'abc', b'a']
    """
    if len(parts) >= LONG:
        return merge_long(parts, ranks, made)
    get = ranks.get
    waiting = list(map(get, map(add, parts, parts[1:]), repeat(NEVER)))
    while waiting:
        rank = min(waiting)
        if rank == NEVER:
            break
        i = waiting.index(rank)
        part = made[rank]
        parts[i] = part
        del parts[i + 1], waiting[i]
        if i:
            waiting[i - 1] = get(parts[i - 1] + part, NEVER)
        if i < len(waiting):
            waiting[i] = get(part + parts[i + 1], NEVER)
    return parts


def merge_long(parts: list[Any], ranks: Mapping[Any, int], made: Mapping[int, Any]) -> list[Any]:
    """The same with a heap of pairs over a linked list.

    An entry is `rank * n + position`, so that smaller ones come first and, among equals, the leftmost. One whose pair has
    changed meanwhile is thrown away: `current[position]` is the rank of the pair that begins there now.
    """
    n = len(parts)
    get = ranks.get
    current = list(map(get, map(add, parts, parts[1:]), repeat(NEVER)))
    current.append(NEVER)
    heap = [rank * n + i for i, rank in enumerate(current) if rank != NEVER]
    heapify(heap)
    after, before = list(range(1, n + 1)), list(range(-1, n - 1))
    while heap:
        rank, i = divmod(heappop(heap), n)
        if current[i] != rank:
            continue
        j = after[i]
        part = parts[i] = made[rank]
        current[j] = NEVER
        parts[j] = None
        k = after[i] = after[j]
        current[i] = NEVER
        if k < n:
            before[k] = i
            fresh = current[i] = get(part + parts[k], NEVER)
            if fresh != NEVER:
                heappush(heap, fresh * n + i)
        h = before[i]
        if h >= 0:
            fresh = current[h] = get(parts[h] + part, NEVER)
            if fresh != NEVER:
                heappush(heap, fresh * n + h)
    return [part for part in parts if part is not None]


def last_pair(token: bytes, ranks: Mapping[bytes, int]) -> tuple[bytes, bytes] | None:
    """The two parts whose merge completes a token, or None if its bytes do not come down to one part.

    Between two fixed borders the merges do not depend on what is outside, so in every text a token comes from this pair and
    no other: a rank file says the same as a list of these pairs in the order of the ranks.

    Examples:
        >>> last_pair(b"abc", {b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"abc": 4})
        (b'a', b'bc')
    """
    parts = [token[i : i + 1] for i in range(len(token))]
    while len(parts) > 2:
        keys = list(map(add, parts, parts[1:]))
        best = min(keys, key=lambda key: ranks.get(key, NEVER))
        if best not in ranks:
            return None
        i = keys.index(best)
        parts[i : i + 2] = [best]
    return (parts[0], parts[1]) if len(parts) == 2 and token in ranks else None
