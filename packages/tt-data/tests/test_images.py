"""The embedded digits, and MNIST from files of its format."""

import gzip
import hashlib
from importlib import resources

import numpy as np
import pytest
from tt_data import MNIST, DamagedFileError, DataLoader, Digits, FashionMNIST, Images, MissingFileError
from tt_tensor import Tensor


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


def test_unknown_keywords():
    for wrong in ({"normalize": True}, {"transform": 3}, {"target_transform": "x"}, {"dtype": "float16"}):
        with pytest.raises((TypeError, MissingFileError)):
            Digits(**wrong)


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


def test_the_embedded_file_is_the_published_one_and_has_its_notice():
    folder = resources.files("tt_data") / "embedded"
    digest = hashlib.sha256((folder / "digits.csv.gz").read_bytes()).hexdigest()
    assert digest == "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"
    notice = (folder / "NOTICE.txt").read_text(encoding="utf-8")
    assert digest in notice
    assert "CC BY 4.0" in notice
    assert "Alpaydin" in notice


def test_digits_are_all_there_once():
    train, test = Digits(), Digits(train=False)
    assert (len(train), len(test)) == (1442, 355)
    counts = np.bincount(train.targets) + np.bincount(test.targets)
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert train.data.max() == 16
    assert train.data.dtype == np.uint8
    both = {d.tobytes() for d in train.data} & {d.tobytes() for d in test.data}
    assert not both, "an image is in both sets"


def test_the_split_is_stratified():
    share = np.bincount(Digits(train=False).targets) / (np.bincount(Digits().targets) + 1e-9)
    assert share.min() > 0.23
    assert share.max() < 0.26


def test_digits_as_tensors():
    x, y = Digits(train=False).tensors()
    assert isinstance(x, Tensor)
    assert isinstance(y, Tensor)
    assert x.shape == (355, 1, 8, 8)
    assert x.numpy().dtype == np.float32
    assert y.numpy().dtype == np.int64
    assert x.numpy().min() == 0.0
    assert x.numpy().max() == 1.0
    flat, _ = Digits(train=False, flatten=True).tensors()
    assert flat.shape == (355, 64)


def test_samples_and_batches_agree():
    digits = Digits(flatten=True)
    ((x, y),) = DataLoader(digits, batch_size=len(digits))
    for i in (0, 7, 1441, -1):
        image, label = digits[i]
        assert image.shape == (64,)
        assert label.shape == ()
        np.testing.assert_array_equal(image.numpy(), x.numpy()[i])
        assert label.item() == y[i].item()
    with pytest.raises(IndexError):
        digits[1442]
    assert len(list(digits)) == 1442, "a data set can be walked without a loader"


def test_a_batch_is_a_copy():
    digits = Digits()
    x, y = digits.gather(np.array([0]))
    x.numpy()[:] = 9
    y.numpy()[:] = 9
    assert digits[0][0].numpy().max() <= 1
    assert digits[0][1].item() == 0


def test_repr():
    assert repr(Digits(train=False)) == "Digits(355 images of shape (1, 8, 8), 10 classes)"
    assert isinstance(Digits(), Images)
