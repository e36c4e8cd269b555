"""Reads Hugging Face's `tokenizer.json`, as far as it describes byte-level BPE; what else would change the ids is an error."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from .alphabet import stands_for, to_bytes
from .errors import TokenizerFileError
from .saving import read_json
from .special import AddedToken
from .splitting import GPT2, NAME, Splitter, foreign

if TYPE_CHECKING:
    from .bpe import BPETokenizer

Path = str | os.PathLike[str]

_MODEL = {"dropout": (None, 0, 0.0), "continuing_subword_prefix": (None, ""), "end_of_word_suffix": (None, "")}
"""Settings of the model that change the ids, with the values that leave byte-level BPE as it is."""

_UNKNOWN = {"unk_token": str, "fuse_unk": bool, "byte_fallback": bool}
"""What becomes of unknown characters, of which there are none: every byte is in the vocabulary."""


def built(cls: type[BPETokenizer], path: Path, arguments: dict[str, Any]) -> BPETokenizer:
    """A tokenizer from what was read in a file; what does not fit together is an error that names the file."""
    try:
        return cls(**arguments)
    except TokenizerFileError:
        raise
    except (ValueError, TypeError) as error:
        raise TokenizerFileError(path, "", str(error)) from None


def read(path: Path) -> dict[str, Any]:
    """The arguments of a `BPETokenizer` from a `tokenizer.json`."""
    file = read_json(path)
    model = part(path, file, "model", dict)
    known = ("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor")
    for key in file:
        if key not in (*known, "decoder", "model"):
            raise unsupported(path, key, file[key])
    for key in ("truncation", "padding"):
        if file.get(key) is not None:
            raise unsupported(path, key, file[key], "set it to null, and do it in Python")
    if model.get("type", "BPE") != "BPE":
        raise unsupported(path, "model.type", model["type"], "only BPE is")
    for key, value in model.items():
        if key in _MODEL and value not in _MODEL[key]:
            raise unsupported(path, f"model.{key}", value)
        if key in _UNKNOWN and value is not None:
            part(path, model, key, _UNKNOWN[key], "model.")
        if key not in (*_MODEL, *_UNKNOWN, "type", "ignore_merges", "vocab", "merges"):
            raise unsupported(path, f"model.{key}", value)
    ids = part(path, model, "vocab", dict, "model.")
    added = read_added(path, file.get("added_tokens") or [], ids)
    contents = {token.content for token in added}
    vocab = read_vocabulary(path, "model.vocab", ids, contents)
    for content in contents & ids.keys() if model.get("ignore_merges") else ():
        word = stands_for(content)
        if word is not None and word != content:
            raise unsupported(
                path, "added_tokens", content, f"with ignore_merges the word {word!r} would have its id, too"
            )
    merges = read_merges(path, part(path, model, "merges", list, "model."))
    patterns, prefix_space = read_splits(path, part(path, file, "pre_tokenizer", dict))
    decoder = part(path, file, "decoder", dict)
    if decoder.get("type") != "ByteLevel":
        raise unsupported(path, "decoder.type", decoder.get("type"), "only ByteLevel is")
    prefix, suffix = read_template(path, file.get("post_processor"))
    return {
        "vocab": vocab,
        "merges": merges,
        "special_tokens": added,
        "pattern": patterns,
        "add_prefix_space": prefix_space,
        "ignore_merges": bool(model.get("ignore_merges")),
        "normalizer": read_normalizer(path, file.get("normalizer")),
        "prefix": prefix,
        "suffix": suffix,
    }


def unsupported(path: Path, where: str, value: Any, remedy: str = "") -> TokenizerFileError:
    """The error for something in a file that would change the ids and is not supported."""
    text = json.dumps(value, ensure_ascii=False)
    shown = text if len(text) <= 80 else text[:77] + "..."
    return TokenizerFileError(path, f"key {where!r}", f"{shown} is not supported" + (f"; {remedy}" if remedy else ""))


def part(path: Path, value: dict[str, Any], key: str, kind: type, above: str = "") -> Any:
    """`value[key]`, which has to be there and of this kind."""
    if key not in value:
        raise TokenizerFileError(path, f"key {above + key!r}", "missing; the file is damaged or of another format")
    if not isinstance(value[key], kind):
        raise TokenizerFileError(
            path, f"key {above + key!r}", f"expected {kind.__name__}, got {json.dumps(value[key])[:40]}"
        )
    return value[key]


def read_vocabulary(path: Path, where: str, ids: dict[str, Any], others: set[str]) -> dict[bytes, int]:
    """Tokens as bytes; those of `others` that are not in the byte-level alphabet are left out."""
    vocab: dict[bytes, int] = {}
    for characters, i in ids.items():
        if type(i) is not int:
            raise TokenizerFileError(path, f"key {where!r}", f"the id of {characters!r} should be an int, got {i!r}")
        try:
            token = to_bytes(characters)
        except ValueError as error:
            if characters in others:
                continue
            raise TokenizerFileError(
                path, f"key {where!r}", f"token {characters!r}: {error}; is this a byte-level vocabulary?"
            ) from None
        if characters not in others or token == characters.encode():
            vocab[token] = i
    return vocab


def read_merges(path: Path, merges: list[Any]) -> list[tuple[bytes, bytes]]:
    """Merges, each written as `"left right"` or as `["left", "right"]`."""
    pairs = []
    for k, merge in enumerate(merges):
        halves = merge.split(" ") if isinstance(merge, str) else merge
        if not isinstance(halves, list) or len(halves) != 2 or not all(isinstance(half, str) for half in halves):
            raise TokenizerFileError(
                path,
                f"key 'model.merges[{k}]'",
                f"expected two tokens, got {json.dumps(merge, ensure_ascii=False)[:80]}",
            )
        try:
            pairs.append((to_bytes(halves[0]), to_bytes(halves[1])))
        except ValueError as error:
            raise TokenizerFileError(path, f"key 'model.merges[{k}]'", str(error)) from None
    return pairs


def read_added(path: Path, entries: Any, ids: dict[str, Any]) -> list[AddedToken]:
    """The added tokens; their ids must be the ones that `tokenizers` would give them."""
    added: list[AddedToken] = []
    keys = {
        "id": int,
        "content": str,
        "single_word": bool,
        "lstrip": bool,
        "rstrip": bool,
        "normalized": bool,
        "special": bool,
    }
    if not isinstance(entries, list):
        raise TokenizerFileError(path, "key 'added_tokens'", f"expected list, got {type(entries).__name__}")
    for k, entry in enumerate(entries):
        where = f"added_tokens[{k}]"
        if not isinstance(entry, dict):
            raise TokenizerFileError(path, f"key {where!r}", f"expected dict, got {type(entry).__name__}")
        for key in entry:
            if key not in keys:
                raise unsupported(path, f"{where}.{key}", entry[key])
        token = AddedToken(**{key: part(path, entry, key, kind, f"{where}.") for key, kind in keys.items()})
        after = max([len(ids) - 1, *(other.id for other in added)]) + 1
        expected = ids.get(token.content, after)
        if token.id != expected:
            raise TokenizerFileError(
                path,
                f"key '{where}.id'",
                f"{token.content!r} has the id {token.id} here, but the vocabulary of the model makes it {expected!r}",
            )
        added.append(token)
    return added


def read_normalizer(path: Path, step: Any) -> str | None:
    """`"NFC"`; or None where text is left alone, which some files say with an empty sequence."""
    steps = [] if step is None else [step]
    if isinstance(step, dict) and step.get("type") == "Sequence":
        steps = part(path, step, "normalizers", list, "normalizer.")
    if any(one != {"type": "NFC"} for one in steps):
        raise unsupported(path, "normalizer", step, "only NFC is")
    return "NFC" if steps else None


def read_splits(path: Path, step: dict[str, Any]) -> tuple[list[str], bool]:
    """The patterns that split a text, and whether a space is put before it."""
    kind = step.get("type")
    steps = part(path, step, "pretokenizers", list, "pre_tokenizer.") if kind == "Sequence" else [step]
    patterns: list[str] = []
    prefix_space = False
    for k, one in enumerate(steps):
        where = f"pre_tokenizer.pretokenizers[{k}]" if kind == "Sequence" else "pre_tokenizer"
        if not isinstance(one, dict):
            raise TokenizerFileError(path, f"key {where!r}", f"expected dict, got {type(one).__name__}")
        last = k == len(steps) - 1
        if one.get("type") == "Split" and not last:
            patterns.append(read_split(path, where, one))
        elif one.get("type") == "Digits" and not last:
            patterns.append(r"\p{N}" if part(path, one, "individual_digits", bool, f"{where}.") else r"\p{N}+")
        elif one.get("type") == "ByteLevel" and last:
            prefix_space = bool(one.get("add_prefix_space", True))
            if prefix_space and (patterns or not one.get("use_regex", True)):
                raise unsupported(path, f"{where}.add_prefix_space", True, "only with GPT-2's pattern alone")
            if one.get("use_regex", True):
                patterns.append(GPT2)
        else:
            raise unsupported(path, where, one, "only Split and Digits steps, and ByteLevel at the end, are")
    if not steps:
        raise unsupported(path, "pre_tokenizer", step, "it should end with ByteLevel")
    return patterns, prefix_space


def read_split(path: Path, where: str, step: dict[str, Any]) -> str:
    """The pattern of a Split step that keeps all of the text."""
    pattern = part(path, step, "pattern", dict, f"{where}.")
    expression = pattern.get("Regex")
    if not isinstance(expression, str):
        raise unsupported(path, f"{where}.pattern", pattern, "only Regex is")
    if NAME.fullmatch(expression):
        raise unsupported(
            path, f"{where}.pattern", expression, "expected a regular expression that is more than a word"
        )
    how = step.get("behavior"), step.get("invert")
    try:
        keeps_all = how == ("Isolated", False) or (how == ("Removed", True) and Splitter([expression]).known)
    except ValueError as error:
        raise TokenizerFileError(path, f"key '{where}.pattern'", str(error)) from None
    if not keeps_all:
        raise unsupported(path, f"{where}.behavior", step.get("behavior"), "only 'Isolated' that is not inverted is")
    sign = foreign(expression)
    if sign:
        raise unsupported(path, f"{where}.pattern", expression, f"{sign!r} may mean something else to other engines")
    return expression


def read_template(path: Path, step: Any) -> tuple[list[int], list[int]]:
    """The ids that a post-processor puts before and after a text."""
    if step is None:
        return [], []
    if not isinstance(step, dict):
        raise TokenizerFileError(path, "key 'post_processor'", f"expected dict, got {type(step).__name__}")
    steps = part(path, step, "processors", list, "post_processor.") if step.get("type") == "Sequence" else [step]
    templates = [one for one in steps if not (isinstance(one, dict) and one.get("type") == "ByteLevel")]
    if not templates:
        return [], []
    kind = templates[0].get("type") if len(templates) == 1 and isinstance(templates[0], dict) else None
    if kind in ("RobertaProcessing", "BertProcessing"):
        pairs = [part(path, templates[0], key, list, "post_processor.") for key in ("cls", "sep")]
        if not all(len(pair) == 2 and type(pair[1]) is int for pair in pairs):
            raise unsupported(path, "post_processor", templates[0], "expected a token and its id in cls and in sep")
        return [pairs[0][1]], [pairs[1][1]]
    if kind != "TemplateProcessing":
        raise unsupported(path, "post_processor", step, "only ByteLevel and one template are")
    around: tuple[list[int], list[int]] = ([], [])
    tokens = part(path, templates[0], "special_tokens", dict, "post_processor.")
    seen = 0
    for one in part(path, templates[0], "single", list, "post_processor."):
        if isinstance(one, dict) and isinstance(one.get("Sequence"), dict):
            seen += 1
            continue
        try:
            around[min(seen, 1)].extend(tokens[one["SpecialToken"]["id"]]["ids"])
        except (KeyError, TypeError):
            raise unsupported(path, "post_processor.single", one, "expected a SpecialToken that is listed") from None
    if seen != 1:
        raise unsupported(path, "post_processor.single", templates[0]["single"], "expected the text once")
    return around
