"""CIFAR from files in its format, and what is wrong with other files."""

import hashlib
import pickle
import tarfile

import numpy as np
import pytest
from tt_data import CIFAR10, CIFAR100, DamagedFileError, DataLoader, MissingFileError
from tt_data.transforms import Compose, RandomCrop, RandomHorizontalFlip, ToTensor


def write_batch(path, n=4, classes=10, key="labels", **entries):
    """One file of the set; its images and labels."""
    rng = np.random.default_rng(len(path.name))
    images, labels = rng.integers(0, 256, (n, 3072), dtype=np.uint8), rng.integers(0, classes, n).tolist()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps({b"data": images, key.encode(): labels, b"filenames": [b"x.png"] * n, **entries}, 3))
    return images.reshape(n, 3, 32, 32), labels


def write_set(root):
    """CIFAR-10 with four images in each file."""
    folder = root / "cifar-10-batches-py"
    train = [write_batch(folder / f"data_batch_{k}") for k in range(1, 6)]
    test = write_batch(folder / "test_batch")
    (folder / "batches.meta").write_bytes(pickle.dumps({b"label_names": [b"class %d" % k for k in range(10)]}, 3))
    return train, test


def test_nothing_there(tmp_path, monkeypatch):
    monkeypatch.delenv("TT_DATA_DIR", raising=False)
    with pytest.raises(MissingFileError, match="TT_DATA_DIR to the folder that holds cifar-10-batches-py"):
        CIFAR10()
    monkeypatch.setenv("TT_DATA_DIR", str(tmp_path))
    with pytest.raises(MissingFileError, match="download=True, or unpack https://www.cs.toronto.edu"):
        CIFAR10()
    write_set(tmp_path)
    assert len(CIFAR10()) == 20
    with pytest.raises(MissingFileError, match="cifar-100-python"):
        CIFAR100()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert len(CIFAR10("~")) == 20
    (tmp_path / "cifar-10-batches-py" / "data_batch_3").unlink()
    with pytest.raises(MissingFileError, match="data_batch_3 is missing"):
        CIFAR10()
    assert len(CIFAR10(train=False)) == 4


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({b"data": np.zeros((4, 3071), np.uint8)}, "3,072 bytes"),
        ({b"data": np.zeros((3, 3072), np.uint8)}, "as labels"),
        ({b"data": np.zeros((4, 3072), np.float32)}, "cannot be read: it holds an array of"),
        ({b"data": [1, 2]}, "should hold 'data'"),
        ({b"labels": [1, 2, 3]}, "3 labels"),
        ({b"labels": [1, 2, 3, 10]}, "labels below 10"),
        ({b"labels": [1, 2, 3, -1]}, "labels below 10"),
        ({b"labels": [1, 2, 3, 0.5]}, "list of int"),
        ({b"labels": None}, "should hold 'labels'"),
    ],
)
def test_damaged_files(tmp_path, entries, message):
    write_set(tmp_path)

    path = tmp_path / "cifar-10-batches-py" / "test_batch"
    content = {b"data": np.zeros((4, 3072), np.uint8), b"labels": [1, 2, 3, 4], **entries}
    path.write_bytes(pickle.dumps(content, 3))
    with pytest.raises(DamagedFileError, match=message) as caught:
        CIFAR10(tmp_path, train=False)
    assert str(path) in str(caught.value)
    for raw in (pickle.dumps([1]), b"<html>", path.read_bytes()[:100]):
        path.write_bytes(raw)
        with pytest.raises(DamagedFileError):
            CIFAR10(tmp_path, train=False)


def test_images_labels_and_classes(tmp_path):
    train, test = write_set(tmp_path)
    for root in (tmp_path, tmp_path / "cifar-10-batches-py"):
        data = CIFAR10(root)
        images, labels = data.tensors()
        np.testing.assert_allclose(images.numpy(), np.concatenate([x for x, _ in train]) / 255, rtol=1e-6)
        assert labels.tolist() == [label for _, part in train for label in part]
        assert data.data.dtype == np.uint8
    data = CIFAR10(tmp_path, False, dtype="uint8")
    image, label = data[2]
    np.testing.assert_array_equal(image.numpy(), test[0][2])
    assert label.item() == test[1][2]
    assert data.classes[3] == "class 3"
    assert data.class_to_idx["class 3"] == 3
    assert repr(data) == "CIFAR10(4 images of shape (3, 32, 32), 10 classes)"


def test_transforms_get_bytes_and_ints(tmp_path):
    _, (images, labels) = write_set(tmp_path)
    steps = Compose([RandomCrop(32, padding=4), RandomHorizontalFlip(), ToTensor()])
    data = CIFAR10(tmp_path, False, steps, lambda label: label + 100)
    x, y = data[0]
    assert x.shape == (3, 32, 32)
    assert x.dtype == np.float32
    assert y == labels[0] + 100
    ((x, y),) = DataLoader(data, batch_size=4)
    assert x.shape == (4, 3, 32, 32)
    assert y.tolist() == [label + 100 for label in labels]
    one = CIFAR10(tmp_path, False, lambda x: x[:, :5].numpy().astype(np.int64))
    np.testing.assert_array_equal(one[1][0], images[1, :, :5])
    np.testing.assert_array_equal(one.gather(np.arange(4))[0].numpy(), images[:, :, :5])
    flat = CIFAR10(tmp_path, False, ToTensor(), flatten=True)
    assert flat[0][0].shape == (3072,)
    assert flat.gather(np.arange(2))[0].shape == (2, 3072)


def test_cifar100(tmp_path):
    folder = tmp_path / "cifar-100-python"
    images, labels = write_batch(folder / "test", classes=100, key="fine_labels")
    (folder / "meta").write_bytes(pickle.dumps({b"fine_label_names": [b"c%d" % k for k in range(100)]}, 3))
    data = CIFAR100(tmp_path, train=False)
    np.testing.assert_array_equal(data.data, images)
    assert data.targets.tolist() == labels
    assert len(data.classes) == 100


def test_download_unpacks_the_archive(tmp_path, monkeypatch):
    write_set(tmp_path / "made")
    root = tmp_path / "root"
    root.mkdir()
    with tarfile.open(root / "cifar-10-python.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "made" / "cifar-10-batches-py", "cifar-10-batches-py")
    raw = (root / "cifar-10-python.tar.gz").read_bytes()
    monkeypatch.setattr(
        CIFAR10,
        "archive",
        CIFAR10.archive.__class__("cifar-10-python.tar.gz", len(raw), hashlib.sha256(raw).hexdigest(), ()),
    )
    assert len(CIFAR10(root, download=True)) == 20
    folder = root / "cifar-10-batches-py"
    for lost in ("batches.meta", "data_batch_3"):  # as after an interrupted unpacking by hand
        (folder / lost).unlink()
        kept = (folder / "data_batch_1").stat().st_ino
        assert len(CIFAR10(root, download=True)) == 20
        assert (folder / "data_batch_1").stat().st_ino == kept, "what is there stays"
    for path in folder.iterdir():
        path.unlink()
    assert len(CIFAR10(root, download=True)) == 20
    assert sorted(path.name for path in root.iterdir()) == ["cifar-10-batches-py", "cifar-10-python.tar.gz"]
    (root / "cifar-10-python.tar.gz").unlink()
    assert len(CIFAR10(root, download=True)) == 20, "nothing is fetched again"
