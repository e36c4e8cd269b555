"""GPT-2's two files: `encoder.json`, the ids of the tokens, and `vocab.bpe`, the merges in order."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .alphabet import ALPHABET, to_bytes, to_characters
from .conversion import listed, written_ids
from .errors import TokenizerFileError
from .huggingface import read_vocabulary
from .saving import read_json, read_text, write_text
from .splitting import GPT2

if TYPE_CHECKING:
    from .bpe import BPETokenizer

Path = str | os.PathLike[str]

BRACKETED = re.compile(r"<.+>|\[.+\]")
"""What special tokens look like, which these files do not mark."""


def read(encoder: Path, merges: Path, special_tokens: Mapping[str, int] | None) -> dict[str, Any]:
    """The arguments of a `BPETokenizer` from the two files."""
    ids = read_json(encoder)
    pairs = read_merges(merges)
    known = {to_characters(left + right) for _, left, right in pairs} | set(ALPHABET)
    unmade = {characters: i for characters, i in ids.items() if characters not in known}
    if special_tokens is None:
        special_tokens = {characters: i for characters, i in unmade.items() if BRACKETED.fullmatch(characters)}
    for characters in unmade:
        if characters not in special_tokens:
            raise TokenizerFileError(
                encoder,
                f"key {characters!r}",
                f"no merge in {os.fspath(merges)} makes this token; is that file cut off? If it is a special token, name it "
                "in special_tokens",
            )
    for characters, i in special_tokens.items():
        if ids.get(characters, i) != i:
            raise TokenizerFileError(
                encoder, f"key {characters!r}", f"has the id {ids[characters]}, but special_tokens gives it {i}"
            )
    vocab = read_vocabulary(encoder, "", ids, set(special_tokens))
    for line, left, right in pairs:
        for token in (left, right, left + right):
            if token not in vocab:
                raise TokenizerFileError(
                    merges,
                    f"line {line}",
                    f"{to_characters(token)!r} has no id in {os.fspath(encoder)}; do the files belong together?",
                )
    return {
        "vocab": vocab,
        "merges": [(left, right) for _, left, right in pairs],
        "special_tokens": special_tokens,
        "pattern": GPT2,
    }


def read_merges(path: Path) -> list[tuple[int, bytes, bytes]]:
    """The merges of a file with the numbers of their lines."""
    pairs: list[tuple[int, bytes, bytes]] = []
    line_of: dict[str, int] = {}
    text = read_text(path)
    for number, line in enumerate(text.split("\n"), 1):
        line = line.removesuffix("\r")
        if not line or line.startswith("#version"):
            continue
        halves = line.split(" ")
        if len(halves) != 2 or not all(halves):
            raise TokenizerFileError(
                path,
                f"line {number}",
                f"expected two tokens and a space between them, got {line[:80]!r}; is the file cut off?",
            )
        if line_of.setdefault(line, number) != number:
            raise TokenizerFileError(path, f"line {number}", f"the merge of line {line_of[line]} once more")
        try:
            pairs.append((number, to_bytes(halves[0]), to_bytes(halves[1])))
        except ValueError as error:
            raise TokenizerFileError(path, f"line {number}", str(error)) from None
    if not pairs and not text.startswith("#version"):
        raise TokenizerFileError(path, "", "no merges in it; is it cut off, or another file?")
    return pairs


def write(tokenizer: BPETokenizer, encoder: Path, merges: Path) -> None:
    """Write the two files."""
    if tokenizer.splitter.patterns != (GPT2,):
        raise ValueError("save_gpt2: these files go with GPT-2's pattern; use save for another one")
    pairs, ignore_merges = listed(tokenizer)
    if ignore_merges or tokenizer.add_prefix_space or tokenizer.normalizer or tokenizer.prefix or tokenizer.suffix:
        raise ValueError(
            "save_gpt2: these files cannot hold ignore_merges (or tokens that no merge makes), add_prefix_space, a normalizer, "
            "a prefix or a suffix; use save"
        )
    odd = [token.content for token in tokenizer.added.tokens if not token.plain]
    if odd:
        raise ValueError(f"save_gpt2: these files cannot hold the settings of the added token {odd[0]!r}; use save")
    ids = written_ids(tokenizer, "save_gpt2")
    lines = ["#version: 0.2", *(f"{to_characters(left)} {to_characters(right)}" for left, right in pairs)]
    write_text(encoder, json.dumps(ids, ensure_ascii=True) + "\n")
    write_text(merges, "\n".join(lines) + "\n")
