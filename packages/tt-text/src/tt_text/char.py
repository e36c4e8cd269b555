"""The tokenizer that takes every character for a token."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from .checks import integers
from .errors import TokenizerFileError
from .saving import read_json, write_text
from .streaming import Source, documents


class CharTokenizer:
    """One token for each character that occurs in a text, in the order of their code points.

    Args:
        characters: the characters.
        unknown: the text that stands for other characters, such as `"<unk>"` or `"?"`, with the id after those of the
            characters. Without one, other characters are an error.

    Raises:
        ValueError: if there are none, one comes twice, or `unknown` is one of them.
        TypeError: if they are not characters.

    Examples:
        >>> tokenizer = CharTokenizer.train("hello")
        >>> tokenizer.encode("hole"), tokenizer.decode([1, 0, 2, 2])
        ([1, 3, 2, 0], 'hell')
    """

    def __init__(self, characters: Iterable[str], *, unknown: str | None = None) -> None:
        if not isinstance(characters, Iterable):
            raise TypeError(f"CharTokenizer: expected characters, got {type(characters).__name__}")
        self.characters = list(characters)
        for character in self.characters:
            if not isinstance(character, str) or len(character) != 1:
                raise TypeError(f"CharTokenizer: expected single characters, got {character!r}")
        if not self.characters:
            raise ValueError("CharTokenizer: there are no characters; train it on a text that is not empty")
        self.ids = {character: i for i, character in enumerate(self.characters)}
        if len(self.ids) < len(self.characters):
            twice = next(c for c in self.characters if self.characters.count(c) > 1)
            raise ValueError(f"CharTokenizer: the character {twice!r} comes twice")
        if unknown is not None and (not isinstance(unknown, str) or not unknown or unknown in self.ids):
            raise ValueError(f"CharTokenizer: unknown should be a text that is none of the characters, got {unknown!r}")
        self.unknown = unknown
        self._texts = self.characters + ([] if unknown is None else [unknown])

    @classmethod
    def train(cls, source: Source, *, unknown: str | None = None) -> CharTokenizer:
        """The characters of a text (`str`), a file (`pathlib.Path`) or an iterable of texts."""
        characters: set[str] = set()
        for document in documents(source, "CharTokenizer.train"):
            for part in document:
                characters.update(part)
        return cls(sorted(characters), unknown=unknown)

    @property
    def vocab_size(self) -> int:
        """The number of ids: the characters, and one for unknown ones if there is such a token."""
        return len(self._texts)

    def __repr__(self) -> str:
        return f"CharTokenizer({len(self.characters)} characters, unknown={self.unknown!r})"

    def encode(self, text: str) -> list[int]:
        """The ids of the characters of a text.

        Raises:
            ValueError: if a character is unknown, and there is no token for such.
            TypeError: if `text` is not a str.
        """
        if not isinstance(text, str):
            raise TypeError(f"CharTokenizer.encode: expected a str, got {type(text).__name__}")
        try:
            return list(map(self.ids.__getitem__, text))
        except KeyError as error:
            if self.unknown is not None:
                get, other = self.ids.get, len(self.characters)
                return [get(character, other) for character in text]
            character = error.args[0]
            raise ValueError(
                f"CharTokenizer.encode: the character {character!r} at position {text.index(character)} is not among the "
                f"{len(self.characters)} of the training text; train on text that has it, or with unknown='<unk>'"
            ) from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of a sequence of ids [T].

        Raises:
            IndexError: if an id is out of range.
            TypeError: if the ids are not integers.
        """
        numbers = integers(ids, "CharTokenizer.decode")
        if numbers and not (min(numbers) >= 0 and max(numbers) < self.vocab_size):
            wrong = next(i for i in numbers if not 0 <= i < self.vocab_size)
            raise IndexError(f"CharTokenizer.decode: id {wrong} is out of range for {self.vocab_size} tokens")
        return "".join(map(self._texts.__getitem__, numbers))

    def encode_batch(self, texts: Iterable[str]) -> list[list[int]]:
        """The ids of several texts; `pad` makes one array of them."""
        if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
            raise TypeError(
                f"CharTokenizer.encode_batch: expected several texts, got one {type(texts).__name__}; put it in a list"
            )
        return [self.encode(text) for text in texts]

    def decode_batch(self, batch: Iterable[Iterable[int]]) -> list[str]:
        """The texts of several sequences of ids."""
        return [self.decode(ids) for ids in batch]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the tokenizer as JSON; the file takes its place in one step."""
        file = {"type": "CharTokenizer", "characters": self.characters, "unknown": self.unknown}
        write_text(path, json.dumps(file) + "\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> CharTokenizer:
        """Read what `save` has written.

        Raises:
            TokenizerFileError: if the file is damaged or of another format.
        """
        file: dict[str, Any] = read_json(path)
        if file.get("type") != "CharTokenizer" or not isinstance(file.get("characters"), list):
            raise TokenizerFileError(path, "key 'type'", "this is not a file of a CharTokenizer")
        try:
            return cls(file["characters"], unknown=file.get("unknown"))
        except (TypeError, ValueError) as error:
            raise TokenizerFileError(path, "", str(error)) from None
