"""From pixels to numbers: images become tensors, bytes become floats, floats are normalised."""

from typing import Any

import numpy as np
from tt_tensor import Tensor
from tt_tensor.dtypes import as_dtype, get_default_dtype
from tt_tensor.errors import DTypeError, ShapeError

from ..making import MakesTensors
from .base import Transform, like, limits, on_batch
from .settings import is_number, several


def pixels(name: str, img: Any) -> Any:
    """The pixels of a PIL image or of an array (H, W) or (H, W, C), as an array (C, H, W)."""
    if type(img).__module__.partition(".")[0] == "PIL":
        x = np.asarray(img)
    else:
        x = img
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{name}: expected a PIL image or an array (H, W, C), got {type(img).__name__}")
    if x.ndim not in (2, 3):
        raise ValueError(f"{name}: expected an image (H, W) or (H, W, C), got shape {x.shape}")
    # Files with 16 bits per pixel may have their bytes the other way round.
    x = x.astype(x.dtype.newbyteorder("="), copy=False)
    return np.ascontiguousarray(x[None] if x.ndim == 2 else x.transpose(2, 0, 1))


class ToTensor(MakesTensors):
    """Turn an image into a float tensor (C, H, W): bytes from 0 to 255 become numbers from 0 to 1.

    Of an array (H, W, C) or (H, W), or of a PIL image, the channels are moved to the front. A tensor keeps its shape, (C, H, W)
    or (B, C, H, W), because the data sets here give out tensors where torchvision's give out PIL images. Only bytes are divided
    by 255; other dtypes keep their values.

    Raises:
        TypeError: if it is something else.

    Examples:
        >>> import numpy as np
        >>> ToTensor()(np.full((2, 3, 1), 255, np.uint8))
        tensor([[[1., 1., 1.],
                 [1., 1., 1.]]])
    """

    batched = True

    def __call__(self, pic: Any) -> Any:
        """The image as a float tensor."""
        if isinstance(pic, Tensor):
            return like(pic, scaled(pic.array)) if pic.dtype == np.uint8 else pic
        x = pixels("ToTensor", pic)
        if getattr(pic, "mode", None) == "1":  # a PIL image in black and white
            x = x.astype(np.uint8) * np.uint8(255)
        return self.make(scaled(x) if x.dtype == np.uint8 else x.copy())

    def __repr__(self) -> str:
        return "ToTensor()"


class PILToTensor(MakesTensors):
    """Turn a PIL image into a tensor (C, H, W) of the same numbers, without scaling.

    Raises:
        TypeError: if it is no PIL image.
    """

    batched = False

    def __call__(self, pic: Any) -> Any:
        """The image as a tensor."""
        if not hasattr(pic, "mode") or not hasattr(pic, "getbands"):
            raise TypeError(f"PILToTensor: pic should be PIL Image. Got {type(pic)}; ToTensor() takes arrays too")
        return self.make(pixels("PILToTensor", pic).copy())

    def __repr__(self) -> str:
        return "PILToTensor()"


def scaled(x: Any) -> Any:
    """Bytes as floats of the default dtype from 0 to 1."""
    dtype = get_default_dtype()
    return np.divide(x, dtype.type(255), dtype=dtype)


def converted(x: Any, dtype: Any) -> Any:
    """An array in another dtype, so that the whole range of one is the whole range of the other (floats: 0 to 1)."""
    if x.dtype == dtype:
        return x
    if x.dtype.kind == "f":
        if dtype.kind == "f":
            return x.astype(dtype)
        if (x.dtype.itemsize < 8 and dtype.itemsize >= 4) or (x.dtype == np.float64 and dtype.itemsize == 8):
            raise DTypeError(f"convert_image_dtype: {dtype} has more numbers than {x.dtype} can tell apart")
        many = limits(dtype)[1] + 1 - 1e-3  # so that each whole number has an equal share of the floats from 0 to 1
        return (x * x.dtype.type(many)).astype(dtype)
    top = limits(x.dtype)[1]
    if dtype.kind == "f":
        return x.astype(dtype) / dtype.type(top)
    new = limits(dtype)[1]
    if top > new:
        return (x // ((top + 1) // (new + 1))).astype(dtype)
    return x.astype(dtype) * dtype.type((new + 1) // (top + 1))


def convert_image_dtype(image: Any, dtype: Any = np.float32) -> Any:
    """Convert images to another dtype and scale the values to its range: 0 to 1 for floats, 0 to 255 for bytes.

    Args:
        image: a tensor or an array (C, H, W) or (B, C, H, W).
        dtype: the dtype to convert to.

    Raises:
        DTypeError: if it is a whole-number dtype with more values than the floats can tell apart.

    Examples:
        >>> from tt_tensor import tensor, uint8
        >>> convert_image_dtype(tensor([[[0, 51, 255]]], dtype=uint8))
        tensor([[[0.0000, 0.2000, 1.0000]]])
    """
    return on_batch("convert_image_dtype", lambda x: converted(x, as_dtype(dtype)), image)


class ConvertImageDtype(Transform):
    """`convert_image_dtype` as a transform: the values are scaled to the range of `dtype`.

    Args:
        dtype: the dtype to convert to.

    Raises:
        DTypeError: if it is a whole-number dtype with more values than the floats can tell apart.

    Examples:
        >>> from tt_tensor import tensor, uint8
        >>> ConvertImageDtype("uint8")(tensor([[[0.0, 0.5, 1.0]]]))
        tensor([[[  0, 127, 255]]], dtype=uint8)
    """

    def __init__(self, dtype: Any) -> None:
        self.dtype = as_dtype(dtype)

    def run(self, x: Any) -> Any:
        """The batch in the new dtype."""
        return converted(x, self.dtype)


class Normalize(Transform):
    """Shift and scale every channel: (x - mean) / std.

    Args:
        mean: one number for each channel, or one for all.
        std: the same; none may be zero.
        inplace: whether to write into the tensor that is given.

    Raises:
        TypeError: if the images are not of a floating dtype: ToTensor() comes before.
        ShapeError: if the number of channels differs.
        ValueError: if `std` has a zero.

    Examples:
        >>> from tt_tensor import ones
        >>> Normalize((0.5,), (0.25,))(ones(1, 1, 2))
        tensor([[[2., 2.]]])
    """

    def __init__(self, mean: Any, std: Any, inplace: bool = False) -> None:
        self.mean, self.std, self.inplace = mean, std, inplace
        self._mean, self._std = channels("mean", mean), channels("std", std)
        if (self._std == 0).any():
            raise ValueError(f"Normalize: std evaluated to zero, which would divide by zero: {std}")

    def run(self, x: Any) -> Any:
        """The batch, normalised."""
        if x.dtype.kind != "f":
            raise DTypeError(
                f"Normalize: input tensor should be a float tensor, got {x.dtype}; put ToTensor() before it"
            )
        for name, values in (("mean", self._mean), ("std", self._std)):
            if len(values) not in (1, x.shape[1]):
                raise ShapeError(f"Normalize: {len(values)} values of {name} for images of shape {x.shape[1:]}")
        mean, std = (v.astype(x.dtype)[:, None, None] for v in (self._mean, self._std))
        out = np.subtract(x, mean, out=x if self.inplace else None)
        return np.divide(out, std, out=out)

    def __call__(self, img: Any) -> Any:
        """The image or the batch, normalised."""
        out = super().__call__(img)
        return img if self.inplace else out

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean}, std={self.std})"


def channels(name: str, values: Any) -> Any:
    """One number for each channel: float64 [C]."""
    found = values.tolist() if isinstance(values, Tensor | np.ndarray) else values
    found = [found] if is_number(found) else several(found)
    if found is None or not all(map(is_number, found)):
        raise TypeError(f"Normalize: {name} should be a number for each channel, got {values!r}")
    return np.array(found, np.float64)
