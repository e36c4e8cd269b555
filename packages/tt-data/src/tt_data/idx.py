"""The idx format, in which MNIST and its relatives are published: a header with type and sizes, then the numbers."""

import gzip
import math
import os
import zlib
from typing import Any

import numpy as np

from .errors import DamagedFileError

# The third byte of the file: what each number is. All are big-endian.
TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
MOST = 64  # dimensions that an array of NumPy can have
CHUNK = 1 << 20  # bytes read at a time: more is allocated only as it comes


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
    with open(path, "rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            return _parsed(gzip.GzipFile(fileobj=file) if zipped else file, path)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DamagedFileError(f"{path} cannot be unzipped ({error}). Delete it and fetch it again") from error


def _parsed(stream: Any, path: str | os.PathLike[str]) -> Any:
    """The array in a stream of bytes, of which no more is read than the header promises: a small zipped file may have no end."""
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or head[3] > MOST:
        raise DamagedFileError(
            f"{path} is not an idx file: it begins with {head.hex(' ') or 'nothing'}. Delete it and fetch it again; "
            f"a web page saved under its name is the usual reason"
        )
    dtype, ndim = np.dtype(TYPES[head[2]]), head[3]
    sizes = stream.read(4 * ndim)
    if len(sizes) < 4 * ndim:
        raise DamagedFileError(f"{path} ends within its header. Delete it and fetch it again")
    shape = [int.from_bytes(sizes[k : k + 4], "big") for k in range(0, 4 * ndim, 4)]
    expected, body = math.prod(shape) * dtype.itemsize, bytearray()
    while len(body) <= expected and (chunk := stream.read(min(CHUNK, expected + 1 - len(body)))):
        body += chunk
    if len(body) != expected:
        found = f"{len(body):,}" if len(body) < expected else "more"
        raise DamagedFileError(
            f"{path} should hold {expected:,} bytes of data for shape {tuple(shape)}, but it holds {found}. "
            f"Delete it and fetch it again"
        )
    return np.frombuffer(body, dtype).reshape(shape).astype(dtype.newbyteorder("="))
