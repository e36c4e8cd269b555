"""Checks of what a tokenizer is made of and of what it is given."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .special import AddedToken
from .streaming import strict


def checked_vocabulary(vocab: Mapping[bytes, int]) -> dict[bytes, int]:
    """A copy of a vocabulary that has all bytes and no id twice."""
    if not isinstance(vocab, Mapping):
        raise TypeError(f"BPETokenizer: a vocabulary maps bytes to ints, got {type(vocab).__name__}")
    for token, i in vocab.items():
        if not isinstance(token, bytes) or not is_whole(i):
            raise TypeError(f"BPETokenizer: a vocabulary maps bytes to ints, got {token!r}: {i!r}")
        if not token or not 0 <= i < 0x110000:
            raise ValueError(f"BPETokenizer: tokens are not empty and ids lie in [0, 1114112), got {token!r}: {i}")
    missing = [byte for byte in range(256) if bytes([byte]) not in vocab]
    if missing:
        raise ValueError(
            f"BPETokenizer: the vocabulary lacks {len(missing)} of the 256 bytes, the first is {missing[0]:#04x}; without "
            "them some texts cannot be encoded (train with the whole byte-level alphabet)"
        )
    if len(set(vocab.values())) < len(vocab):
        i, count = Counter(vocab.values()).most_common(1)[0]
        raise ValueError(f"BPETokenizer: {count} tokens of the vocabulary have the id {i}; ids must differ")
    return {token: int(i) for token, i in vocab.items()}


def checked_merges(merges: Iterable[tuple[bytes, bytes]], vocab: Mapping[bytes, int]) -> list[tuple[bytes, bytes]]:
    """A list of merges whose parts and results are all in the vocabulary."""
    pairs = []
    for rank, pair in enumerate(merges):
        if not isinstance(pair, Sequence) or isinstance(pair, (str, bytes)) or len(pair) != 2:
            raise TypeError(f"BPETokenizer: merges are pairs of tokens, (left, right), got {pair!r} as merge {rank}")
        pairs.append((pair[0], pair[1]))
    for rank, (left, right) in enumerate(pairs):
        for token in (left, right, left + right):
            if token not in vocab:
                raise ValueError(
                    f"BPETokenizer: merge {rank} of {left!r} and {right!r} does not fit the vocabulary, which has no {token!r}"
                )
    if len(set(pairs)) < len(pairs):
        (left, right), _ = Counter(pairs).most_common(1)[0]
        raise ValueError(f"BPETokenizer: the merge of {left!r} and {right!r} is listed twice")
    return pairs


def checked_added(special: Mapping[str, int] | Iterable[AddedToken], vocab: Mapping[bytes, int]) -> list[AddedToken]:
    """Added tokens with contents and ids that differ, also from those of the vocabulary."""
    tokens = [AddedToken(c, i) for c, i in special.items()] if isinstance(special, Mapping) else list(special)
    used = {i: token for token, i in vocab.items()}
    contents: set[str] = set()
    for token in tokens:
        if not isinstance(token, AddedToken):
            raise TypeError(
                f"BPETokenizer: special_tokens should map texts to ids, or hold AddedTokens, got {token!r} in it; only `train` "
                "gives ids to texts"
            )
        if not isinstance(token.content, str) or not is_whole(token.id):
            raise TypeError(f"BPETokenizer: special tokens map texts to ints, got {token.content!r}: {token.id!r}")
        strict(token.content, "BPETokenizer: special token")
        if not token.content or token.id < 0:
            raise ValueError(
                f"BPETokenizer: special tokens are not empty and ids not negative, got {token.content!r}: {token.id}"
            )
        if token.content in contents:
            raise ValueError(f"BPETokenizer: the special token {token.content!r} is listed twice")
        if used.get(token.id, token.content.encode()) != token.content.encode():
            raise ValueError(
                f"BPETokenizer: the special token {token.content!r} has the id {token.id}, which is that of {used[token.id]!r}"
            )
        contents.add(token.content)
        used[token.id] = token.content.encode()
    return [replace(token, id=int(token.id)) for token in tokens]


def mapped(special: Mapping[str, int] | None, what: str) -> Mapping[str, int] | None:
    """Special tokens of a file that does not mark them; or None."""
    if special is not None and not isinstance(special, Mapping):
        raise TypeError(f"{what}: special_tokens should map texts to ids, got {special!r}")
    return special


def integers(ids: Any, what: str) -> list[int]:
    """A list of ints from a list, an array or a tensor of shape [T]."""
    if isinstance(ids, (str, bytes)):
        raise TypeError(f"{what}: expected ids, got {type(ids).__name__}")
    if isinstance(ids, (list, tuple)) and set(map(type, ids)) <= {int}:
        return list(ids)
    array = as_array(list(ids) if isinstance(ids, Iterator) else ids, what)
    if array.size == 0:
        return []
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise TypeError(
            f"{what}: expected a sequence of integers [T], got an array of shape {list(array.shape)} and dtype {array.dtype}"
        )
    return array.tolist()  # type: ignore[no-any-return]


def as_array(ids: Any, what: str) -> np.ndarray[Any, Any]:
    """An array of ids, of which shape and dtype are still to be looked at."""
    try:
        return np.asarray(ids)
    except ValueError:
        raise TypeError(f"{what}: expected a sequence of integers [T], got sequences of unequal length") from None


def is_whole(value: Any) -> bool:
    """Whether it is an int, or one of NumPy's, and no bool."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def whole(value: Any, what: str, least: int | None = None) -> int:
    """An int, from an int or one of NumPy's, that is at least `least`."""
    if not is_whole(value):
        raise TypeError(f"{what} should be an int, got {value!r}")
    if least is not None and value < least:
        raise ValueError(f"{what} should be at least {least}, got {value}")
    return int(value)
