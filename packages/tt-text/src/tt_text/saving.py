"""Files that are there whole or not at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from .errors import TokenizerFileError


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A binary file to write to, which takes the place of `path` once it is complete.

    It is written under a temporary name in the same folder, flushed to the disk and renamed; after an exception nothing
    is left of it, and what was at `path` is still there. Only of a process that is killed it stays (`….part`).
    """
    target = os.path.realpath(path)
    if os.path.isdir(target):
        raise IsADirectoryError(f"cannot write to {os.fspath(path)}: it is a folder; add a file name")
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"cannot write to {os.fspath(path)}: the folder {folder} does not exist; create it first"
        )
    temporary = f"{target}.{os.getpid()}.{secrets.token_hex(4)}.part"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8 with bare newlines, in one step."""
    with replacing(path) as file:
        file.write(text.encode())


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of a UTF-8 file, its line ends as they are."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TokenizerFileError(
            path, f"line {line}", f"byte {error.start} is not UTF-8; the file is damaged or of another format"
        ) from None


def read_json(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The object in a JSON file; a key that stands twice in one object is an error."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise TokenizerFileError(path, f"key {twice!r}", "stands twice; keep one of the two")
        return made

    text = read_text(path)
    try:
        value = json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise TokenizerFileError(
            path,
            f"line {error.lineno}, column {error.colno}",
            f"not JSON ({error.msg}); the file is damaged or cut off",
        ) from None
    except RecursionError:
        raise TokenizerFileError(path, "", "nested too deeply for a tokenizer file") from None
    if not isinstance(value, dict):
        raise TokenizerFileError(path, "", f"expected a JSON object, got {type(value).__name__}")
    return value
