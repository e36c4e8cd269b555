"""The idx format, in which MNIST and its relatives are published: a header with type and sizes, then the numbers."""

import gzip
import math
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from .errors import DamagedFileError

# The third byte of the file: what each number is. All are big-endian.
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> Any:
    """Read a file in the idx format, gzipped or not.

    Two zero bytes, one for the type, one for the number of dimensions, a big-endian 32-bit size for each, the numbers.

    Args:
        path: the file. Whether it is gzipped is seen from its content, not from its name.

    Returns:
        A NumPy array with the file's shape, in this machine's byte order.

    Raises:
        DamagedFileError: if the file is truncated, has bytes left over, or is in another format.
        FileNotFoundError: if there is no such file.

    Source: Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, "The IDX file format".

    Examples:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp(), "numbers.idx")
        >>> _ = path.write_bytes(bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3]) + bytes([7, 8, 9]))
        >>> read_idx(path)
        array([[7, 8, 9]], dtype=uint8)
    """
    raw = _unpacked(Path(path))
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in TYPES:
        raise DamagedFileError(
            f"{path} is not an idx file: it begins with {raw[:4].hex(' ') or 'nothing'}. Delete it and fetch it again; "
            f"a web page saved under its name is the usual reason"
        )
    dtype, ndim = np.dtype(TYPES[raw[2]]), raw[3]
    start = 4 + 4 * ndim
    if len(raw) < start:
        raise DamagedFileError(f"{path} ends within its header. Delete it and fetch it again")
    shape = [int.from_bytes(raw[k : k + 4], "big") for k in range(4, start, 4)]
    expected, found = math.prod(shape) * dtype.itemsize, len(raw) - start
    if found != expected:
        raise DamagedFileError(
            f"{path} should hold {expected:,} bytes of data for shape {tuple(shape)}, but it holds {found:,}. "
            f"Delete it and fetch it again"
        )
    return np.frombuffer(raw, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _unpacked(path: Path) -> bytes:
    """The bytes of a file, unzipped if they are gzipped."""
    raw = path.read_bytes()
    if raw[:2] != b"\x1f\x8b":
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, OSError, zlib.error) as error:
        raise DamagedFileError(f"{path} cannot be unzipped ({error}). Delete it and fetch it again") from error
