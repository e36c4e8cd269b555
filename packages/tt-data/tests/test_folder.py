"""Folders of images: classes, files that are none, and Pillow's part."""

import builtins
import os
import pickle
import struct

import numpy as np
import pytest
from tt_data import DamagedFileError, DataLoader, ImageFolder, read_image
from tt_data.transforms import Compose, RandomCrop, Resize, ToTensor
from tt_tensor import Tensor

Image = pytest.importorskip("PIL.Image")
RNG = np.random.default_rng(0)


def write(path, size=(6, 5), mode="RGB", **settings):
    """An image file; its pixels (H, W, C)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = RNG.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path, **settings)
    return pixels


def grey(path):
    with Image.open(path) as image:
        return image.convert("L")


@pytest.fixture
def root(tmp_path):
    """Two classes, in an order that is not the alphabet's, and files that are no images."""
    for name in ("dog/b.png", "dog/a.bmp", "cat/deep/er/x.PNG", "cat/z.png"):
        write(tmp_path / name)
    (tmp_path / "cat" / "notes.txt").write_text("no image")
    (tmp_path / "README").write_text("no class")
    return tmp_path


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        ImageFolder(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="Couldn't find any class folder"):
        ImageFolder(tmp_path)
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "x.txt").write_text("")
    with pytest.raises(FileNotFoundError, match="no valid file for the classes cat.*is_valid_file"):
        ImageFolder(tmp_path)
    write(tmp_path / "dog" / "x.png")
    assert ImageFolder(tmp_path, allow_empty=True).targets == [1]
    assert len(ImageFolder(tmp_path, is_valid_file=lambda path: True)) == 2


def test_order_and_classes(root):
    data = ImageFolder(root)
    assert data.classes == ["cat", "dog"]
    assert data.class_to_idx == {"cat": 0, "dog": 1}
    names = [os.path.relpath(path, root).replace(os.sep, "/") for path, _ in data.samples]
    assert names == ["cat/z.png", "cat/deep/er/x.PNG", "dog/a.bmp", "dog/b.png"]
    assert data.targets == [0, 0, 1, 1]
    assert data.imgs is data.samples
    assert len(data) == 4
    assert repr(data).startswith("ImageFolder(4 images in ")
    with pytest.raises(IndexError):
        data[4]


def test_links_are_followed_but_not_round_in_circles(root):
    try:
        (root / "bird").symlink_to(root / "dog", target_is_directory=True)
        (root / "cat" / "deep" / "loop").symlink_to(root, target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    data = ImageFolder(root)
    names = [os.path.relpath(path, root).replace(os.sep, "/") for path, _ in data.samples]
    assert [n for n in names if n.startswith("bird/")] == ["bird/a.bmp", "bird/b.png"]
    assert [n for n in names if n.startswith("cat/")] == [
        "cat/z.png", "cat/deep/er/x.PNG",
        *(f"cat/deep/loop/{kind}/{name}" for kind in ("bird", "dog") for name in ("a.bmp", "b.png")),
    ]  # fmt: skip


def test_an_index_is_one_number(root):
    assert ImageFolder(root)[np.int64(-1)][1] == 1
    for wrong in (slice(0, 2), "0", 1.0):
        with pytest.raises(TypeError, match="integer"):
            ImageFolder(root)[wrong]


def test_a_folder_at_home(root, monkeypatch):
    monkeypatch.setenv("HOME", str(root))
    monkeypatch.setenv("USERPROFILE", str(root))
    assert len(ImageFolder("~")) == 4


def test_images_are_tensors_of_bytes(root):
    pixels = write(root / "cat" / "z.png", (7, 3))
    image, label = ImageFolder(root)[0]
    assert type(image) is Tensor
    assert label == 0
    np.testing.assert_array_equal(image.numpy(), pixels.transpose(2, 0, 1))
    np.testing.assert_array_equal(read_image(root / "cat" / "z.png"), pixels.transpose(2, 0, 1))
    for mode in ("L", "P", "1", "RGBA", "CMYK"):
        write(root / "cat" / "z.tiff", (7, 3), mode)
        assert read_image(root / "cat" / "z.tiff").shape == (3, 3, 7)


def test_transforms_loader_and_batches(root):
    steps = Compose([Resize((8, 8)), RandomCrop(6), ToTensor()])
    data = ImageFolder(root, steps, lambda label: label * 10)
    (images, labels), *_ = DataLoader(data, batch_size=4)
    assert images.shape == (4, 3, 6, 6)
    assert labels.tolist() == [0, 0, 10, 10]
    pil = ImageFolder(root, ToTensor(), loader=grey)
    assert pil[0][0].shape == (1, 5, 6)
    assert type(ImageFolder(root, loader=grey)[0][0]).__module__.startswith("PIL")
    assert len(pickle.loads(pickle.dumps(ImageFolder(root)))) == 4
    for image, _ in DataLoader(ImageFolder(root, steps), batch_size=1, num_workers=1):
        assert image.shape == (1, 3, 6, 6)


@pytest.mark.parametrize("damage", [b"", b"<html>", None])
def test_damaged_images(root, damage):
    path = root / "cat" / "z.png"
    path.write_bytes(path.read_bytes()[:60] if damage is None else damage)
    with pytest.raises(DamagedFileError, match="cannot be read as an image") as caught:
        ImageFolder(root)[0]
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("error", [RuntimeError, NotImplementedError, KeyError, struct.error])
def test_whatever_pillow_raises(root, monkeypatch, error):
    def fail(path):
        raise error("of one format or another")

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(DamagedFileError, match="cannot be read as an image.*another"):
        ImageFolder(root)[0]


def test_a_bomb(root, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    with pytest.raises(DamagedFileError, match="bomb|exceeds"):
        ImageFolder(root)[0]


def test_without_pillow(root, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **settings):
        if name.partition(".")[0] == "PIL":
            raise ModuleNotFoundError("No module named 'PIL'", name="PIL")
        return real(name, *args, **settings)

    data = ImageFolder(root)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r"tt-data\[images\]"):
        data[0]
