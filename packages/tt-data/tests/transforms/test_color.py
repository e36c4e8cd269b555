"""Colours: bounds, fixed points and inverses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tt_data.transforms import ColorJitter, Grayscale, functional
from tt_data.transforms.color import hsv_of, rgb_of

X = np.random.default_rng(0).random((4, 3, 5, 6), np.float32)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ColorJitter(-0.1), ValueError, "non negative"),
        (lambda: ColorJitter(hue=0.6), ValueError, "hue values should be between"),
        (lambda: ColorJitter(contrast=(2, 1)), ValueError, "min <= max"),
        (lambda: ColorJitter(saturation="x"), TypeError, "saturation should be"),
        (lambda: ColorJitter(brightness=(1, 2, 3)), TypeError, "brightness should be"),
        (lambda: ColorJitter(float("inf")), ValueError, "finite"),
        (lambda: ColorJitter((0.1, None)), TypeError, "two numbers"),
        (lambda: ColorJitter(0.1)(X[:, :2]), ValueError, "1 or 3 channels"),
        (lambda: ColorJitter(0.1)(X[:, :2]), TypeError, "1 or 3 channels"),
        (lambda: Grayscale(2), ValueError, "either 1 or 3"),
        (lambda: functional.adjust_brightness(X, -1), ValueError, "not in"),
        (lambda: functional.adjust_hue(X, 0.51), ValueError, "not in"),
        (lambda: functional.adjust_contrast(np.zeros((5, 6)), 1), ValueError, "got shape"),
    ],
)
def test_misuse(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_factors_that_change_nothing():
    for name, factor in (("brightness", 1), ("contrast", 1), ("saturation", 1), ("hue", 0)):
        np.testing.assert_allclose(getattr(functional, f"adjust_{name}")(X, factor), X, atol=1e-6)
    np.testing.assert_array_equal(ColorJitter()(X), X)


@given(hnp.arrays(np.float32, (1, 3, 2, 2), elements=st.floats(0, 1, width=32)))
def test_hue_saturation_value_and_back(x):
    np.testing.assert_allclose(rgb_of(*hsv_of(x)), x, atol=2e-6)


@pytest.mark.parametrize("dtype", ["u1", "f4", "f8"])
@given(factor=st.floats(0, 5), turn=st.floats(-0.5, 0.5))
def test_nothing_leaves_the_range(dtype, factor, turn):
    x = (X * 255).astype(dtype) if dtype == "u1" else X.astype(dtype)
    top = 255 if dtype == "u1" else 1
    for out in (
        functional.adjust_brightness(x, factor), functional.adjust_contrast(x, factor),
        functional.adjust_saturation(x, factor), functional.adjust_hue(x, turn),
    ):  # fmt: skip
        assert out.dtype == dtype or dtype == "f8"
        assert out.min() >= 0
        assert out.max() <= top
        assert out.shape == x.shape


def test_opposite_hues_and_grey():
    np.testing.assert_allclose(functional.adjust_hue(functional.adjust_hue(X, 0.5), 0.5), X, atol=1e-5)
    red = np.array([1, 0, 0], np.float32).reshape(3, 1, 1)
    np.testing.assert_allclose(functional.adjust_hue(red, 1 / 3).ravel(), [0, 1, 0], atol=1e-6)
    np.testing.assert_allclose(functional.adjust_saturation(X, 0), Grayscale(3)(X), atol=1e-6)
    flat = functional.adjust_contrast(X, 0)
    np.testing.assert_allclose(flat, np.broadcast_to(Grayscale()(X).mean((1, 2, 3), keepdims=True), X.shape), atol=1e-6)


def test_numbers_of_numpy_are_numbers():
    assert ColorJitter(np.float32(0.5), hue=np.float64(0.1))(X).shape == X.shape
