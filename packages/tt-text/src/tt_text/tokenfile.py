"""Files of token ids, written in one step and read through memory maps."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, Protocol, runtime_checkable

import numpy as np

from .checks import as_array, whole
from .errors import TokenizerFileError
from .saving import replacing


def write_tokens(path: str | os.PathLike[str], tokens: Iterable[Any], *, vocab_size: int) -> int:
    """Write token ids to a `.npy` file, or as bare numbers (nanoGPT's `.bin`), whichever the name ends in.

    Ids are held in 16 bits if `vocab_size` is at most 65,536, otherwise in 32; a `.npy` file says which, a `.bin` file does not.
    The file takes its place in one step, once it is complete. It is written part by part, so it may be larger than memory.

    Args:
        path: the file. Bare numbers are little-endian.
        tokens: ids: an array or a tensor [T], a list, or an iterable of lists and arrays, such as `tokenizer.encode_stream(...)`.
        vocab_size: one more than the greatest id.

    Returns:
        The number of ids written.

    Raises:
        ValueError: if an id is negative or not below `vocab_size`, or the name ends otherwise.
        TypeError: if the ids, or `vocab_size`, are not integers.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_tokens(f"{folder}/train.bin", [[1, 2], [3]], vocab_size=4)
        ...     read_tokens(f"{folder}/train.bin").tolist()
        3
        [1, 2, 3]
    """
    kind = suffix_of(path)
    vocab_size = whole(vocab_size, "write_tokens: vocab_size", 1)
    if vocab_size > 1 << 32:
        raise ValueError(f"write_tokens: vocab_size should be at most 2**32, got {vocab_size}")
    dtype = np.dtype("<u2" if vocab_size <= 1 << 16 else "<u4")
    count = 0
    with replacing(path) as file:
        if kind == ".npy":
            header(file, dtype, 0)
        for part in parts(tokens):
            array = as_array(part, "write_tokens")
            if array.size == 0:
                continue
            if array.ndim != 1 or array.dtype.kind not in "iu":
                raise TypeError(
                    f"write_tokens: expected integers [T], got an array of shape {list(array.shape)} and dtype {array.dtype}; "
                    "give a list or an array of ids, or an iterable of such"
                )
            low, high = int(array.min()), int(array.max())
            if low < 0 or high >= vocab_size:
                raise ValueError(f"write_tokens: ids lie in [0, {vocab_size}), got {low if low < 0 else high}")
            file.write(array.astype(dtype).data)
            count += len(array)
        if kind == ".npy":
            file.seek(0)
            header(file, dtype, count)
    return count


@runtime_checkable
class Arraylike(Protocol):
    """An array, or a tensor of some library."""

    def __array__(self) -> np.ndarray[Any, Any]: ...


def parts(tokens: Iterable[Any]) -> Iterable[Any]:
    """The ids in parts: what is one sequence of ids already is the only part."""
    if isinstance(tokens, Arraylike):
        return [np.asarray(tokens)]
    if isinstance(tokens, (list, tuple)) and (not tokens or isinstance(tokens[0], (int, np.integer))):
        return [tokens]
    if not isinstance(tokens, Iterable):
        raise TypeError(f"write_tokens: expected ids, or an iterable of ids, got {type(tokens).__name__}")
    return tokens


def header(file: IO[bytes], dtype: np.dtype[Any], count: int) -> None:
    """A `.npy` header for `count` numbers; NumPy leaves room in it, so that its length does not depend on `count`."""
    fields = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": (count,)}
    np.lib.format.write_array_header_1_0(file, fields)


def suffix_of(path: str | os.PathLike[str]) -> str:
    """`.npy` or `.bin`."""
    suffix = Path(path).suffix
    if suffix not in (".npy", ".bin"):
        raise ValueError(f"{os.fspath(path)}: the name of a token file should end in .npy or .bin, not {suffix!r}")
    return suffix


_DAMAGED = (ValueError, EOFError, SyntaxError, TokenError, ArithmeticError, LookupError, TypeError)
"""What NumPy raises for a damaged `.npy` file, whose header it reads as Python."""


def read_tokens(path: str | os.PathLike[str], dtype: Any = np.uint16) -> np.ndarray[Any, Any]:
    """The ids in a token file, mapped into memory: only what is looked at is read.

    Args:
        path: a `.npy` file, or bare numbers in a `.bin` file.
        dtype: how the numbers in a `.bin` file are held: uint16, or uint32 for more than 65,536 tokens.

    Returns:
        A read-only array [T].

    Raises:
        TokenizerFileError: if the file is empty, cut off, or holds something else.
        ValueError: if its name ends otherwise.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = write_tokens(f"{folder}/train.npy", [4, 1, 2, 0], vocab_size=5)
        ...     read_tokens(f"{folder}/train.npy")[1:3].tolist()
        [1, 2]
    """
    if suffix_of(path) == ".npy":
        try:
            with np.errstate(over="ignore"):
                array = np.load(path, mmap_mode="r", allow_pickle=False)
        except _DAMAGED as error:
            raise TokenizerFileError(path, "", f"not a .npy file, or cut off ({error}); write it again") from None
        if not isinstance(array, np.ndarray):
            array.close()
            raise TokenizerFileError(path, "", "an archive (.npz), not a .npy file; write it again")
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise TokenizerFileError(
                path, "", f"expected integers [T], found shape {list(array.shape)} and dtype {array.dtype}"
            )
        return array
    size, dtype = os.path.getsize(path), np.dtype(dtype).newbyteorder("<")
    if dtype.kind not in "iu":
        raise TypeError(f"read_tokens: ids are integers, got dtype {dtype}")
    if size == 0:
        raise TokenizerFileError(path, "", "there are no ids in it; was it cut off?")
    if size % dtype.itemsize:
        raise TokenizerFileError(
            path, "", f"{size} bytes are not a whole number of {dtype.name} ids; is it cut off, or of another dtype?"
        )
    return np.memmap(path, dtype, "r")
