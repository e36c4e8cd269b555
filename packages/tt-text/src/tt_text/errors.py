"""What is raised when a tokenizer file cannot be used."""

from __future__ import annotations

import os


class TokenizerFileError(ValueError):
    """A tokenizer file or a token file that is damaged, truncated, of another format, or asks for what is not supported.

    Args:
        path: the file.
        where: the line or the key.
        what: what is wrong there, and the remedy.

    Examples:
        >>> raise TokenizerFileError("vocab.bpe", "line 3", "expected two tokens and a space between them, got 'Ġt'")
        Traceback (most recent call last):
        tt_text.errors.TokenizerFileError: vocab.bpe, line 3: expected two tokens and a space between them, got 'Ġt'
    """

    def __init__(self, path: str | os.PathLike[str], where: str, what: str) -> None:
        super().__init__(f"{os.fspath(path)}, {where}: {what}" if where else f"{os.fspath(path)}: {what}")
