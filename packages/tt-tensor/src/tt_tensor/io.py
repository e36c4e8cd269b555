"""Tensor files: named tensors in the safetensors format, which holds numbers and text and nothing that could run.

A file is written whole or not at all: whatever happens meanwhile, its name stands for the old file or the new one.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import prod
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from .size import Size
from .tensor import Tensor

# How numbers are held in a file. There is no bfloat16 in NumPy: it is read as whole numbers.
STORED = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8", "I64": "<i8",
    "F16": "<f2", "BF16": "<u2", "F32": "<f4", "F64": "<f8", "C64": "<c8",
}  # fmt: skip


class DamagedFileError(RuntimeError, ValueError):
    """A file that is not what it should be: truncated, changed, or of another format."""


def _safetensors() -> ModuleType:
    try:
        import safetensors.numpy
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "tensor files need the package safetensors: pip install tt-tensor[io]", name="safetensors"
        ) from error
    return safetensors


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Write a file whole or not at all: give a temporary name, and rename to `path` when the block ends without an error.

    The temporary file is in the same folder, is on disk before the renaming, and is removed if the block raises. A process
    killed within the block leaves it behind (`.name.….tmp`), and the file at `path` as it was.

    Args:
        path: where the file is to be. A symbolic link is followed.

    Yields:
        The path to write to: an empty file that exists.

    Raises:
        IsADirectoryError: if `path` is a folder.
        FileNotFoundError: if its folder does not exist.

    Examples:
        >>> import pathlib, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> with atomic_write(folder / "a.txt") as temporary:
        ...     _ = temporary.write_text("whole")
        >>> (folder / "a.txt").read_text()
        'whole'
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"cannot write to {path}: it is a folder; add a file name")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"cannot write to {path}: the folder {target.parent} does not exist; create it first")
    temporary = target.with_name(f".{target.name}.{os.urandom(4).hex()}.tmp")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    mode = temporary.stat().st_mode  # what is written may be another file, which is put in this one's place
    try:
        yield temporary
        with open(temporary, "r+b") as file:
            os.fsync(file.fileno())
        temporary.chmod(target.stat().st_mode if target.exists() else mode)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if os.name == "posix":  # the renaming is a change of the folder, which has to reach the disk as well
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def save_file(
    tensors: Mapping[str, Any], path: str | os.PathLike[str], metadata: Mapping[str, str] | None = None
) -> None:
    """Write named tensors into a safetensors file, whole or not at all.

    Args:
        tensors: tensors or NumPy arrays by name, of any dtype but complex128.
        path: the file; one that exists is replaced.
        metadata: text by name, kept in the file's header.

    Raises:
        ModuleNotFoundError: if safetensors is not installed (`pip install tt-tensor[io]`).
        TypeError: if a name is not a string, or a value not a tensor of numbers.
        ValueError: if two tensors share memory: as files hold values, they would be two after loading; or if a name is
            `__metadata__`.
        OSError: if the file cannot be written; the old one is left as it was.

    Examples:
        >>> import os, tempfile
        >>> from tt_tensor import tensor
        >>> path = os.path.join(tempfile.mkdtemp(), "weights.safetensors")
        >>> save_file({"w": tensor([1.0, 2.0])}, path, {"epoch": "3"})
        >>> load_file(path)
        {'w': tensor([1., 2.])}
        >>> load_metadata(path)
        {'epoch': '3'}
    """
    library = _safetensors()
    arrays = _arrays(tensors)
    _check_apart(arrays)
    if metadata is not None and not all(isinstance(s, str) for item in metadata.items() for s in item):
        raise TypeError("save_file: metadata must be a dict from str to str; write other values as json.dumps(value)")
    with atomic_write(path) as temporary:
        try:
            library.numpy.save_file(arrays, temporary, metadata=None if metadata is None else dict(metadata))
        except library.SafetensorError as error:
            code = re.search(r"\(os error (\d+)\)", str(error))
            if code:  # the disk is full, for one
                raise OSError(int(code[1]), f"cannot write {path}: {os.strerror(int(code[1]))}") from error
            raise TypeError(f"save_file: {error}") from error


def load_file(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """The named tensors of a safetensors file, in new memory; bfloat16, which NumPy lacks, becomes float32.

    Raises:
        ModuleNotFoundError: if safetensors is not installed (`pip install tt-tensor[io]`).
        FileNotFoundError, IsADirectoryError: if there is no such file.
        DamagedFileError: if it is truncated, changed, or not a safetensors file.
    """
    with open_file(path) as file:
        return dict(file)


class TensorFile(Mapping[str, Tensor]):
    """The named tensors of an open safetensors file: each is read when it is asked for, and not kept."""

    def __init__(self, path: str | os.PathLike[str], file: Any) -> None:
        self._path, self._file, self._names = path, file, tuple(file.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def shape(self, name: str) -> Size:
        """The shape of a tensor, from the file's header alone."""
        return Size(self._slice(name).get_shape())

    def _slice(self, name: str) -> Any:
        if name not in self._names:
            raise KeyError(f"{self._path} has no tensor {name!r}")
        return self._file.get_slice(name)

    def __getitem__(self, name: str) -> Tensor:
        header = self._slice(name)
        kind = header.get_dtype()
        if kind not in STORED:
            raise DamagedFileError(f"cannot read {self._path}: {name!r} has the dtype {kind}, which NumPy lacks")
        with open(self._path, "rb") as file:  # which the library has checked: 8 bytes say how long the header is
            size = int.from_bytes(file.read(8), "little")
            begin, _ = json.loads(file.read(size))[name]["data_offsets"]
            file.seek(8 + size + begin)
            values = np.fromfile(file, STORED[kind], prod(header.get_shape()))
        if kind == "BF16":  # the upper half of a float32
            values = values.astype(np.uint32)
            values <<= 16
            values = values.view(np.float32)
        return Tensor.plain(values.astype(values.dtype.newbyteorder("="), copy=False).reshape(header.get_shape()))


@contextmanager
def open_file(path: str | os.PathLike[str]) -> Iterator[TensorFile]:
    """Open a safetensors file whose tensors are then read one by one: files may be larger than memory.

    Yields:
        a mapping from names to tensors; what it reads is in new memory, bfloat16 as float32.

    Raises:
        ModuleNotFoundError: if safetensors is not installed (`pip install tt-tensor[io]`).
        FileNotFoundError, IsADirectoryError: if there is no such file.
        DamagedFileError: if it is truncated, changed, or not a safetensors file.

    Examples:
        >>> import os, tempfile
        >>> from tt_tensor import tensor
        >>> path = os.path.join(tempfile.mkdtemp(), "weights.safetensors")
        >>> save_file({"w": tensor([1.0, 2.0])}, path)
        >>> with open_file(path) as file:
        ...     list(file), file.shape("w"), file["w"]
        (['w'], torch.Size([2]), tensor([1., 2.]))
    """
    with _opened(path) as file:
        yield TensorFile(path, file)


def load_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """The text that `save_file` was given as `metadata`: read from the header alone. Raises what `load_file` raises."""
    with _opened(path) as file:
        return dict(file.metadata() or {})


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[Any]:
    library = _safetensors()
    if os.path.isdir(path):
        raise IsADirectoryError(f"cannot read {path}: it is a folder; add a file name")
    if not os.path.exists(path):
        raise FileNotFoundError(f"cannot read {path}: there is no such file")
    with _damage(path):
        opened = library.safe_open(path, framework="numpy")
    with opened as file:
        yield file


def _hint(path: str | os.PathLike[str]) -> str:
    """What to do about a file that `torch.save` wrote, for an error."""
    with open(path, "rb") as file:
        start = file.read(4)
    if start.startswith((b"PK\x03\x04", b"\x80\x02")):
        return "; torch.save writes such files, and pickles can run code: write it with safetensors.torch.save_file"
    return ""


@contextmanager
def _damage(path: str | os.PathLike[str]) -> Iterator[None]:
    """Say of what the library raises in this block that the file is damaged."""
    try:
        yield
    except (_safetensors().SafetensorError, TypeError, AttributeError, ValueError) as error:
        raise DamagedFileError(
            f"cannot read {path}: it is not a safetensors file with dtypes of NumPy, or it is truncated or damaged ({error})"
            + _hint(path)
        ) from error


def _arrays(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays inside, in row-major order: the library writes the memory of others in the wrong order, without a word."""
    if not isinstance(tensors, Mapping):
        raise TypeError(f"save_file: expected a dict from names to tensors, got {type(tensors).__name__}")
    arrays = {}
    for name, x in tensors.items():
        if not isinstance(name, str):
            raise TypeError(f"save_file: names must be str, got {name!r}")
        if name == "__metadata__":
            raise ValueError("save_file: '__metadata__' can't be the name of a tensor: the format has text there")
        a = x.array if isinstance(x, Tensor) else x
        if not isinstance(a, np.ndarray) or a.dtype.kind not in "buifc" or not a.dtype.isnative:
            what = f"an array of dtype {a.dtype}" if isinstance(a, np.ndarray) else type(x).__name__
            raise TypeError(f"save_file: {name!r} must be a tensor of numbers, got {what}")
        arrays[name] = a if a.flags.c_contiguous else a.copy(order="C")
    return arrays


def _check_apart(arrays: dict[str, Any]) -> None:
    """Raise if two arrays share memory."""
    spans = sorted((*np.lib.array_utils.byte_bounds(a), name) for name, a in arrays.items() if a.size)
    for (_, end, first), (start, _, second) in zip(spans, spans[1:]):
        if start < end:  # arrays in row-major order are without gaps
            raise ValueError(
                f"save_file: {first!r} and {second!r} share memory, and would be two tensors after loading; "
                f"save one of them, or a clone() of the second"
            )
