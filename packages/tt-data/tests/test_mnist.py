"""MNIST from files of its format."""

import gzip

import numpy as np
import pytest
from tt_data import MNIST, DamagedFileError, FashionMNIST, MissingFileError


def write_idx(path, array, pack=bytes):
    """Write an array of bytes in the idx format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    path.write_bytes(pack(bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()))


def write_set(root, name, n=20, pack=bytes, suffix=""):
    """Write images and labels; the arrays."""
    rng = np.random.default_rng(n)
    images, labels = rng.integers(0, 256, (n, 28, 28)), rng.integers(0, 10, n)
    write_idx(root / f"{name}-images-idx3-ubyte{suffix}", images, pack)
    write_idx(root / f"{name}-labels-idx1-ubyte{suffix}", labels, pack)
    return images, labels


def test_no_folder(monkeypatch):
    monkeypatch.delenv("TT_DATA_DIR", raising=False)
    with pytest.raises(MissingFileError, match=r"TT_DATA_DIR to the folder that holds mnist/train-images"):
        MNIST()


def test_missing_files(tmp_path, monkeypatch):
    monkeypatch.setenv("TT_DATA_DIR", str(tmp_path))
    for cls, folder in [(MNIST, "mnist"), (FashionMNIST, "fashion-mnist")]:
        with pytest.raises(MissingFileError, match=f"put the four original files into .*{folder}") as caught:
            cls()
        assert isinstance(caught.value, FileNotFoundError)
        assert isinstance(caught.value, RuntimeError)
    write_set(tmp_path / "mnist", "train")
    assert len(MNIST()) == 20
    with pytest.raises(MissingFileError, match="t10k-images"):
        MNIST(train=False)
    (tmp_path / "mnist" / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(MissingFileError, match="train-labels"):
        MNIST()


def test_files_that_do_not_fit(tmp_path):
    images, labels = tmp_path / "train-images-idx3-ubyte", tmp_path / "train-labels-idx1-ubyte"
    write_set(tmp_path, "train")
    write_idx(labels, np.zeros(19))
    with pytest.raises(DamagedFileError, match="20 images but .* 19 labels"):
        MNIST(tmp_path)
    write_idx(labels, np.full(20, 10))
    with pytest.raises(DamagedFileError, match="labels below 10"):
        MNIST(tmp_path)
    write_idx(labels, np.zeros((20, 1)))
    with pytest.raises(DamagedFileError, match="labels below 10"):
        MNIST(tmp_path)
    write_idx(images, np.zeros(20))
    with pytest.raises(DamagedFileError, match="images of bytes"):
        MNIST(tmp_path)
    images.write_bytes(b"<html>")
    with pytest.raises(DamagedFileError, match="not an idx file"):
        MNIST(tmp_path)


@pytest.mark.parametrize("layout", ["mnist", "MNIST/raw", "."])
@pytest.mark.parametrize(("pack", "suffix"), [(bytes, ""), (gzip.compress, ".gz")])
def test_mnist_is_found_and_read(tmp_path, layout, pack, suffix):
    images, labels = write_set(tmp_path / layout, "t10k", pack=pack, suffix=suffix)
    data = MNIST(tmp_path, train=False)
    x, y = data.tensors()
    assert x.shape == (20, 1, 28, 28)
    assert x.numpy().dtype == np.float32
    assert y.numpy().dtype == np.int64
    np.testing.assert_array_equal(y.numpy(), labels)
    np.testing.assert_allclose(x.numpy()[:, 0], images / 255, rtol=1e-6)
    flat, _ = MNIST(tmp_path, train=False, flatten=True).tensors()
    np.testing.assert_array_equal(flat.numpy(), x.numpy().reshape(20, 784))


def test_a_folder_that_cannot_be_written_to(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match=r"ubyte.gz cannot be put into .*mnist \(.*; pass another root"):
        MNIST(tmp_path / "file", download=True)
