"""What all transforms have in common: what they take, leave alone and give out, and that images are independent."""

import pickle

import numpy as np
import pytest
from tt_data import transforms
from tt_data.transforms import (
    CenterCrop,
    ColorJitter,
    Compose,
    ConvertImageDtype,
    Grayscale,
    Lambda,
    Normalize,
    Pad,
    RandomAffine,
    RandomApply,
    RandomCrop,
    RandomErasing,
    RandomGrayscale,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
    Resize,
    ToTensor,
    Transform,
)  # fmt: skip
from tt_data.transforms.draws import seeded
from tt_tensor import Tensor, from_numpy, tensor

ALL = [
    ConvertImageDtype("float32"),
    Pad((1, 2)),
    CenterCrop(5),
    RandomCrop(8, padding=2),
    RandomCrop((9, 20), pad_if_needed=True, fill=3, padding_mode="edge"),
    RandomHorizontalFlip(),
    RandomVerticalFlip(0.3),
    Resize(6),
    Resize((9, 14), "nearest"),
    RandomResizedCrop(7),
    RandomRotation(40),
    RandomRotation((10, 80), "bilinear", fill=2),
    RandomAffine(30, (0.2, 0.1), (0.5, 2), 10),
    ColorJitter(0.5, 0.5, 0.5, 0.3),
    Grayscale(3),
    RandomGrayscale(0.5),
    RandomApply([ColorJitter(0.4, 0.4, 0.4, 0.1), RandomHorizontalFlip()], p=0.6),
    RandomErasing(0.7),
    RandomErasing(0.7, value=(1, 2, 3)),
    Compose(
        [RandomCrop(8), RandomHorizontalFlip(), ToTensor(), Normalize((0.5,), (0.5,)), RandomErasing(value="random")]
    ),
]
BATCH = np.random.default_rng(0).integers(0, 256, (6, 3, 10, 12), dtype=np.uint8)


@pytest.mark.parametrize("transform", ALL, ids=str)
@pytest.mark.parametrize("kind", ["u1", "f4"])
def test_a_batch_is_its_images(transform, kind):
    """The law behind batches: each image comes out as if it were alone, in the same dtype, and the input is left alone."""
    x = BATCH if kind == "u1" else (BATCH / np.float32(255)).astype(np.float32)
    before = x.copy()
    with seeded(5, 1, np.arange(10, 16)):
        out = transform(from_numpy(x))
    assert type(out) is Tensor
    together = out.numpy()
    for k in range(len(x)):
        with seeded(5, 1, [10 + k]):
            alone = transform(from_numpy(x[k])).numpy()
        assert alone.dtype == together.dtype
        np.testing.assert_allclose(together[k], alone, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(together, x) or isinstance(transform, ConvertImageDtype)
    if isinstance(transform, Transform):  # ToTensor takes an array for (H, W, C)
        with seeded(5, 1, np.arange(10, 16)):
            np.testing.assert_array_equal(transform(x), together)


@pytest.mark.parametrize("transform", [t for t in ALL if "Random" in repr(t) or "Jitter" in repr(t)], ids=str)
def test_images_of_a_batch_differ(transform):
    same = np.repeat(BATCH[:1], 40, 0)
    with seeded(0, 0, np.arange(40)):
        out = transform(from_numpy(same)).numpy()
    assert (out != out[:1]).any()


@pytest.mark.parametrize("transform", ALL, ids=str)
def test_empty_batches_pickles_and_names(transform):
    assert len(transform(from_numpy(BATCH[:0]))) == 0
    copy = pickle.loads(pickle.dumps(transform))
    with seeded(0, 0, np.arange(6)):
        a = transform(from_numpy(BATCH)).numpy()
    with seeded(0, 0, np.arange(6)):
        np.testing.assert_array_equal(a, copy(from_numpy(BATCH)).numpy())
    assert repr(copy) == repr(transform)
    assert repr(transform).startswith(type(transform).__name__ + "(")


@pytest.mark.parametrize("transform", [t for t in ALL if isinstance(t, Transform)], ids=str)
def test_what_is_no_image_is_refused(transform):
    for wrong, error, message in (
        ([[1]], TypeError, "PILToTensor"),
        (np.zeros((4, 4), np.uint8), ValueError, r"\(B, C, H, W\), got shape \(4, 4\)"),
        (np.zeros((1, 1, 1, 4, 4), np.uint8), RuntimeError, "got shape"),
        (np.zeros((3, 4, 4), np.complex64), TypeError, "complex64"),
    ):
        with pytest.raises(error, match=f"^{type(transform).__name__}: .*{message}"):
            transform(wrong)


@pytest.mark.parametrize(
    "transform", [RandomGrayscale(0.4), RandomApply([Lambda(lambda x: x, batched=True), Grayscale(3)], 0.4)]
)
def test_some_images_are_left_as_they_are(transform):
    with seeded(0, 0, np.arange(6)):
        out = transform(from_numpy(BATCH)).numpy()
    changed = (out != BATCH).any((1, 2, 3))
    assert 0 < changed.sum() < 6
    np.testing.assert_array_equal(out[changed], Grayscale(3)(BATCH)[changed])


def test_random_apply():
    x = BATCH[0]
    assert RandomApply([Grayscale(3)], p=0.0)(x).tolist() == x.tolist()
    assert RandomApply([Grayscale(3)], p=1.0)(x).tolist() == Grayscale(3)(x).tolist()
    with pytest.raises(RuntimeError, match="would differ"):
        RandomApply([Resize(4)])(x)
    assert not RandomApply([lambda x: x]).batched


@pytest.mark.parametrize("p", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("number", [slice(None), 0])
def test_random_apply_leaves_its_input_to_functions_that_write(p, number):
    x, before = from_numpy(BATCH.copy())[number], BATCH[number]
    out = RandomApply([Lambda(lambda x: x.mul_(0), batched=True)], p)(x).numpy()
    np.testing.assert_array_equal(x.numpy(), before)
    assert p == 0.5 or out.any() == (p == 0)


def test_a_transform_records_no_derivatives():
    class Tracked(Tensor):
        pass

    x = Tracked(np.zeros((3, 10, 12), np.float32))
    x.more = object()
    with pytest.raises(RuntimeError, match="detach"):
        RandomCrop(4)(x)


def test_compose_and_lambda():
    with pytest.raises(TypeError, match="should be a function, got 3"):
        Compose([ToTensor(), 3])
    with pytest.raises(TypeError, match=r"Compose: ToTensor is a class; ToTensor\(...\) makes"):
        Compose([ToTensor])
    with pytest.raises(TypeError, match="list of transforms"):
        Compose(ToTensor())
    with pytest.raises(TypeError, match="should be callable"):
        Lambda(1)
    assert Compose([ToTensor(), Pad(1)]).batched
    assert not Compose([ToTensor(), Lambda(abs)]).batched
    assert Compose([Lambda(abs, batched=True)]).batched
    assert not Compose([len]).batched
    assert Compose([Pad(1), Pad(2)])(BATCH).shape == (6, 3, 16, 18)
    assert "Pad(padding=1, fill=0, padding_mode=constant)" in repr(Compose([Pad(1)]))
    assert (
        repr(transforms.Resize(4, "bicubic")) == "Resize(size=4, interpolation=bicubic, max_size=None, antialias=True)"
    )
    assert repr(transforms.RandomRotation(5)) == (
        "RandomRotation(degrees=[-5.0, 5.0], interpolation=nearest, expand=False, fill=0)"
    )
    assert repr(transforms.RandomAffine(5)) == "RandomAffine(degrees=[-5.0, 5.0])"
    assert repr(transforms.RandomAffine(5, fill=None)) == "RandomAffine(degrees=[-5.0, 5.0])"
    assert repr(transforms.RandomAffine(5, scale=(1, 2), fill=[0])) == (
        "RandomAffine(degrees=[-5.0, 5.0], scale=(1.0, 2.0), fill=[0])"
    )
    assert "ratio=(0.75, 1.3333)" in repr(transforms.RandomResizedCrop(4))
    with pytest.raises(NotImplementedError, match="must define run"):
        Transform()(BATCH)


def test_to_tensor():
    picture = BATCH[0].transpose(1, 2, 0)
    for given in (picture, from_numpy(BATCH[0])):
        out = ToTensor()(given)
        np.testing.assert_allclose(out.numpy(), BATCH[0] / 255, rtol=1e-6)
        assert out.dtype == np.float32
    assert ToTensor()(picture[:, :, 0]).shape == (1, 10, 12)
    assert ToTensor()(np.array([[1, 256]], ">u2")).tolist() == [[[1, 256]]]
    floats = tensor([[[300.0]]])
    assert ToTensor()(floats) is floats
    copied = np.ones((2, 2, 1), np.float32)
    ToTensor()(copied).numpy()[:] = 5
    assert copied.max() == 1
    for wrong in (3, "image.png", [[1]], None):
        with pytest.raises(TypeError, match="expected a PIL image or an array"):
            ToTensor()(wrong)
        with pytest.raises(TypeError, match="PIL Image"):
            transforms.PILToTensor()(wrong)
    with pytest.raises(ValueError, match="got shape"):
        ToTensor()(np.zeros(3))


def test_normalize():
    x = (BATCH / 255).astype(np.float32)
    out = Normalize((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))(x)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out[:, 2], (x[:, 2] - 0.3) / 0.7, atol=1e-5)
    with pytest.raises(TypeError, match="ToTensor"):
        Normalize((0.5,), (0.5,))(BATCH)
    with pytest.raises(ValueError, match="2 values of std"):
        Normalize((0.5,), (0.5, 0.5))(x)
    with pytest.raises(ValueError, match="zero"):
        Normalize((0.5,), (0.5, 0))
    with pytest.raises(TypeError, match="mean"):
        Normalize("0.5", (0.5,))
    with pytest.raises(TypeError, match="number for each channel"):
        Normalize((None,), (0.5,))
    assert (Normalize(np.float32(0.5), np.array([0.5]))(x) == Normalize(0.5, [0.5])(x)).all()
    inside = Normalize((0.5,), (0.5,), inplace=True)
    t = from_numpy(x.copy())
    assert inside(t) is t
    np.testing.assert_allclose(t.numpy(), x * 2 - 1, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("ColorJitter", {"brightness": -1}),
        ("ColorJitter", {"hue": (-1, 0)}),
        ("ColorJitter", {"contrast": "much"}),
        ("ColorJitter", {"saturation": (2, 1)}),
        ("Grayscale", {"num_output_channels": 2}),
        ("Lambda", {"lambd": 3}),
        ("Normalize", {"mean": 0.5, "std": 0}),
        ("Pad", {"padding": (1, 2, 3)}),
        ("Pad", {"padding": 1, "padding_mode": "wrap"}),
        ("RandomAffine", {"degrees": -1}),
        ("RandomAffine", {"degrees": 0, "scale": (0, 1)}),
        ("RandomAffine", {"degrees": 0, "shear": (1, 2, 3)}),
        ("RandomAffine", {"degrees": 0, "translate": (2, 0)}),
        ("RandomCrop", {"size": 4, "padding": "wide"}),
        ("RandomCrop", {"size": 4, "fill": "white"}),
        ("RandomErasing", {"value": "noise"}),
        ("RandomErasing", {"scale": (0, 2)}),
        ("RandomRotation", {"degrees": "far"}),
        ("RandomRotation", {"degrees": 10, "center": (1, 2, 3)}),
    ],
    ids=str,
)
def test_an_error_names_the_transform(name, arguments):
    """In a pipeline of ten, "degrees should be a number" alone says nothing about where to look."""
    with pytest.raises((TypeError, ValueError), match=f"^{name}: "):
        getattr(transforms, name)(**arguments)


def test_interpolation_by_the_numbers_of_pillow():
    for number, mode in ((0, "nearest"), (2, "bilinear"), (np.int64(3), "bicubic")):
        found, wanted = (transforms.Resize((4, 5), interpolation)(BATCH) for interpolation in (number, mode))
        np.testing.assert_array_equal(np.asarray(found), np.asarray(wanted))
    for number in (1, -1, True):
        with pytest.raises(ValueError, match="interpolation should be one of"):
            transforms.Resize(4, number)
    with pytest.raises(ValueError, match="interpolation should be one of"):
        transforms.RandomRotation(4, 3)


def test_functions_that_make_tensors():
    image = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert transforms.functional.to_tensor(image).equal(ToTensor()(image))
    with pytest.raises(TypeError, match="should be PIL Image"):
        transforms.functional.pil_to_tensor(image)
