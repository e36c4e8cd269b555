"""Token files: complete or not there, and read without being loaded."""

import numpy as np
import pytest
from tt_text import TokenizerFileError, read_tokens, write_tokens


@pytest.mark.parametrize("name", ["t.npy", "t.bin"])
@pytest.mark.parametrize(("vocab_size", "dtype"), [(65_536, np.uint16), (65_537, np.uint32), (2**32, np.uint32)])
def test_what_is_written_is_read(tmp_path, name, vocab_size, dtype):
    path, top = tmp_path / name, vocab_size - 1
    assert write_tokens(path, [[0, 1], [], np.array([top], np.int64)], vocab_size=vocab_size) == 3
    tokens = read_tokens(path, dtype)
    assert isinstance(tokens, np.memmap)
    assert tokens.dtype == dtype
    assert tokens.tolist() == [0, 1, top]
    with pytest.raises(ValueError, match="read-only"):
        tokens[0] = 1


@pytest.mark.parametrize("tokens", [[1, 2], (1, 2), np.array([1, 2]), iter([[1], [2]]), [np.array([1, 2])]])
def test_ids_come_in_many_forms(tmp_path, tokens):
    write_tokens(tmp_path / "t.bin", tokens, vocab_size=3)
    assert np.fromfile(tmp_path / "t.bin", "<u2").tolist() == [1, 2]


def test_numpy_reads_the_file_itself(tmp_path):
    write_tokens(tmp_path / "t.npy", (np.full(1000, k) for k in range(123)), vocab_size=123)
    array = np.load(tmp_path / "t.npy")
    assert array.shape == (123_000,)
    assert array[-1] == 122


@pytest.mark.parametrize(
    ("tokens", "error", "message"),
    [
        ([1, 10], ValueError, r"\[0, 10\), got 10"),
        ([-1], ValueError, "got -1"),
        ([1.5], TypeError, "dtype float64"),
        ([[[1]]], TypeError, "shape"),
        (np.array([[1]]), TypeError, "shape"),
        ("ab", TypeError, "dtype"),
    ],
)
@pytest.mark.parametrize("name", ["t.npy", "t.bin"])
def test_after_an_error_the_old_file_is_still_there(tmp_path, name, tokens, error, message):
    write_tokens(tmp_path / name, [3], vocab_size=10)
    with pytest.raises(error, match=message):
        write_tokens(tmp_path / name, tokens, vocab_size=10)
    assert read_tokens(tmp_path / name).tolist() == [3]
    assert len(list(tmp_path.iterdir())) == 1


def test_misuse(tmp_path):
    with pytest.raises(ValueError, match=r"should end in \.npy or \.bin, not '\.txt'"):
        write_tokens(tmp_path / "t.txt", [1], vocab_size=2)
    with pytest.raises(ValueError, match="should end in"):
        read_tokens("tokens")
    for size in (0, -1, 2**32 + 1):
        with pytest.raises(ValueError, match="vocab_size"):
            write_tokens(tmp_path / "t.bin", [0], vocab_size=size)
    with pytest.raises(TypeError, match="expected ids, or an iterable of ids, got int"):
        write_tokens(tmp_path / "t.bin", 5, vocab_size=9)
    for size in (2.0, True, "2"):
        with pytest.raises(TypeError, match="vocab_size should be an int"):
            write_tokens(tmp_path / "t.bin", [0], vocab_size=size)
    write_tokens(tmp_path / "t.bin", [0], vocab_size=np.int64(2))
    with pytest.raises(TypeError, match="integers"):
        read_tokens(tmp_path / "t.bin", np.float32)
    with pytest.raises(FileNotFoundError):
        read_tokens(tmp_path / "none.bin")


def test_damaged_files(tmp_path):
    npy, bare = tmp_path / "t.npy", tmp_path / "t.bin"
    write_tokens(npy, [1, 2, 3], vocab_size=4)
    whole = npy.read_bytes()
    shape = whole.index(b"(3,)")
    headers = [
        whole[:shape] + bad + whole[shape + len(bad) :] for bad in (b"(,,)", b"((((", b"(True,)", b"(" + b"9" * 17)
    ]
    for content in (b"", whole[:-1], whole[:50], b"not a file", *headers):
        npy.write_bytes(content)
        with pytest.raises(TokenizerFileError, match=r"t\.npy: not a \.npy file, or cut off"):
            read_tokens(npy)
    np.save(npy, np.ones((2, 2)))
    with pytest.raises(TokenizerFileError, match="dtype float64"):
        read_tokens(npy)
    np.savez(tmp_path / "t.npz", np.arange(3))
    (tmp_path / "t.npz").replace(npy)
    with pytest.raises(TokenizerFileError, match=r"an archive \(\.npz\)"):
        read_tokens(npy)
    for content, message in ((b"", "no ids in it"), (b"abc", "not a whole number of uint16 ids")):
        bare.write_bytes(content)
        with pytest.raises(TokenizerFileError, match=message):
            read_tokens(bare)
