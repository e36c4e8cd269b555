"""Writes Hugging Face's `tokenizer.json`."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from .alphabet import stands_for, to_characters
from .conversion import listed, written_ids
from .saving import write_text
from .splitting import GPT2, foreign

if TYPE_CHECKING:
    from .bpe import BPETokenizer


def write(tokenizer: BPETokenizer, path: str | os.PathLike[str]) -> None:
    """Write a `tokenizer.json`."""
    merges, ignore_merges = listed(tokenizer)
    ids = vocabulary(tokenizer, ignore_merges)
    prefix_space = tokenizer.add_prefix_space
    level = {"type": "ByteLevel", "add_prefix_space": prefix_space, "trim_offsets": True, "use_regex": True}
    splits: dict[str, Any] = level
    patterns = tokenizer.splitter.patterns
    if patterns != (GPT2,):
        for pattern in patterns:
            if foreign(pattern):
                raise ValueError(f"save: {foreign(pattern)!r} in {pattern!r} may mean something else to `tokenizers`")
        cuts = [{"type": "Split", "pattern": {"Regex": p}, "behavior": "Isolated", "invert": False} for p in patterns]
        splits = {"type": "Sequence", "pretokenizers": [*cuts, {**level, "use_regex": False}]}
    added = [
        {
            "id": token.id,
            "content": token.content,
            "single_word": token.single_word,
            "lstrip": token.lstrip,
            "rstrip": token.rstrip,
            "normalized": token.normalized,
            "special": token.special,
        }
        for token in sorted(tokenizer.added.tokens, key=lambda token: token.id)
    ]
    file = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": tokenizer.normalizer and {"type": tokenizer.normalizer},
        "pre_tokenizer": splits,
        "post_processor": template(tokenizer),
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": ignore_merges,
            "vocab": ids,
            "merges": [f"{to_characters(left)} {to_characters(right)}" for left, right in merges],
        },
    }
    write_text(path, json.dumps(file, ensure_ascii=False, indent=2) + "\n")


def vocabulary(tokenizer: BPETokenizer, ignore_merges: bool) -> dict[str, int]:
    """The ids of the model's tokens, and of added tokens where they would not be given the same once more.

    Where merges are ignored, a word that is among them is that token: an added one must not be.
    """
    ids = written_ids(tokenizer, "save")
    if not ignore_merges:
        return ids
    added = [token for token in tokenizer.added.tokens if token.content.encode() not in tokenizer.vocab]
    for token in sorted(added, key=lambda token: -token.id):
        if token.id == len(ids) - 1:
            del ids[token.content]
    for token in added:
        word = stands_for(token.content) if token.content in ids else None
        if word is not None and tokenizer.splitter.words(word) == [word]:
            raise ValueError(
                f"save: with ignore_merges the added token {token.content!r} would be found in ordinary text, too; give "
                "added tokens the ids after all others"
            )
    return ids


def template(tokenizer: BPETokenizer) -> dict[str, Any]:
    """The post-processor that puts the tokenizer's prefix and suffix around a text."""
    level = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
    if not tokenizer.prefix and not tokenizer.suffix:
        return level
    added = {token.id: token.content for token in tokenizer.added.tokens}
    names = {i: added.get(i) or to_characters(tokenizer.token_of[i]) for i in tokenizer.prefix + tokenizer.suffix}

    def around(text: str, kind: int) -> list[dict[str, Any]]:
        before, after = (
            [{"SpecialToken": {"id": names[i], "type_id": kind}} for i in ids]
            for ids in (tokenizer.prefix, tokenizer.suffix)
        )
        return [*before, {"Sequence": {"id": text, "type_id": kind}}, *after]

    tokens = {name: {"id": name, "ids": [i], "tokens": [name]} for i, name in names.items()}
    pair = around("A", 0) + around("B", 1)
    step = {"type": "TemplateProcessing", "single": around("A", 0), "pair": pair, "special_tokens": tokens}
    return {"type": "Sequence", "processors": [level, step]}
