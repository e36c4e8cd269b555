"""Ids for the words of a text that is split already."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator

from .checks import integers, whole
from .errors import TokenizerFileError
from .saving import read_json, write_text


class Vocabulary:
    """Ids for symbols: the special ones first, then the others in the given order.

    Args:
        symbols: words, characters or whatever texts.
        unknown: the symbol that stands for all that are not in the vocabulary; it comes first. Without one they are errors.
        special: further symbols that come before the others, such as `"<pad>"`.

    Raises:
        ValueError: if a symbol comes twice.
        TypeError: if one is not a str.

    Examples:
        >>> vocabulary = Vocabulary.build("to be or not to be".split(), min_frequency=2, unknown="<unk>")
        >>> vocabulary.encode(["to", "be", "sure"]), vocabulary.symbols
        ([2, 1, 0], ['<unk>', 'be', 'to'])
    """

    def __init__(self, symbols: Iterable[str], *, unknown: str | None = None, special: Iterable[str] = ()) -> None:
        self.unknown, self.special = unknown, listed(special)
        self.symbols = [*([] if unknown is None else [unknown]), *self.special, *symbols]
        self.ids = {symbol: i for i, symbol in enumerate(self.symbols)}
        for symbol in self.symbols:
            if not isinstance(symbol, str):
                raise TypeError(f"Vocabulary: a symbol should be a str, got {type(symbol).__name__}")
        if len(self.ids) < len(self.symbols):
            twice = Counter(self.symbols).most_common(1)[0][0]
            raise ValueError(f"Vocabulary: the symbol {twice!r} comes twice")

    @classmethod
    def build(
        cls,
        stream: Iterable[str],
        *,
        min_frequency: int = 1,
        max_size: int | None = None,
        unknown: str | None = None,
        special: Iterable[str] = (),
    ) -> Vocabulary:
        """A vocabulary of the symbols in a stream, the most frequent first, and among equals in the order of `str`.

        Args:
            stream: symbols, as often as they occur.
            min_frequency: those that occur less often are left out.
            max_size: the most symbols altogether, `unknown` and `special` included.
            unknown: as in the constructor.
            special: as in the constructor.
        """
        min_frequency = whole(min_frequency, "Vocabulary: min_frequency")
        if max_size is not None:
            max_size = whole(max_size, "Vocabulary: max_size")
        special = listed(special)
        counts = Counter(stream)
        for symbol in [unknown, *special]:
            counts.pop(symbol, None)  # type: ignore[arg-type]
        ranked = sorted((-count, symbol) for symbol, count in counts.items() if count >= min_frequency)
        if max_size is not None:
            room = max_size - len(special) - (unknown is not None)
            if room < 0:
                raise ValueError(f"Vocabulary: max_size is {max_size}, fewer than the special symbols")
            ranked = ranked[:room]
        return cls([symbol for _, symbol in ranked], unknown=unknown, special=special)

    def __len__(self) -> int:
        return len(self.symbols)

    def __contains__(self, symbol: object) -> bool:
        return symbol in self.ids

    def __iter__(self) -> Iterator[str]:
        return iter(self.symbols)

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} symbols, unknown={self.unknown!r})"

    def encode(self, symbols: Iterable[str]) -> list[int]:
        """The ids of symbols.

        Raises:
            KeyError: if one is not in the vocabulary, and there is no `unknown`.
        """
        if self.unknown is None:
            try:
                return list(map(self.ids.__getitem__, symbols))
            except KeyError as error:
                raise KeyError(
                    f"Vocabulary: {error.args[0]!r} is not in it; build it with an unknown symbol to allow for that"
                ) from None
        get, other = self.ids.get, self.ids[self.unknown]
        return [get(symbol, other) for symbol in symbols]

    def decode(self, ids: Iterable[int]) -> list[str]:
        """The symbols of ids.

        Raises:
            IndexError: if an id is out of range.
        """
        numbers = integers(ids, "Vocabulary.decode")
        if numbers and not (min(numbers) >= 0 and max(numbers) < len(self)):
            wrong = next(i for i in numbers if not 0 <= i < len(self))
            raise IndexError(f"Vocabulary: id {wrong} is out of range for {len(self)} symbols")
        return list(map(self.symbols.__getitem__, numbers))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the vocabulary as JSON; the file takes its place in one step."""
        rest = self.symbols[len(self.special) + (self.unknown is not None) :]
        write_text(
            path, json.dumps({"unknown": self.unknown, "special": self.special, "symbols": rest}, indent=1) + "\n"
        )

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Vocabulary:
        """Read what `save` has written.

        Raises:
            TokenizerFileError: if the file is damaged or of another format.
        """
        file = read_json(path)
        for key, kinds in (("unknown", (str, type(None))), ("special", (list,)), ("symbols", (list,))):
            if key not in file or not isinstance(file[key], kinds):
                raise TokenizerFileError(
                    path, f"key {key!r}", "missing or of the wrong kind; is this a saved vocabulary?"
                )
        try:
            return cls(file["symbols"], unknown=file["unknown"], special=file["special"])
        except (TypeError, ValueError) as error:
            raise TokenizerFileError(path, "", str(error)) from None


def listed(special: Iterable[str]) -> list[str]:
    """The special symbols as a list; a single text is none."""
    if isinstance(special, (str, bytes)):
        raise TypeError(f"Vocabulary: special should be a list of symbols, got {special!r}")
    return list(special)
