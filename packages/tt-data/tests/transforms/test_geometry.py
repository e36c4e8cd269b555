"""Where pixels go: crops, flips, sizes, rotations."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tt_data.transforms import (
    CenterCrop,
    Pad,
    RandomAffine,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
    RandomResizedCrop,
    RandomRotation,
    RandomVerticalFlip,
    Resize,
    functional,
)  # fmt: skip
from tt_data.transforms.draws import seeded
from tt_data.transforms.resize import InterpolationMode, weights

X = np.arange(2 * 3 * 6 * 8, dtype=np.float32).reshape(2, 3, 6, 8)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomCrop(0), "positive int"),
        (lambda: RandomCrop((1, 2, 3)), "positive int"),
        (lambda: RandomCrop((-1, 3)), "positive int"),
        (lambda: Pad((1, 2, 3)), "1, 2, or 4"),
        (lambda: Pad(1, padding_mode="wrap"), "symmetric"),
        (lambda: Pad(1, fill=(1, 2))(X), "one for each of the 3 channels"),
        (lambda: Pad(1, fill=300)(X.astype("uint8")), "300 does not fit into images of uint8, which hold 0 to 255"),
        (lambda: RandomCrop(9, padding=9, fill=(0, -1, 0))(X.astype("uint8")), "does not fit"),
        (lambda: Pad(1, fill=float("nan"))(X.astype("int64")), "does not fit"),
        (lambda: Pad(6, padding_mode="reflect")(X), "larger"),
        (lambda: Pad(-4)(X), "leaves nothing"),
        (lambda: RandomCrop(9)(X), r"crop size \(9, 9\) is larger than input image size \(6, 8\).*pad_if_needed"),
        (lambda: RandomHorizontalFlip(1.5), "between 0 and 1"),
        (lambda: RandomVerticalFlip(float("nan")), "between 0 and 1"),
        (lambda: Resize(0), "positive"),
        (lambda: Resize(4, "lanczos"), "BILINEAR"),
        (lambda: Resize((4, 4), max_size=8), "max_size"),
        (lambda: Resize(4)(X[:, :, :0]), "no pixels"),
        (lambda: RandomResizedCrop(4, scale=(0.5, 0.1)), "min <= max"),
        (lambda: RandomResizedCrop(4, ratio=(0, 1)), "positive"),
        (lambda: RandomRotation(-3), "positive"),
        (lambda: RandomRotation(3, "bicubic"), "NEAREST"),
        (lambda: RandomRotation(3, center=(1,)), "length 2"),
        (lambda: RandomRotation(3, expand=True)(X), "size of its own"),
        (lambda: RandomAffine(3, (0.1, 2)), "between 0 and 1"),
        (lambda: RandomAffine(3, scale=(-1, 1)), "positive"),
        (lambda: RandomAffine(3, shear=(1, 2, 3)), "length"),
        (lambda: functional.affine(X, 0, [1], 1, 0), "length 2"),
        (lambda: functional.affine(X, 0, [1, 1], 0, 0), "positive"),
        (lambda: RandomErasing(value=(1, 2), p=1)(X), "3 .number of input channels"),
    ],
)
def test_misuse(make, message):
    with pytest.raises(ValueError, match=message):
        make()


NO_NUMBERS = ["x", None, (None, None), ("1", "2"), (True, False), {}, object()]


@pytest.mark.parametrize("wrong", NO_NUMBERS, ids=lambda wrong: type(wrong).__name__)
@pytest.mark.parametrize(
    "make",
    [
        RandomCrop, CenterCrop, Resize, RandomResizedCrop, Pad, RandomRotation, RandomAffine, RandomHorizontalFlip,
        lambda x: RandomResizedCrop(4, scale=x), lambda x: RandomResizedCrop(4, ratio=x),
        lambda x: RandomAffine(3, translate=x or "x"), lambda x: RandomAffine(3, scale=x or "x"),
        lambda x: RandomAffine(3, shear=x or "x"), lambda x: RandomRotation(3, center=x or "x"),
        lambda x: Pad(1, fill=x or "x"), lambda x: RandomRotation(3, fill=x or "x"),
        lambda x: RandomErasing(scale=x), lambda x: RandomErasing(ratio=x), lambda x: RandomErasing(value=x or {}),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_at_once(make, wrong):
    with pytest.raises((TypeError, ValueError), match="should|inappropriate") as caught:
        make(wrong)
    assert isinstance(caught.value, TypeError) or isinstance(wrong, dict | str)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), (0.2, float("nan")), (2, 1), (1,), (1, 2, 3)], ids=str)
@pytest.mark.parametrize(
    "make",
    [
        RandomRotation, RandomAffine, lambda x: RandomAffine(3, scale=x), lambda x: RandomErasing(ratio=x),
        lambda x: RandomErasing(scale=x), lambda x: RandomResizedCrop(4, ratio=x),
    ],
)  # fmt: skip
def test_ranges_are_finite_and_in_order(make, odd):
    with pytest.raises((ValueError, TypeError), match="range should|length"):
        make(odd)
    with pytest.raises(ValueError, match="positive"):
        RandomErasing(ratio=(0, 1))


def test_numbers_of_numpy_are_numbers():
    two, half = np.int64(2), np.float32(0.5)
    for transform in (
        RandomCrop(two), RandomCrop([two, two], padding=two, fill=half), CenterCrop(np.array([2, 2])), Resize(two), Pad(two, half),
        RandomResizedCrop(two, (half, 1)), RandomRotation(half, fill=half), RandomErasing(half, value=half),
        RandomAffine(two, (half, half), np.array([0.5, 1.5]), half, center=(two, two)), RandomHorizontalFlip(half),
    ):  # fmt: skip
        assert transform(X).ndim == 4


def test_empty_images():
    empty = np.zeros((2, 3, 0, 8), np.float32)
    assert Pad(1)(empty).shape == (2, 3, 2, 10)
    assert CenterCrop(3)(empty).shape == (2, 3, 3, 3)
    with pytest.raises(ValueError, match="nothing to put a frame around"):
        Pad(1, padding_mode="edge")(empty)


def test_a_crop_is_a_part_of_the_padded_image():
    crop = RandomCrop((4, 5), padding=(1, 2), fill=7)
    framed = np.pad(X, ((0, 0), (0, 0), (2, 2), (1, 1)), constant_values=7)
    seen = set()
    for index in range(300):
        with seeded(0, 0, [index]):
            out = crop(X[0])
        places = [
            (i, j) for i in range(7) for j in range(6) if (framed[0, :, i : i + 4, j : j + 5] == out).all()
        ]  # fmt: skip
        assert len(places) == 1
        seen |= set(places)
    assert len(seen) == 42, "every place is reached, the outermost too"


def test_flips_are_as_frequent_as_said():
    x = np.tile(X[:1], (2000, 1, 1, 1))
    for flip, mirrored in ((RandomHorizontalFlip(0.3), X[0, :, :, ::-1]), (RandomVerticalFlip(0.3), X[0, :, ::-1])):
        with seeded(0, 0, np.arange(2000)):
            out = flip(x)
        turned = (out == mirrored).all((1, 2, 3))
        assert abs(turned.mean() - 0.3) < 0.03
        assert ((out == X[0]).all((1, 2, 3)) != turned).all()


@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from(["bilinear", "bicubic"]), st.booleans())
def test_weights_are_means(n, out, mode, smooth):
    w = weights(n, out, InterpolationMode(mode), smooth, np.float64)
    assert w.shape == (out, n)
    np.testing.assert_allclose(w.sum(1), 1, atol=1e-12)
    np.testing.assert_allclose(w, w[::-1, ::-1], atol=1e-9)
    if n == out:
        np.testing.assert_allclose(w, np.eye(n), atol=1e-12)


def test_photographs_in_many_sizes_do_not_fill_the_memory():
    tracemalloc.start()
    try:
        for n in range(400, 420):
            Resize((224, 224))(np.zeros((1, n, n), np.uint8))
        assert tracemalloc.get_traced_memory()[0] < 8 * 224 * 420  # what one matrix takes
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("mode", list(InterpolationMode))
def test_a_flat_image_stays_flat(mode):
    flat = np.full((1, 1, 5, 7), 200, np.uint8)
    for size in (3, (9, 2), (1, 1), 40):
        assert (Resize(size, mode)(flat) == 200).all()


@pytest.mark.parametrize(
    ("shape", "size", "max_size", "expected"),
    [((6, 8), 3, None, (3, 4)), ((8, 6), 3, None, (4, 3)), ((6, 8), (2, 9), None, (2, 9)), ((6, 8), 6, 7, (5, 7)),
     ((5, 7), [10], None, (10, 14)), ((1, 100), 2, 50, (0, 50))],
)  # fmt: skip
def test_sizes(shape, size, max_size, expected):
    image = np.zeros((1, 1, *shape), np.float32)
    if 0 in expected:  # PyTorch refuses it, too
        return
    assert Resize(size, max_size=max_size)(image).shape[2:] == expected


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_quarter_turns_are_exact(mode):
    square = X[:, :, :, :6]
    for turns in range(4):
        out = functional.rotate(square, 90 * turns, mode)
        np.testing.assert_allclose(out, np.rot90(square, turns, (2, 3)), atol=1e-4)
    out = functional.rotate(X, 90, mode, expand=True)
    np.testing.assert_allclose(out, np.rot90(X, 1, (2, 3)), atol=1e-3)
    shifted = functional.affine(X, 0, [2, -1], 1, 0, mode, fill=-1)
    np.testing.assert_allclose(shifted[:, :, :-1, 2:], X[:, :, 1:, :-2], atol=1e-4)
    np.testing.assert_allclose(shifted[:, :, -1], -1, atol=1e-5)
    np.testing.assert_allclose(shifted[:, :, :, :2], -1, atol=1e-5)


@pytest.mark.parametrize("kind", [RandomRotation, RandomAffine])
def test_no_filling_is_zero(kind):
    """The function `rotate` without `fill` does not mix what is beside the edge with 0; the transforms do."""
    none, zero = (kind((30, 30), interpolation="bilinear", fill=fill)(X) for fill in (None, 0))
    np.testing.assert_array_equal(none, zero)
    assert (functional.rotate(X, 30, "bilinear") != functional.rotate(X, 30, "bilinear", fill=0)).any()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "uint8", "int16", "bool"])
def test_dtypes_are_kept_and_places_are_exact(dtype):
    """The number of a pixel in a row of all pixels has more digits than a float16 has."""
    x = np.random.default_rng(0).integers(0, 2, (1, 2, 70, 90)).astype(dtype)
    for out in (
        functional.affine(x, 0, [0, 0], 1, 0),
        functional.rotate(x, 0, "bilinear", fill=0),
        Resize((70, 90))(x),
    ):
        assert out.dtype == dtype
        np.testing.assert_allclose(out.astype(float), x.astype(float), atol=1e-4)
    assert Resize(35)(x).dtype == dtype
    if dtype == "bool":
        assert (Resize(35)(x) == (Resize(35)(x.astype(np.float32)) > 0.5)).mean() > 0.99


def test_erasing_touches_one_rectangle_as_often_as_said():
    x = np.ones((500, 1, 16, 20), np.float32)
    with seeded(0, 0, np.arange(500)):
        out = RandomErasing(0.4, value=0)(x)
    touched = (out == 0).any((1, 2, 3))
    assert abs(touched.mean() - 0.4) < 0.06
    for image in out[touched][:50, 0]:
        rows, columns = (image == 0).any(1), (image == 0).any(0)
        assert (image == 0).sum() == rows.sum() * columns.sum()
        assert np.diff(np.flatnonzero(rows)).max(initial=1) == 1
        assert 0.01 < (image == 0).mean() < 0.4
    with seeded(0, 0, np.arange(500)):
        noisy = RandomErasing(0.4, value="random")(x)
    np.testing.assert_array_equal(noisy != 1, out != 1)
    noise = noisy[noisy != 1]
    assert abs(noise.mean()) < 0.05
    assert abs(noise.std() - 1) < 0.05
    t = x.copy()
    with seeded(0, 0, np.arange(500)):
        assert RandomErasing(0.4, inplace=True)(t) is t
    np.testing.assert_array_equal(t, out)
