"""MixUp and CutMix: what is mixed, and that labels say how much."""

import numpy as np
import pytest
import tt_tensor
from tt_data.transforms import CutMix, MixUp
from tt_tensor import Tensor, from_numpy

N = 6
IMAGES = np.broadcast_to(np.arange(N, dtype=np.float32)[:, None, None, None], (N, 3, 8, 9)).copy()


@pytest.mark.parametrize("cls", [MixUp, CutMix])
def test_misuse(cls):
    mix = cls(num_classes=N)
    labels = np.arange(N)
    for args, message in (
        ((IMAGES[0], labels), "batch of images"),
        ((IMAGES, labels[:3]), "6 images but 3 labels"),
        ((IMAGES, [0] * N), "must be a tensor"),
        ((IMAGES, np.zeros((N, 3), np.float32)), "labels of 3 classes"),
        ((IMAGES, np.zeros((N, N, 1))), "shape"),
        ((IMAGES, np.array(3)), "shape"),
    ):
        with pytest.raises(ValueError, match=message):
            mix(*args)
    with pytest.raises(RuntimeError, match="from 0 to 5"):
        mix(IMAGES, labels + 1)
    with pytest.raises(ValueError, match="num_classes must be passed"):
        cls()(IMAGES, labels)
    for wrong in (labels.astype(np.float32), labels > 2):
        with pytest.raises(RuntimeError, match="numbers of classes"):
            mix(IMAGES, wrong)
    for alpha in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="alpha"):
            cls(alpha=alpha)
    for alpha in ("1", True, None):
        with pytest.raises(TypeError, match="alpha"):
            cls(alpha=alpha)
    for count in ("5", 2.5, True):
        with pytest.raises(TypeError, match="num_classes should be an int"):
            cls(num_classes=count)
    assert cls(alpha=np.float32(0.5), num_classes=np.int64(N))(IMAGES, labels)[1].shape == (N, N)


def test_images_without_pixels():
    with pytest.raises(ValueError, match="no pixels"):
        CutMix(num_classes=N)(IMAGES[:, :, :0], np.arange(N))


def test_bytes_cannot_be_blended():
    with pytest.raises(RuntimeError, match="ToTensor"):
        MixUp(num_classes=N)(IMAGES.astype(np.uint8), np.arange(N))
    x, _ = CutMix(num_classes=N)(IMAGES.astype(np.uint8), np.arange(N))
    assert x.dtype == np.uint8


@pytest.mark.parametrize("cls", [MixUp, CutMix])
def test_labels_are_the_shares(cls):
    """Image k holds k everywhere, so the mean of a mixed one is the mean of the numbers under its label."""
    tt_tensor.manual_seed(0)
    shares = []
    for _ in range(200):
        x, y = cls(num_classes=N)(IMAGES, np.arange(N))
        np.testing.assert_allclose(y.sum(1), 1, atol=1e-6)
        np.testing.assert_allclose(x.mean((1, 2, 3)), y @ np.arange(N), atol=1e-5)
        shares.append(y[0, 0])
    assert np.std(shares) > 0.1, "the proportion is drawn anew"
    soft = np.eye(N, dtype=np.float64)
    _, y = cls()(from_numpy(IMAGES), from_numpy(soft))
    assert type(y) is Tensor
    assert y.numpy().dtype == np.float64
    a = [tt_tensor.manual_seed(1) and cls(num_classes=N)(IMAGES, np.arange(N))[1] for _ in range(2)]
    np.testing.assert_array_equal(*a)


def test_cutmix_pastes_one_rectangle():
    x, y = CutMix(num_classes=N)(IMAGES, np.arange(N))
    assert set(np.unique(x[3])) <= {2.0, 3.0}
    cut = x[3, 0] == 2
    assert cut.sum() == cut.any(1).sum() * cut.any(0).sum()
    assert y[3, 2] == pytest.approx(cut.mean())
