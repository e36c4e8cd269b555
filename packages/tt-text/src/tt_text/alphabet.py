"""GPT-2's way to write bytes as visible characters, which its files and Hugging Face's use."""

from __future__ import annotations


def _alphabet() -> str:
    """Character `i` stands for byte `i`: itself if it is visible in Latin-1, otherwise the next one from U+0100 on."""
    visible = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = iter(range(0x100, 0x200))
    return "".join(chr(byte if byte in visible else next(others)) for byte in range(256))


ALPHABET = _alphabet()
ORDER = sorted(range(256), key=lambda byte: ALPHABET[byte])
"""The bytes in the order of their characters: the order in which GPT-2's vocabulary begins."""

_TO_CHARACTER = dict(enumerate(ALPHABET))
_TO_BYTE = {ord(character): byte for byte, character in enumerate(ALPHABET)}


def to_characters(token: bytes) -> str:
    """The characters that stand for the bytes of a token: `b" the"` becomes `"Ġthe"`."""
    return token.decode("latin-1").translate(_TO_CHARACTER)


def to_bytes(characters: str) -> bytes:
    """The bytes that these characters stand for.

    Raises:
        ValueError: if one of them stands for no byte.
    """
    try:
        return bytes(map(_TO_BYTE.__getitem__, map(ord, characters)))
    except KeyError as error:
        raise ValueError(f"{chr(error.args[0])!r} stands for no byte in the byte-level alphabet") from None


def stands_for(characters: str) -> str | None:
    """The text whose bytes these characters stand for, or None: `"Ġthe"` stands for `" the"`, and `"é"` for half a character."""
    try:
        return to_bytes(characters).decode()
    except ValueError:
        return None
