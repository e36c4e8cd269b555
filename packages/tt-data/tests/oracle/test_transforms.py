"""Transforms without chance give torchvision's numbers; those with chance, torchvision's for the numbers that they drew."""

import sys
import types
import warnings

import numpy as np
import pytest
import torch
import tt_tensor
from tt_data import transforms as ours
from tt_data.transforms import draws
from tt_data.transforms import functional as of

# torchvision's compiled part fits one build of torch only; the transforms do without it.
sys.modules.setdefault("torchvision._meta_registrations", types.ModuleType("empty"))
theirs = pytest.importorskip("torchvision.transforms")
tf = theirs.functional
v2 = pytest.importorskip("torchvision.transforms.v2")

RNG = np.random.default_rng(0)
IMAGES = {
    "bytes": RNG.integers(0, 256, (4, 3, 13, 10), dtype=np.uint8),
    "floats": RNG.random((4, 3, 9, 14), np.float32),
    "doubles": RNG.random((2, 1, 7, 7)),
    "even": RNG.random((1, 3, 6, 8), np.float32),
    "bools": RNG.random((2, 3, 6, 8)) < 0.4,
}


def close(a, b, name="", atol=2e-6):
    """Whether arrays agree; bytes may differ by one where a rounding fell the other way, in few places."""
    b = b.numpy()
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    if b.dtype.kind == "f":
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=atol, err_msg=name)
    else:
        off = np.abs(a.astype(int) - b.astype(int))
        assert off.max(initial=0) <= 1, name
        assert (off > 0).mean() < 0.04, name


NEAREST, BILINEAR, BICUBIC, EXACT = "nearest", "bilinear", "bicubic", "nearest-exact"


def mode(name):
    return theirs.InterpolationMode(name)


FUNCTIONS = [
    ("hflip", (), {}),
    ("vflip", (), {}),
    ("pad", (2,), {}),
    ("pad", ([1, 3],), {"fill": 0.5}),
    ("pad", ([1, 2, 3, 4],), {"padding_mode": "reflect"}),
    ("pad", ([1, 2, 3, 4],), {"padding_mode": "edge"}),
    ("pad", ([1, 2, 3, 4],), {"padding_mode": "symmetric"}),
    ("pad", ([-1, 0, 2, -2],), {}),
    ("crop", (2, 1, 5, 4), {}),
    ("crop", (-2, 3, 6, 30), {}),
    ("center_crop", (5,), {}),
    ("center_crop", ([6, 3],), {}),
    ("center_crop", ([20, 3],), {}),
    ("center_crop", ([4, 15],), {}),
    ("resized_crop", (1, 2, 5, 4, [8, 8]), {}),
    ("resized_crop", (1, 2, 5, 4, 8), {}),
    ("resized_crop", (1, 2, 2, 7, [3]), {}),
    ("adjust_brightness", (0.4,), {}),
    ("adjust_brightness", (1.7,), {}),
    ("adjust_contrast", (0.3,), {}),
    ("adjust_contrast", (1.9,), {}),
    ("adjust_saturation", (0.0,), {}),
    ("adjust_saturation", (2.5,), {}),
    *[("adjust_hue", (turn,), {}) for turn in (-0.5, -0.2, 0.0, 0.1, 0.5)],
    ("rgb_to_grayscale", (), {}),
    ("rgb_to_grayscale", (3,), {}),
    ("erase", (1, 2, 3, 4, 0.0), {}),
    *[
        ("resize", (size,), {"interpolation": how, "antialias": smooth})
        for size in (5, [6, 5], [20, 17], 16, [13, 4], [3, 29])
        for how in (NEAREST, EXACT, BILINEAR, BICUBIC)
        for smooth in (True, False)
    ],
    ("resize", (8,), {"max_size": 10}),
    *[
        ("rotate", (angle,), {"interpolation": how, **more})
        for angle in (0, 30, 90, 180, -47.5)
        for how in (NEAREST, BILINEAR)
        for more in ({}, {"fill": 0.5}, {"expand": True}, {"center": [2, 3]})
    ],
    *[
        ("affine", args, {"interpolation": how, **more})
        for args in (
            (0, [0, 0], 1.0, 0.0), (0, [2, -1], 1.0, 0.0), (25, [1, 1], 1.3, [10, -5]), (200, [0, 3], 0.7, [0, 40])
        )
        for how in (NEAREST, BILINEAR)
        for more in ({}, {"fill": [0.25]}, {"center": [1, 0]})
    ],
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "settings"), FUNCTIONS)
def test_functional(name, args, settings):
    their_settings = {k: mode(v) if k == "interpolation" else v for k, v in settings.items()}
    for kind, x in IMAGES.items():
        if name == "rgb_to_grayscale" and args and x.shape[1] == 1:
            continue  # its one channel is not repeated there, though it says so
        interpolated = name in ("resize", "resized_crop", "rotate", "affine")
        if kind == "bools" and interpolated and settings.get("interpolation") not in (NEAREST, EXACT):
            continue  # of what is interpolated whatever is not 0 is True there, be it a rounding error
        if kind == "bytes" and "fill" in settings:
            settings = {**settings, "fill": 77}
            their_settings = {**their_settings, "fill": 77}
        their_args = [torch.tensor(a) if name == "erase" and isinstance(a, float) else a for a in args]
        expected = getattr(tf, name)(torch.from_numpy(x), *their_args, **their_settings)
        found = getattr(of, name)(tt_tensor.from_numpy(x), *args, **settings).numpy()
        at_edges = name in ("rotate", "affine") and settings["interpolation"] == NEAREST
        if at_edges:  # two pixels are equally near: a rounding decides
            off = np.abs(found.astype(np.float64) - expected.numpy().astype(np.float64))
            assert (off > 1e-5).mean() < 0.03
            assert found.shape == expected.shape
            assert found.dtype == expected.numpy().dtype
        else:
            # grid_sample computes places in float32, and colours jump where the hue is undefined
            close(found, expected, f"{name} {kind}", atol=2e-4 if name in ("rotate", "affine") else 2e-5)


DTYPES = ["bool", "uint8", "int16", "int32", "int64", "float32", "float64"]


@pytest.mark.parametrize("before", DTYPES)
@pytest.mark.parametrize("after", DTYPES)
def test_convert_image_dtype(before, after):
    x = np.array([[[0, 0.2, 0.5, 1]]])
    if before == "bool":
        x = x > 0.3
    elif before[0] != "f":
        x = (x[0, 0] * 16).astype(before) * (np.iinfo(before).max // 16)
    x = x.astype(before).reshape(1, 1, 1, 4)
    try:
        expected = tf.convert_image_dtype(torch.from_numpy(x), getattr(torch, after))
    except RuntimeError:
        with pytest.raises(RuntimeError):
            of.convert_image_dtype(tt_tensor.from_numpy(x), after)
    else:
        close(of.convert_image_dtype(tt_tensor.from_numpy(x), after).numpy(), expected)


def test_to_tensor_and_normalize():
    from PIL import Image

    rgb = RNG.integers(0, 256, (5, 4, 3), dtype=np.uint8)
    pictures = [Image.fromarray(rgb), Image.fromarray(rgb[:, :, 0]), Image.fromarray(rgb[:, :, 0] > 99)]
    pictures += [Image.fromarray(rgb.astype(np.int32)[:, :, 0]), Image.fromarray(rgb.astype(np.float32)[:, :, 0])]
    for picture in [*pictures, rgb, rgb[:, :, 0], rgb.astype(np.float64)]:
        close(ours.ToTensor()(picture).numpy(), theirs.ToTensor()(picture))
    for picture in pictures:
        close(ours.PILToTensor()(picture).numpy(), theirs.PILToTensor()(picture))
    x = IMAGES["floats"]
    for mean, std in (((0.1, 0.2, 0.3), (1, 2, 3)), ((0.5,), (0.5,)), ([0.1, 0.2, 0.3], [0.2])):
        close(ours.Normalize(mean, std)(x), theirs.Normalize(mean, std)(torch.from_numpy(x)))


MISUSE = [
    ("Normalize", ((0.5,), (0.0,)), {}),
    ("Normalize", ((0.5, 0.5), (1.0, 1.0)), {}),
    ("RandomCrop", (40,), {}),
    ("RandomCrop", (4,), {"padding": [1, 2, 3]}),
    ("RandomCrop", (4,), {"padding": 1, "padding_mode": "wrap"}),
    ("Pad", ([1, 2, 3],), {}),
    ("Pad", (1,), {"padding_mode": "wrap"}),
    ("Pad", (1,), {"fill": "x"}),
    ("Pad", ("x",), {}),
    ("Resize", ([1, 2, 3],), {}),
    ("Resize", (8,), {"max_size": 8}),
    ("Resize", ([8, 9],), {"max_size": 10}),
    ("ColorJitter", (-1,), {}),
    ("ColorJitter", ("x",), {}),
    ("ColorJitter", (), {"hue": 0.7}),
    ("ColorJitter", ((0.5, 0.2),), {}),
    ("RandomRotation", (-1,), {}),
    ("RandomRotation", ((1, 2, 3),), {}),
    ("RandomAffine", (0,), {"translate": (2, 0)}),
    ("RandomAffine", (0,), {"scale": (0, 1)}),
    ("RandomErasing", (), {"p": 2}),
    ("RandomErasing", (), {"value": "noise"}),
    ("RandomErasing", (), {"value": None}),
    ("RandomErasing", (), {"scale": (-1, 1)}),
    ("RandomErasing", (), {"p": 1, "value": (1, 2)}),
    ("Grayscale", (2,), {}),
    ("RandomApply", ([],), {"p": "x"}),
    ("RandomCrop", (None,), {}),
    ("CenterCrop", ((None, None),), {}),
    ("Resize", (4.5,), {}),
    ("RandomRotation", (3,), {"center": 1}),
    ("RandomRotation", (3,), {"fill": {}}),
    ("RandomAffine", (3,), {"translate": {}}),
    ("RandomHorizontalFlip", ("x",), {}),
    ("Normalize", ((None,), (1.0,)), {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "args", "settings"), MISUSE)
def test_misuse_raises_what_torchvision_raises(name, args, settings):
    x = IMAGES["floats"][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises((ValueError, TypeError, RuntimeError)) as expected:
            getattr(theirs, name)(*args, **settings)(torch.from_numpy(x))
        with pytest.raises((ValueError, TypeError, RuntimeError)) as found:
            getattr(ours, name)(*args, **settings)(tt_tensor.from_numpy(x))
    assert isinstance(found.value, expected.type), (found.value, expected.value)


def test_channels_that_are_no_colours():
    x = np.zeros((4, 5, 5), np.float32)
    for name in ("adjust_brightness", "adjust_contrast", "adjust_saturation", "adjust_hue", "rgb_to_grayscale"):
        args = (0.5,) if name.startswith("adjust") else ()
        for package, wrap in ((of, tt_tensor.from_numpy), (tf, torch.from_numpy)):
            with pytest.raises(TypeError, match="channel"):
                getattr(package, name)(wrap(x), *args)


class Fixed:
    """A generator whose numbers are known: it gives out the same rows again."""

    def __init__(self, rows):
        self.rows = iter(rows)

    def uniform(self, batch, count, rows=None):
        return np.tile(next(self.rows), (batch, 1))[:, :count]


def drawing(*rows):
    """Within this block a transform draws these rows."""
    token = draws._seeded.set(Fixed([np.asarray(row, np.float64) for row in rows]))
    return lambda: draws._seeded.reset(token)


@pytest.mark.parametrize("kind", ["bytes", "floats"])
def test_color_jitter_is_torchvisions_for_what_it_drew(kind):
    x = IMAGES[kind]
    jitter = ours.ColorJitter(0.5, 0.5, 0.5, 0.2)
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]):
        places = np.argsort(order)
        done = drawing([0.3, 0.9, 0.1, 0.8, *(places / 4)])
        found = jitter(x)
        done()
        steps = [
            lambda t: tf.adjust_brightness(t, 0.8), lambda t: tf.adjust_contrast(t, 1.4),
            lambda t: tf.adjust_saturation(t, 0.6), lambda t: tf.adjust_hue(t, 0.12),
        ]  # fmt: skip
        expected = torch.from_numpy(x)
        for k in order:
            expected = torch.stack([steps[k](image) for image in expected])
        if kind == "bytes":
            assert np.abs(found.astype(int) - expected.numpy()).max() <= 2
            assert (found != expected.numpy()).mean() < 0.03
        else:
            np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("how", [NEAREST, BILINEAR])
def test_random_affine_is_torchvisions_for_what_it_drew(how):
    x = IMAGES["floats"]
    height, width = x.shape[2:]
    done = drawing([0.9, 0.1, 0.7, 0.25, 0.75, 0.5])
    found = ours.RandomAffine(40, (0.3, 0.2), (0.5, 1.5), (-10, 10, 0, 30), interpolation=how)(x)
    done()
    shift = [round(-0.8 * 0.3 * width), round(0.4 * 0.2 * height)]
    expected = tf.affine(torch.from_numpy(x), 32.0, shift, 0.75, [5.0, 15.0], mode(how), [0.0]).numpy()
    assert (np.abs(found - expected) > 1e-3).mean() < 0.02


@pytest.mark.parametrize("size", [1, 2, 5])
def test_mixup_and_cutmix(size):
    """The same proportion and box: read off from the labels and the pixels."""
    x = np.arange(size, dtype=np.float32)[:, None, None, None] + np.zeros((size, 1, 10, 10), np.float32)
    y = np.arange(size)
    for name in ("MixUp", "CutMix"):
        _, b = getattr(v2, name)(num_classes=size)(torch.from_numpy(x), torch.from_numpy(y))
        images, labels = getattr(ours, name)(num_classes=size)(tt_tensor.from_numpy(x), tt_tensor.from_numpy(y))
        assert labels.shape == b.shape
        assert labels.numpy().dtype == b.numpy().dtype
        share = labels.numpy()[0, 0] if size > 1 else 1.0
        eye = np.eye(size)
        np.testing.assert_allclose(labels.numpy(), share * eye + (1 - share) * np.roll(eye, 1, 0), atol=1e-6)
        means = images.numpy().mean((1, 2, 3))
        np.testing.assert_allclose(means, share * y + (1 - share) * np.roll(y, 1), atol=1e-5)


@pytest.mark.parametrize("bad", ["dims", "size", "classes", "labels"])
def test_mixing_misuse(bad):
    x, y = np.zeros((2, 1, 4, 4), np.float32), np.array([0, 1])
    settings = {} if bad == "classes" else {"num_classes": 2}
    x = x[0] if bad == "dims" else x[:1] if bad == "size" else x
    y = np.zeros((2, 3), np.float32) if bad == "labels" else y
    for package, wrap in ((ours, tt_tensor.from_numpy), (v2, torch.from_numpy)):
        with pytest.raises(ValueError):
            package.MixUp(**settings)(wrap(x), wrap(y))


def erased_boxes(images):
    """Top, left, height and width of what is 1 in images [B, 1, H, W] of zeros."""
    rows, columns = images.any((1, 3)), images.any((1, 2))
    return np.stack([rows.argmax(1), columns.argmax(1), rows.sum(1), columns.sum(1)], 1)


def test_crops_are_distributed_as_torchvisions():
    """Where crops and erased boxes begin, and how large they are: means over many."""
    tt_tensor.manual_seed(0)
    torch.manual_seed(0)
    x = torch.zeros(1, 20, 30)
    a, b = (package.RandomResizedCrop(4, scale=(0.3, 0.9), ratio=(0.5, 0.8)) for package in (ours, theirs))
    expected = [b.get_params(x, b.scale, b.ratio) for _ in range(4000)]
    np.testing.assert_allclose(a.boxes(4000, 20, 30).mean(0), np.mean(expected, 0), atol=0.35)
    b = theirs.RandomErasing()
    expected = [b.get_params(x, b.scale, b.ratio, [0.0])[:4] for _ in range(4000)]
    found = erased_boxes(ours.RandomErasing(1, value=1)(np.zeros((4000, 1, 20, 30), np.float32)))
    np.testing.assert_allclose(found.mean(0), np.mean(expected, 0), atol=0.35)
