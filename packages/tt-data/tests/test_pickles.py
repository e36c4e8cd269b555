"""A pickle can do nothing but hold data."""

import collections
import contextlib
import io
import os
import pickle

import numpy as np
import pytest
from tt_data import DamagedFileError
from tt_data.pickles import read_pickle


class Evil:
    """Runs a function when it is loaded."""

    def __init__(self, function, *args):
        self.call = function, args

    def __reduce__(self):
        return self.call


class Python2(pickle._Pickler):
    """Writes strings of bytes as Python 2 did."""

    def save_bytes(self, value):
        self.write(b"T" + len(value).to_bytes(4, "little") + value)
        self.memoize(value)

    dispatch = {**pickle._Pickler.dispatch, bytes: save_bytes}


def python2(value):
    """A pickle as Python 2 wrote them: strings of bytes, arrays of NumPy's old module."""
    file = io.BytesIO()
    Python2(file, 2).dump(value)
    return file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "evil",
    [
        Evil(os.mkdir, "evil"),
        Evil(eval, "__import__('os').mkdir('evil')"),
        Evil(getattr, os, "mkdir"),
        Evil(pickle.loads, b""),
        Evil(np.load, "x"),
        Evil(np.fromfile, "x"),
        collections.OrderedDict(a=1),
        collections.Counter("abc"),
        io.StringIO("x"),
        np.float64(3),
        np.dtype("f4"),
        np.ndarray,
        object(),
        {1, 2},
        range(3),
        1j,
        np.zeros(3, np.float32),
        np.array([Evil(os.mkdir, "evil")], dtype=object),
        np.zeros(3, "u1,u1"),
    ],
    ids=lambda evil: type(evil).__name__,
)
def test_everything_else_is_refused(tmp_path, monkeypatch, protocol, evil):
    monkeypatch.chdir(tmp_path)
    for value in (evil, {"data": [1, evil]}):
        path = tmp_path / "file"
        try:
            path.write_bytes(pickle.dumps(value, protocol))
        except (TypeError, pickle.PicklingError):
            return
        with pytest.raises(DamagedFileError, match="Delete it"):
            read_pickle(path)
    assert not (tmp_path / "evil").exists()


BYTE = np.dtype("u1")


@pytest.mark.parametrize(
    "state",
    [
        (1, (2,), BYTE, False, [1, 2]),
        (1, (2,), BYTE, False, "ab"),
        (1, (2,), "u1", False, b"ab"),
        (1, ("2",), BYTE, False, b"ab"),
        (1, (-1, -2), BYTE, False, b"ab"),
        (1, (True, 2), BYTE, False, b"ab"),
    ],
    ids=lambda state: repr(state[1:]),
)
def test_arrays_that_are_none(tmp_path, state):
    array = Evil(np._core.multiarray._reconstruct, np.ndarray, (0,), b"b")
    array.call += (state,)
    (tmp_path / "file").write_bytes(pickle.dumps(array))
    with pytest.raises(DamagedFileError, match="it holds an array in another form"):
        read_pickle(tmp_path / "file")


@pytest.mark.parametrize(
    "raw",
    [
        b"cos\nsystem\n(S'mkdir evil'\ntR.",
        b"(S'mkdir evil'\nios\nsystem\n.",
        b"(cos\nsystem\nS'mkdir evil'\no.",
        b"\x80\x02cnumpy\nndarray\n.",
        b"\x80\x02cnumpy\nndarray\n)\x81.",
        b"\x80\x02cnumpy\nndarray\n(I1000000000000\ntR.",
        b"\x80\x02cnumpy\nndarray\n)\x81}X\x05\x00\x00\x00valueK\x01sb.",
        b"\x80\x02cbuiltins\nint\n.",
        b"\x80\x02c__builtin__\nbytes\n(I1000000000000\ntR.",
        b"\x80\x02c_codecs\nencode\n.",
        b"\x80\x02c_codecs\nencode\n(X\x01\x00\x00\x00aX\x04\x00\x00\x00zlibtR.",
        b"\x80\x02c_codecs\nencode\n(K\x01X\x06\x00\x00\x00latin1tR.",
        b"\x80\x04\x8c\x13numpy._core.numeric\x8c\x0b_frombuffer\x93(K\x01K\x02K\x03K\x04tR.",
        b"\x80\x04\x8c\x13numpy._core.numeric\x8c\x0b_frombuffer\x93(C\x01aK\x02K\x03\x8c\x01CtR.",
        b"\x80\x04\x8c\x05numpy\x94\x8c\x0cndarray.tofile\x94\x93\x94.",
        b"\x80\x02P1\n.",
        b"\x80\x02\x82\x01.",
        b"\x80\x02]" + b"h\x00a" * 3 + b".",
        b"",
        b".",
        b"K\x01",
        b"<html>",
        b"\x80\x09.",
        b"\x8b\xff\xff\xff\x7f",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f",
        b"]" * 200_000 + b"a" * 199_999 + b".",
    ],
    ids=lambda raw: repr(raw[:20]),
)
def test_written_by_hand(tmp_path, monkeypatch, raw):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_bytes(raw)
    with pytest.raises(DamagedFileError):
        read_pickle(tmp_path / "file")
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("put", [b"r\xff\xff\xff\x7f", b"p2147483647\n", b"p-1\n", b"q\x10"])
def test_what_is_remembered_far_beyond_the_last(tmp_path, put):
    """The unpickler would make a table of that length: 32 GB for nine bytes."""
    (tmp_path / "file").write_bytes(b"\x80\x02]" + put + b".")
    with pytest.raises(DamagedFileError, match="under the number"):
        read_pickle(tmp_path / "file")


def test_a_list_that_stands_in_many_places_is_worked_on_once(tmp_path):
    laughs = ["ha"]
    for _ in range(60):
        laughs = [laughs, laughs]
    (tmp_path / "file").write_bytes(pickle.dumps({"data": laughs}))
    found = read_pickle(tmp_path / "file")["data"]
    while len(found) == 2:
        assert found[0] is found[1]
        found = found[0]
    assert found == ["ha"]


def test_every_truncation_and_many_alterations(tmp_path):
    path = tmp_path / "file"
    sound = python2({b"data": np.arange(12, dtype=np.uint8).reshape(3, 4), b"labels": [1, 2, 3]})
    rng = np.random.default_rng(0)
    for n in range(len(sound)):
        path.write_bytes(sound[:n])
        with pytest.raises(DamagedFileError):
            read_pickle(path)
    for _ in range(200):
        raw = bytearray(sound)
        raw[rng.integers(len(raw))] = rng.integers(256)
        path.write_bytes(raw)
        with contextlib.suppress(DamagedFileError):
            read_pickle(path)


@pytest.mark.parametrize("protocol", ["Python 2", *range(6)])
def test_data_comes_back(tmp_path, protocol):
    path = tmp_path / "file"
    value = {
        "data": np.arange(12, dtype=np.uint8).reshape(3, 4),
        "labels": [1, 2],
        "n": 3,
        "none": None,
        "s": ("a", 0.5),
    }
    value["columns"] = np.asfortranarray(value["data"])
    value["empty"] = value["data"][:0]
    path.write_bytes(python2(value) if protocol == "Python 2" else pickle.dumps(value, protocol))
    found = read_pickle(path)
    assert found.keys() == value.keys()
    for name in ("data", "columns", "empty"):
        np.testing.assert_array_equal(found[name], value[name])
        assert found[name].dtype == np.uint8
    assert [found[k] for k in ("labels", "n", "none", "s")] == [[1, 2], 3, None, ("a", 0.5)]
    path.write_bytes(python2({b"label_names": [b"cat", "d\xe9j\xe0".encode("latin-1")]}))
    assert read_pickle(path) == {"label_names": ["cat", "déjà"]}
    with pytest.raises(FileNotFoundError):
        read_pickle(tmp_path / "none")
