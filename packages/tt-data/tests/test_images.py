"""The embedded digits, and what all sets of images do."""

import hashlib
import pickle
from importlib import resources

import numpy as np
import pytest
from tt_data import CIFAR10, MNIST, DataLoader, Digits, Images
from tt_data.transforms import Compose, Normalize, Pad, ToTensor
from tt_tensor import Tensor


def first_pixel(x):
    return x[:, :1, :1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"normalize": True}, "normalize"),
        ({"transform": 3}, "Digits: a transform should be a function, got 3"),
        ({"transform": ToTensor}, "ToTensor is a class"),
        ({"target_transform": "x"}, "should be a function"),
        ({"dtype": "float16"}, "float32 or uint8"),
    ],
)
def test_misuse(wrong, message):
    with pytest.raises(TypeError, match=message):
        Digits(**wrong)
    for data in (np.zeros((2, 3, 3)), np.zeros((2, 9), np.uint8), [[1]]):
        with pytest.raises(TypeError, match="uint8 array"):
            Images(data, [0, 1])
    for targets in ([0], [[0, 1]], 0):
        with pytest.raises(ValueError, match="2 images but targets of shape"):
            Images(np.zeros((2, 3, 3), np.uint8), targets)
    for index in (slice(0, 3), "a", 1.0):
        with pytest.raises(TypeError):
            Digits()[index]
    with pytest.raises(TypeError, match="ToTensor"):
        Digits(transform=Normalize((0.5,), (0.5,)))[0]


@pytest.mark.parametrize("targets", [[0.0, 1.5], ["a", "b"], [None, 1], [True, False]], ids=str)
def test_targets_are_whole_numbers(targets):
    with pytest.raises(TypeError, match="targets should be whole numbers"):
        Images(np.zeros((2, 4, 4), np.uint8), targets)


@pytest.mark.parametrize("make", [Digits, lambda train: MNIST("none", train), lambda train: CIFAR10("none", train)])
def test_a_set_is_not_chosen_by_its_name(make):
    for train in ("test", None, 0.0):
        with pytest.raises(TypeError, match="train should be True or False"):
            make(train)


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
    with pytest.raises(IndexError, match=r"^\w+: index -?\d+ is out of range for \d+ samples"):
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


def test_bytes_are_scaled_to_their_range():
    """White is 16 in the file and 255 in bytes, so that ToTensor makes it 1."""
    data = Digits(train=False, dtype="uint8")
    x, _ = data.tensors()
    assert x.numpy().dtype == np.uint8
    assert np.unique(x.numpy()).tolist() == [round(k * 255 / 16) for k in range(17)]
    plain, _ = Digits(train=False).tensors()
    np.testing.assert_allclose(
        Digits(train=False, transform=ToTensor()).tensors()[0].numpy(), plain.numpy(), atol=0.002
    )


@pytest.mark.parametrize(
    "transform", [Compose([Pad(1), ToTensor()]), first_pixel, None], ids=["steps", "function", "none"]
)
@pytest.mark.parametrize("flatten", [False, True])
def test_transforms_of_samples_and_of_batches(transform, flatten):
    data = Digits(False, transform, str if transform is first_pixel else None, flatten=flatten)
    ((x, y),) = DataLoader(data, batch_size=len(data))
    for i in (0, 354):
        image, label = data[i]
        np.testing.assert_array_equal(image.numpy(), x[i].numpy())
        assert image.ndim == (1 if flatten else 3)
        assert label == y[i]
    assert data.ahead == (transform is not first_pixel)
    again = pickle.loads(pickle.dumps(data))
    np.testing.assert_array_equal(again[5][0].numpy(), data[5][0].numpy())
