"""Tensor files: what is saved comes back, damage is reported, and no crash leaves half a file."""

import errno
import json
import os
import random
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("safetensors")
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from tt_tensor import Tensor, io, tensor

DTYPES = ["bool", "int8", "uint8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.safetensors"


@st.composite
def odd_views(draw):
    """An array that is seldom in row-major order: a transposed, reversed, strided or broadcast view."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    a = draw(arrays(dtype, array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)))
    a = a.transpose(draw(st.permutations(range(a.ndim))))
    a = a[tuple(draw(st.sampled_from([slice(None), slice(None, None, -1), slice(None, None, 2)])) for _ in a.shape)]
    return np.broadcast_to(a, (2, *a.shape)) if draw(st.booleans()) else a


@settings(max_examples=60, deadline=None)
@given(st.lists(odd_views(), min_size=1, max_size=4))
def test_what_is_saved_comes_back(tmp_path_factory, views):
    path = tmp_path_factory.mktemp("io") / "x"
    io.save_file({f"x{k}": Tensor(a) for k, a in enumerate(views)}, path)
    back = io.load_file(path)
    assert len(back) == len(views)
    for k, a in enumerate(views):
        b = back[f"x{k}"].array
        assert (b.dtype, b.shape) == (a.dtype, a.shape)
        np.testing.assert_array_equal(b, a)


def test_metadata_and_arrays(path):
    io.save_file({"a": np.arange(3)}, path, {"epoch": "3"})
    assert io.load_metadata(path) == {"epoch": "3"}
    io.save_file({}, path)
    assert io.load_file(path) == {}
    assert io.load_metadata(path) == {}


def test_loaded_tensors_can_be_written(path):
    io.save_file({"a": tensor([1.0])}, path)
    x = io.load_file(path)["a"]
    x.add_(1)
    assert x.item() == 2.0
    assert io.load_file(path)["a"].item() == 1.0


@pytest.mark.parametrize(
    ("tensors", "error", "words"),
    [
        ([tensor(1.0)], TypeError, "dict"),
        ({1: tensor(1.0)}, TypeError, "names must be str"),
        ({"__metadata__": tensor(1.0)}, ValueError, "__metadata__"),
        ({"lr": 0.1}, TypeError, "'lr'"),
        ({"x": np.array(["a"])}, TypeError, "'x'"),
        ({"x": np.array([None])}, TypeError, "object"),
        ({"x": np.zeros(2, ">f4")}, TypeError, "'x'"),
        ({"x": np.zeros(2, "complex128")}, TypeError, "complex128"),
    ],
)
def test_what_cannot_be_saved(path, tensors, error, words):
    path.write_text("old")
    with pytest.raises(error, match=words):
        io.save_file(tensors, path)
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == [path.name]


def test_shared_memory(path):
    x = tensor([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="'a' and 'b' share memory"):
        io.save_file({"a": x, "b": x[1:]}, path)
    io.save_file({"a": x[:1], "b": x[1:], "c": x.clone()}, path)


def test_metadata_must_be_text(path):
    with pytest.raises(TypeError, match="json"):
        io.save_file({}, path, {"epoch": 3})


def test_places_that_are_no_files(tmp_path):
    for f in (lambda p: io.save_file({}, p), io.load_file, io.load_metadata):
        with pytest.raises(IsADirectoryError, match="folder"):
            f(tmp_path)
        with pytest.raises(FileNotFoundError):
            f(tmp_path / "no" / "such")


def header(fields, data=b"", claim=None):
    text = json.dumps(fields).encode()
    return struct.pack("<Q", len(text) if claim is None else claim) + text + data


F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 8,
        b"hello, this is not a tensor file",
        b"\x80\x04\x95" + b"x" * 40,  # a pickle
        header({"x": F32}, b"123"),
        header({"x": F32}, b"12345"),
        header({"x": F32}, b"1234", claim=2**60),
        header({"x": F32 | {"shape": [2]}}, b"1234"),
        header({"x": F32 | {"data_offsets": [0, -4]}}, b"1234"),
        header({"x": F32 | {"dtype": "PICKLE"}}, b"1234"),
        header({"x": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, b"1234"),
        header([1, 2]),
    ],
)
def test_damaged_files(path, content):
    path.write_bytes(content)
    with pytest.raises(io.DamagedFileError, match=r"x\.safetensors"):
        io.load_file(path)


def test_every_truncation_is_noticed(path):
    io.save_file({"a": tensor([1.0, 2.0]), "b": tensor([[1, 2]])}, path, {"k": "v"})
    whole = path.read_bytes()
    for n in range(len(whole)):
        path.write_bytes(whole[:n])
        with pytest.raises(io.DamagedFileError):
            io.load_file(path)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_byte_never_crashes(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("io") / "x"
    io.save_file({"a": tensor([1.0, 2.0])}, path)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        loaded = io.load_file(path)
    except io.DamagedFileError:
        return
    assert all(isinstance(x, Tensor) for x in loaded.values())


def interrupted(path):
    with io.atomic_write(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt


def test_an_error_leaves_the_old_file(path):
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        interrupted(path)
    assert path.read_text() == "old"
    assert os.listdir(path.parent) == [path.name]


def test_a_full_disk_is_an_error_of_the_system(path):
    resource = pytest.importorskip("resource")
    io.save_file({"x": tensor([1.0])}, path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))  # files of this process cannot grow beyond
    try:
        with pytest.raises(OSError, match="cannot write .*: File too large") as caught:
            io.save_file({"x": tensor([1.0] * 10_000)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.errno == errno.EFBIG
    assert io.load_file(path)["x"].tolist() == [1.0]
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_permissions_and_links_stay(tmp_path):
    old, link = tmp_path / "old", tmp_path / "link"
    old.write_text("1")
    old.chmod(0o640)
    link.symlink_to(old)
    with io.atomic_write(link) as temporary:
        temporary.write_text("2")
    assert link.is_symlink()
    assert old.read_text() == "2"
    assert old.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_can_be_read_by_those_who_may_read_others(tmp_path):
    before = os.umask(0o022)
    try:
        io.save_file({"x": tensor([1.0])}, tmp_path / "new")
        (tmp_path / "text").write_text("1")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "text").stat().st_mode


SAVER = """
import itertools, sys
import numpy as np
from tt_tensor.io import save_file
for k in itertools.count():
    save_file({"x": np.full(200_000, k, np.float32)}, sys.argv[1])
    if k == 0:
        print("first", flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill -9 is POSIX")
def test_kill_leaves_a_whole_file(path):
    chance = random.Random(0)
    for _ in range(5):
        process = subprocess.Popen([sys.executable, "-c", SAVER, str(path)], stdout=subprocess.PIPE)
        try:
            assert process.stdout.readline() == b"first\n"
            time.sleep(chance.uniform(0, 0.1))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        x = io.load_file(path)["x"].array
        assert x.shape == (200_000,)
        assert (x == x[0]).all()


def test_without_safetensors(monkeypatch, path):
    for name in [m for m in sys.modules if m.split(".")[0] == "safetensors"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "safetensors", None)
    for f in (lambda: io.save_file({}, path), lambda: io.load_file(path)):
        with pytest.raises(ModuleNotFoundError, match=r"pip install tt-tensor\[io\]"):
            f()


def test_importing_it_does_not_import_safetensors():
    code = "import sys, tt_tensor.io; assert 'safetensors' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(io.__file__).parents[1])


def bfloat16_file(path, values):
    """Write a file that holds one bfloat16 tensor, `w`, and one of float16, `h`."""
    halves = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    more = np.arange(4, dtype=np.float16).tobytes()
    header = {
        "h": {"dtype": "F16", "shape": [4], "data_offsets": [0, 8]},
        "w": {"dtype": "BF16", "shape": list(values.shape), "data_offsets": [8, 8 + len(halves)]},
    }
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + more + halves)


def test_bfloat16_becomes_float32(path):
    values = np.array([[1.0, -2.5, 0.0], [3e38, np.inf, -(2.0**-126)]], np.float32)
    values = (values.view(np.uint32) & 0xFFFF0000).view(np.float32)
    bfloat16_file(path, values)
    back = io.load_file(path)
    assert back["w"].array.dtype == np.float32
    np.testing.assert_array_equal(back["w"].array, values)
    np.testing.assert_array_equal(back["h"].array, np.arange(4, dtype=np.float16))


def test_an_open_file_is_read_tensor_by_tensor(path):
    io.save_file({"a": np.ones((2, 3)), "b": np.arange(4)}, path)
    with io.open_file(path) as file:
        assert sorted(file) == ["a", "b"]
        assert len(file) == 2
        assert file.shape("a") == (2, 3)
        assert "c" not in file
        first, again = file["b"], file["b"]
        assert first is not again
        with pytest.raises(KeyError, match="has no tensor 'c'"):
            file["c"]
        with pytest.raises(KeyError, match="has no tensor 'c'"):
            file.shape("c")
    assert first.tolist() == [0, 1, 2, 3]


def test_errors_of_the_reader_stay_what_they_are(path):
    io.save_file({"a": np.ones(2)}, path)
    with pytest.raises(ValueError, match="mine") as error, io.open_file(path):
        raise ValueError("mine")
    assert not isinstance(error.value, io.DamagedFileError)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(io.DamagedFileError), io.open_file(path):
        pass
    with pytest.raises(FileNotFoundError), io.open_file(path.with_name("none")):
        pass


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x80\x02"])
def test_a_file_of_torch_is_recognized(path, start):
    path.write_bytes(start + bytes(100))
    with pytest.raises(io.DamagedFileError, match="write it with safetensors.torch.save_file"):
        io.load_file(path)
