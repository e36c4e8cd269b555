"""Texts of any length in stretches that can be tokenized one by one."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterable, Iterator

from .special import AddedTokens
from .splitting import Splitter

STRETCH = 1 << 19
"""Characters in a stretch, as far as there is a place to cut."""

Source = str | os.PathLike[str] | Iterable[str]
"""A text (a `str`), a file of UTF-8 (a `pathlib.Path`), or an iterable of texts that have nothing to do with each other."""


def documents(source: Source, what: str) -> Iterator[Iterator[str]]:
    """The texts of a source, each as an iterator of consecutive parts.

    Raises:
        TypeError: if something in it is not a text.
    """
    if isinstance(source, str):
        yield iter((strict(source, what),))
    elif isinstance(source, os.PathLike):
        yield file_parts(source)
    elif isinstance(source, Iterable) and not isinstance(source, (bytes, bytearray)):
        for text in source:
            if not isinstance(text, str):
                raise TypeError(f"{what}: expected texts (str), got {type(text).__name__} in the iterable{_REMEDY}")
            yield iter((strict(text, what),))
    else:
        raise TypeError(
            f"{what}: expected a text (str), a pathlib.Path or an iterable of texts, got {type(source).__name__}{_REMEDY}"
        )


_REMEDY = "; decode bytes first (data.decode()), or pass a pathlib.Path for a file"


def file_parts(path: str | os.PathLike[str]) -> Iterator[str]:
    """The text of a UTF-8 file in parts; a byte that is not UTF-8 becomes the surrogate that stands for it."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    with open(path, "rb") as file:
        while data := file.read(STRETCH):
            yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def strict(text: str, what: str) -> str:
    """The text itself, if it has a UTF-8 form.

    Raises:
        TypeError: if it is not a `str`.
        ValueError: if there is a lone surrogate in it, half of a UTF-16 pair, which is no character.
    """
    if not isinstance(text, str):
        remedy = "; encode_bytes takes bytes" if isinstance(text, (bytes, bytearray)) else ""
        raise TypeError(f"{what}: expected a str, got {type(text).__name__}{remedy}")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"{what}: the text has a lone surrogate, {text[error.start]!r}, at position {error.start}, which has no "
                "UTF-8 form; pass bytes to encode_bytes, or replace it: "
                "text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')"
            ) from None
    return text


def stretches(parts: Iterable[str], splitter: Splitter, added: AddedTokens) -> Iterator[str]:
    """A text, given in consecutive parts, cut where neither a word nor an added token is cut.

    A stretch without such a place grows until there is one; the distance to the next attempt doubles, so that the whole
    takes linear time. With patterns of which no such place is known the text stays whole.
    """
    held: list[str] = []
    size, enough = 0, STRETCH
    for part in parts:
        for start in range(0, len(part), STRETCH):
            held.append(part[start : start + STRETCH])
            size += len(held[-1])
            if size <= enough:
                continue
            text = "".join(held)
            cut = place_to_cut(text, splitter, added)
            if cut:
                yield text[:cut]
                text = text[cut:]
            held, size = [text], len(text)
            enough = STRETCH if cut else 2 * size
    if size:
        yield "".join(held)


def place_to_cut(text: str, splitter: Splitter, added: AddedTokens) -> int:
    """The last safe position that lies neither in an added token nor next to one, or 0.

    What begins in the last few characters may be a token of which the rest is still to come. Tokens that are not wanted, or that
    are no single word where they stand, count too: another part may not know that.
    """
    cut = splitter.safe_cut(text, len(text) - added.longest)
    while cut and (start := added.touching(text, cut)) is not None:
        cut = splitter.safe_cut(text, start)
    return cut
