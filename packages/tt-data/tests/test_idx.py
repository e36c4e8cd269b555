"""Damaged files are refused, with the remedy; sound ones are read whatever their numbers are."""

import gzip
import math
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tt_data import DamagedFileError, read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array):
    """`array` in the idx format."""
    header = bytes([0, 0, CODES[array.dtype.str[1:]], array.ndim])
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return header + sizes + array.astype(array.dtype.newbyteorder(">")).tobytes()


SOUND = idx_bytes(np.arange(12, dtype=np.uint8).reshape(3, 2, 2))


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "not an idx file: it begins with nothing"),
        (b"<!DOCTYPE html>", "web page"),
        (b"\0\0\x07\x01\0\0\0\0", "not an idx file"),
        (SOUND[:3], "not an idx file"),
        (bytes([0, 0, 8, 65]) + b"\0\0\0\1" * 65 + b"\0", "not an idx file"),
        (SOUND[:10], "ends within its header"),
        (SOUND[:-1], "should hold 12 bytes of data for shape (3, 2, 2), but it holds 11"),
        (SOUND + b"\0", "but it holds more"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "but it holds 0"),
        (gzip.compress(SOUND, mtime=0)[:-9], "cannot be unzipped"),
        (gzip.compress(SOUND, mtime=0)[:-4] + b"\1\2\3\4", "cannot be unzipped"),
        (gzip.compress(SOUND, mtime=0) + b"more", "cannot be unzipped"),
        (b"\x1f\x8b", "cannot be unzipped"),
    ],
)
def test_damaged_files(tmp_path, raw, message):
    path = tmp_path / "file"
    path.write_bytes(raw)
    with pytest.raises(DamagedFileError, match=re.escape(message)) as caught:
        read_idx(path)
    assert "etch it again" in str(caught.value)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, RuntimeError)
    assert isinstance(caught.value, ValueError)


def test_every_truncation_and_every_flipped_header_byte_is_noticed(tmp_path):
    path = tmp_path / "file"
    packed = gzip.compress(SOUND, mtime=0)
    for raw in [*(SOUND[:n] for n in range(len(SOUND))), *(packed[:n] for n in range(len(packed)))]:
        path.write_bytes(raw)
        with pytest.raises(DamagedFileError):
            read_idx(path)
    for k in range(16):
        path.write_bytes(SOUND[:k] + bytes([SOUND[k] ^ 0x55]) + SOUND[k + 1 :])
        with pytest.raises(DamagedFileError):
            read_idx(path)


def test_a_bomb(tmp_path):
    """A small file that unzips to a large one is left after what its header promises."""
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(SOUND + bytes(1 << 26), 1))
    tracemalloc.start()
    try:
        with pytest.raises(DamagedFileError, match="but it holds more"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 22
    finally:
        tracemalloc.stop()


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "nothing")


@given(st.sampled_from(sorted(CODES)).flatmap(lambda kind: hnp.arrays(kind, hnp.array_shapes(max_dims=4, min_side=0))))
def test_what_is_written_is_read(tmp_path_factory, array):
    path = tmp_path_factory.mktemp("idx") / "file"
    for pack in (bytes, gzip.compress):
        path.write_bytes(pack(idx_bytes(array)))
        found = read_idx(path)
        assert found.dtype == array.dtype
        assert found.dtype.isnative
        assert found.shape == array.shape
        assert math.prod(found.shape) == found.size
        assert found.flags.writeable
        np.testing.assert_array_equal(found, array)
