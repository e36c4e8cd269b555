"""The byte-level BPE tokenizer."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from . import gpt2_files, huggingface, huggingface_writing, rank_files
from .checks import checked_added, checked_merges, checked_vocabulary, integers, mapped, whole
from .special import AddedToken, AddedTokens
from .splitting import Splitter
from .streaming import STRETCH, Source, documents, stretches, strict
from .training import train_vocabulary
from .words import WordEncoder


class BPETokenizer:
    r"""Byte-level byte-pair encoding: splits text into words and merges the bytes of a word, pair by pair, into tokens.

    Every string of bytes can be encoded and comes back exactly. With `merges`, two neighbours merge if the pair is listed,
    the earliest first, as in GPT-2 and in Hugging Face's `tokenizers`. Without, any two neighbours merge if what they make
    is in `vocab`, the lowest id first, and a word that is in `vocab` stays whole, as in `tiktoken`.

    Args:
        vocab: ids of tokens; every single byte must be among them.
        merges: pairs of tokens, in order; or None.
        special_tokens: texts with an id of their own, or `AddedToken`s.
        pattern: how text is split into words: `"gpt2"`, `"cl100k"` (GPT-4), `"llama3"`, `"o200k"` (GPT-4o), a regular
            expression for the `regex` library, or several, applied in turn.
        add_prefix_space: whether a space is put before text that begins with none (with the pattern of GPT-2 only).
        ignore_merges: whether a word that is in `vocab` is a token even where the merges do not lead to it.
        normalizer: `"NFC"` to compose characters first, as Qwen's and GPT-NeoX' tokenizers do: `e` and a combining accent
            become `é`, and decoding gives that. (`encode_bytes` takes bytes as they are.) None to leave text alone.
        prefix: ids that `encode(..., add_special_tokens=True)` puts first.
        suffix: ids that it puts last.

    Raises:
        ValueError: if a byte has no token, an id stands for two tokens, or a merge does not fit the vocabulary.
        TypeError: if a token is not bytes, or an id not an int.

    Source:
        Sennrich et al. 2016, https://arxiv.org/abs/1508.07909; Radford et al. 2019 (GPT-2) for the byte level.

    Examples:
        >>> tokenizer = BPETokenizer.train("low lower lowest", 260, special_tokens=["<|endoftext|>"])
        >>> ids = tokenizer.encode("slow<|endoftext|>", allowed_special="all")
        >>> [tokenizer.decode([i]) for i in ids]
        ['s', 'low', '<|endoftext|>']
        >>> tokenizer.decode_bytes(tokenizer.encode_bytes(b"\xff low"))
        b'\xff low'
    """

    def __init__(
        self,
        vocab: Mapping[bytes, int],
        merges: Iterable[tuple[bytes, bytes]] | None = None,
        *,
        special_tokens: Mapping[str, int] | Iterable[AddedToken] = (),
        pattern: str | Sequence[str] = "gpt2",
        add_prefix_space: bool = False,
        ignore_merges: bool = False,
        normalizer: Literal["NFC"] | None = None,
        prefix: Sequence[int] = (),
        suffix: Sequence[int] = (),
    ) -> None:
        self.vocab = checked_vocabulary(vocab)
        self.merges = None if merges is None else checked_merges(merges, self.vocab)
        if normalizer not in (None, "NFC"):
            raise ValueError(f"BPETokenizer: normalizer should be 'NFC' or None, got {normalizer!r}")
        self.normalizer = normalizer
        self.added = AddedTokens(checked_added(special_tokens, self.vocab), normalizer)
        self.splitter = Splitter(pattern)
        self.add_prefix_space, self.ignore_merges = add_prefix_space, ignore_merges or merges is None
        if add_prefix_space and self.splitter.patterns != Splitter(["gpt2"]).patterns:
            raise ValueError("BPETokenizer: add_prefix_space goes with the pattern 'gpt2' only")
        self.token_of = {i: token for token, i in self.vocab.items()}
        self.token_of |= {token.id: token.content.encode() for token in self.added.tokens}
        self.prefix, self.suffix = tuple(prefix), tuple(suffix)
        for i in self.prefix + self.suffix:
            if i not in self.token_of:
                raise ValueError(f"BPETokenizer: {i} in prefix or suffix is the id of no token")
        self._special_ids = {token.id for token in self.added.tokens if token.special}
        self._words = WordEncoder(self.vocab, self.merges, self.ignore_merges)

    def __reduce__(self) -> tuple[Any, ...]:
        """For another process: the words that are remembered stay here."""
        make = partial(
            type(self),
            special_tokens=self.added.tokens,
            pattern=self.splitter.patterns,
            add_prefix_space=self.add_prefix_space,
            ignore_merges=self.ignore_merges,
            normalizer=self.normalizer,
            prefix=self.prefix,
            suffix=self.suffix,
        )
        return make, (self.vocab, self.merges)

    @property
    def vocab_size(self) -> int:
        """One more than the greatest id: the rows of an embedding for these tokens."""
        return max(self.token_of) + 1

    @property
    def special_tokens(self) -> dict[str, int]:
        """The ids of the special tokens."""
        return {token.content: token.id for token in self.added.tokens if token.special}

    def __repr__(self) -> str:
        kind = "ranks" if self.merges is None else f"{len(self.merges)} merges"
        return f"BPETokenizer({len(self.token_of)} tokens, {kind}, {len(self.added.special)} special)"

    @classmethod
    def train(
        cls,
        source: Source,
        vocab_size: int,
        *,
        special_tokens: Iterable[str] = (),
        pattern: str | Sequence[str] = "gpt2",
        min_frequency: int = 1,
    ) -> BPETokenizer:
        """Learn a vocabulary: the special tokens, the 256 bytes in GPT-2's order, and what merging makes, in this order.

        Files and iterables are read as a stream; the memory grows with the number of distinct words. `learn_merges` says
        which pairs are merged. Special tokens in the text separate words and are not learned from.

        Args:
            source: a text (`str`), a file of UTF-8 (`pathlib.Path`), or an iterable of texts.
            vocab_size: how many tokens to end with. There are fewer if no pair is left to merge.
            special_tokens: texts that become special tokens.
            pattern: as in the constructor. A file with a pattern of your own is read whole.
            min_frequency: pairs that occur less often are not merged.

        Returns:
            A tokenizer.

        Raises:
            ValueError: if `vocab_size` is less than 256 and the special tokens, a special token is empty or comes twice, or
                there is no text.
            TypeError: if the source holds something other than texts.

        Examples:
            >>> BPETokenizer.train(["a rose", "is a rose"], 259).merges
            [(b's', b'e'), (b'r', b'o'), (b'ro', b'se')]
        """
        return cls(**train_vocabulary(source, vocab_size, special_tokens, pattern, min_frequency))

    def encode(
        self,
        text: str,
        *,
        allowed_special: str | Collection[str] = frozenset(),
        disallowed_special: str | Collection[str] = "all",
        add_special_tokens: bool = False,
    ) -> list[int]:
        """The ids of a text.

        Special tokens are treated as in `tiktoken`: one in the text is an error, unless it is allowed, which makes it one
        token, or not disallowed, which makes it ordinary text. `tokenizers` allows them always: `allowed_special="all"`.

        Args:
            text: what to encode.
            allowed_special: `"all"`, or those special tokens that become one id.
            disallowed_special: `"all"` (that are not allowed), or those that raise.
            add_special_tokens: whether to put `prefix` and `suffix` around the ids (`tokenizers` does by default).

        Returns:
            A list of ints.

        Raises:
            ValueError: if a disallowed special token or a lone surrogate is in the text.
            TypeError: if `text` is not a str.

        Examples:
            >>> tokenizer = BPETokenizer.train("banana", 258, special_tokens=["<end>"])
            >>> tokenizer.encode("<end>", allowed_special="all"), len(tokenizer.encode("<end>", disallowed_special=()))
            ([0], 5)
        """
        wanted = self.added.wanted(strict(text, "encode"), allowed_special, disallowed_special, "encode")
        ids: list[int] = []
        parts = [text] if len(text) <= STRETCH else stretches([text], self.splitter, self.added)
        for k, part in enumerate(parts):
            ids += self._encode_stretch(part, wanted, k == 0)
        return [*self.prefix, *ids, *self.suffix] if add_special_tokens else ids

    def encode_bytes(self, data: bytes) -> list[int]:
        r"""The ids of any bytes, UTF-8 or not; added tokens in them are ordinary text, and no prefix space is put before them.

        Bytes that are not UTF-8 count as characters that are neither letters nor digits nor white space.

        Examples:
            >>> tokenizer = BPETokenizer.train("banana", 257)
            >>> tokenizer.decode_bytes(tokenizer.encode_bytes(b"an\xc3"))
            b'an\xc3'
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"encode_bytes: expected bytes, got {type(data).__name__}; encode takes a str")
        text = bytes(data).decode("utf-8", "surrogateescape")
        ids: list[int] = []
        for part in stretches([text], self.splitter, AddedTokens(())):
            ids += self._words.encode(self.splitter.words(part))
        return ids

    def encode_batch(
        self, texts: Iterable[str], *, max_length: int | None = None, truncation_side: str = "right", **options: Any
    ) -> list[list[int]]:
        """The ids of several texts, each cut to `max_length` ids if that is given. `pad` makes one array of them.

        Args:
            texts: what to encode.
            max_length: the most ids of a text, `prefix` and `suffix` included (they are never cut off).
            truncation_side: where ids are cut off: `"right"` or `"left"`.
            **options: as for `encode`.

        Examples:
            >>> tokenizer = BPETokenizer.train("ab", 256)
            >>> [tokenizer.decode(ids) for ids in tokenizer.encode_batch(["abc", "d"], max_length=2)]
            ['ab', 'd']
        """
        if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
            raise TypeError(f"encode_batch: expected several texts, got one {type(texts).__name__}; put it in a list")
        if max_length is not None:
            max_length = whole(max_length, "encode_batch: max_length")
        if truncation_side not in ("left", "right"):
            raise ValueError(f"encode_batch: truncation_side should be 'left' or 'right', got {truncation_side!r}")
        around = options.pop("add_special_tokens", False)
        prefix, suffix = (list(self.prefix), list(self.suffix)) if around else ([], [])
        batch = [self.encode(text, **options) for text in texts]
        if max_length is not None:
            room = max_length - len(prefix) - len(suffix)
            if room < 0:
                raise ValueError(
                    f"encode_batch: max_length is {max_length}, fewer than the special tokens around a text"
                )
            batch = [ids[:room] if truncation_side == "right" else ids[max(len(ids) - room, 0) :] for ids in batch]
        return [prefix + ids + suffix for ids in batch] if around else batch

    def encode_stream(
        self,
        source: Source,
        *,
        separator: int | None = None,
        allowed_special: str | Collection[str] = frozenset(),
        disallowed_special: str | Collection[str] = "all",
    ) -> Iterator[list[int]]:
        """The ids of a text, a file or an iterable of texts, stretch by stretch, for `write_tokens`.

        Args:
            source: a text (`str`), a file of UTF-8 (`pathlib.Path`), or an iterable of texts.
            separator: the id that follows each text, if any.
            allowed_special: as for `encode`.
            disallowed_special: as for `encode`.

        Yields:
            Lists of ids, which together are those of the texts.

        Examples:
            >>> tokenizer = BPETokenizer.train("ab", 257, special_tokens=["<end>"])
            >>> [len(ids) for ids in tokenizer.encode_stream(["ab", "abc"], separator=0)]
            [2, 1, 3, 1]
        """
        if separator is not None:
            separator = whole(separator, "encode_stream: separator")
            if separator not in self.token_of:
                raise ValueError(f"encode_stream: the separator {separator} is the id of no token")
        for document in documents(source, "encode_stream"):
            for k, part in enumerate(stretches(document, self.splitter, self.added)):
                wanted = self.added.wanted(part, allowed_special, disallowed_special, "encode_stream")
                yield self._encode_stretch(part, wanted, k == 0)
            if separator is not None:
                yield [separator]

    def decode(self, ids: Iterable[int], *, errors: str = "replace", skip_special_tokens: bool = False) -> str:
        """The text of a sequence of ids.

        Args:
            ids: of shape [T]: a list, an array, a tensor.
            errors: what to do with bytes that are not UTF-8, as for `bytes.decode`.
            skip_special_tokens: whether to leave special tokens out (`tokenizers` does by default).

        Raises:
            IndexError: if an id is that of no token.
            TypeError: if the ids are not integers.
        """
        return self.decode_bytes(ids, skip_special_tokens=skip_special_tokens).decode("utf-8", errors)

    def decode_bytes(self, ids: Iterable[int], *, skip_special_tokens: bool = False) -> bytes:
        """The bytes of a sequence of ids: what `encode_bytes` was given."""
        numbers = integers(ids, "decode")
        if skip_special_tokens and self._special_ids:
            numbers = [i for i in numbers if i not in self._special_ids]
        try:
            return b"".join(map(self.token_of.__getitem__, numbers))
        except KeyError as error:
            raise IndexError(
                f"decode: {error.args[0]} is the id of no token; the ids of this tokenizer are below {self.vocab_size}"
            ) from None

    def decode_batch(self, batch: Iterable[Iterable[int]], **options: Any) -> list[str]:
        """The texts of several sequences of ids; options as for `decode`."""
        return [self.decode(ids, **options) for ids in batch]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a `tokenizer.json`, which Hugging Face's `tokenizers` and `BPETokenizer.load` read.

        The file takes its place in one step: it is never there by halves.

        Raises:
            ValueError: if something in the tokenizer cannot be said in this format.
        """
        huggingface_writing.write(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BPETokenizer:
        """Read a `tokenizer.json`: byte-level BPE, split with GPT-2's pattern or with patterns in the file.

        `encode(text, allowed_special="all", add_special_tokens=True)` then gives what `tokenizers` gives.

        Raises:
            TokenizerFileError: if the file is damaged, or asks for something else.
        """
        return huggingface.built(cls, path, huggingface.read(path))

    def save_gpt2(self, encoder: str | os.PathLike[str], merges: str | os.PathLike[str]) -> None:
        """Write GPT-2's two files, `encoder.json` and `vocab.bpe` (`vocab.json` and `merges.txt` elsewhere).

        Raises:
            ValueError: if the tokenizer is not one of GPT-2's kind: another pattern, settings that the files cannot hold.
        """
        gpt2_files.write(self, encoder, merges)

    @classmethod
    def from_gpt2(
        cls,
        encoder: str | os.PathLike[str],
        merges: str | os.PathLike[str],
        *,
        special_tokens: Mapping[str, int] | None = None,
    ) -> BPETokenizer:
        """Read GPT-2's two files.

        Args:
            encoder: `encoder.json`, the ids of the tokens.
            merges: `vocab.bpe`, the merges in order.
            special_tokens: their ids, which the files do not mark; by default what no merge makes and stands in brackets:
                `<|endoftext|>`, `[PAD]`.

        Raises:
            TokenizerFileError: if a file is damaged, or they do not fit each other.
            TypeError: if `special_tokens` is no mapping.
        """
        found = gpt2_files.read(encoder, merges, mapped(special_tokens, "from_gpt2"))
        return huggingface.built(cls, encoder, found)

    def save_tiktoken(self, path: str | os.PathLike[str]) -> None:
        """Write a rank file for `tiktoken`: a line for each token, in base64, with its id. Special tokens are not in it.

        Raises:
            ValueError: if the ids do not follow the merges, so that `tiktoken` would merge differently.
        """
        rank_files.write(self, path)

    @classmethod
    def from_tiktoken(
        cls,
        path: str | os.PathLike[str],
        *,
        special_tokens: Mapping[str, int] | None = None,
        pattern: str = "gpt2",
    ) -> BPETokenizer:
        """Read a rank file of `tiktoken`, which holds neither the pattern nor the special tokens.

        Args:
            path: such as `r50k_base.tiktoken`.
            special_tokens: their ids, such as `{"<|endoftext|>": 50256}`.
            pattern: as in the constructor: `"gpt2"` for r50k and p50k, `"cl100k"`, `"o200k"`.

        Raises:
            TokenizerFileError: if the file is damaged.
            TypeError: if `special_tokens` is no mapping.
            ValueError: if there is no such pattern.
        """
        special, patterns = mapped(special_tokens, "from_tiktoken"), Splitter(pattern).patterns
        found = {"vocab": rank_files.read(path), "special_tokens": special or {}, "pattern": patterns}
        return huggingface.built(cls, path, found)

    def _encode_stretch(self, text: str, wanted: frozenset[str], first: bool) -> list[int]:
        """The ids of a text in which the wanted added tokens count; `first` if it is the beginning."""
        ids: list[int] = []
        for k, piece in enumerate(self.added.pieces(text, wanted) if wanted or self.normalizer else [text]):
            if isinstance(piece, int):
                ids.append(piece)
            elif self.add_prefix_space and piece and (first or k) and not piece.startswith(" "):
                ids += self._words.encode(self.splitter.words(" " + piece))
            else:
                ids += self._words.encode(self.splitter.words(piece))
        return ids
