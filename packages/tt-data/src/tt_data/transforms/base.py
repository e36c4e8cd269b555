"""What a transform is: a function of an image or of a batch of images."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, ClassVar

import numpy as np
from tt_tensor import Tensor
from tt_tensor.errors import DTypeError, ShapeError


class Transform:
    """A function from images to images, which works on one image (C, H, W) and on a batch (B, C, H, W).

    On a batch every image draws its own random numbers: see `tt_data.Augmented` for how they are seeded. A tensor becomes a
    tensor of its class, an array an array. The input is left as it is.

    Subclasses define `run`, from an array [B, C, H, W] to another.
    """

    batched = True  # whether a batch may be given as well as an image
    usual: ClassVar[Mapping[str, Any]] = {}  # settings that are shown only if they have another value, as torchvision's

    def run(self, x: Any) -> Any:
        """The images of the batch x [B, C, H, W] after the transform: an array [B, C', H', W']."""
        raise NotImplementedError(f"{type(self).__name__} must define run(x), from an array [B, C, H, W] to another")

    def __call__(self, img: Any) -> Any:
        """The image or the batch after the transform."""
        return on_batch(type(self).__name__, self.run, img)

    def __repr__(self) -> str:
        settings = {
            name: value
            for name, value in vars(self).items()
            if not name.startswith("_")
            and not (name in self.usual and type(value) is type(self.usual[name]) and value == self.usual[name])
        }
        shown = (f"{name}={x.value if isinstance(x, Enum) else x}" for name, x in settings.items())
        return f"{type(self).__name__}({', '.join(shown)})"


def array_of(name: str, img: Any) -> Any:
    """The array behind an image or a batch of images."""
    if isinstance(img, Tensor):
        if img.more is not None:
            raise RuntimeError(f"{name}: transforms record no derivatives; give it a plain tensor, x.detach()")
        x = img.array
    elif isinstance(img, np.ndarray):
        x = img
    else:
        raise TypeError(
            f"{name}: expected a tensor or an array (C, H, W) or (B, C, H, W), got {type(img).__name__}; "
            f"PILToTensor() makes one of a PIL image"
        )
    if x.ndim not in (3, 4):
        raise ShapeError(f"{name}: expected an image (C, H, W) or a batch (B, C, H, W), got shape {x.shape}")
    if x.dtype.kind not in "buif":
        raise DTypeError(f"{name}: expected images of real numbers, got {x.dtype}")
    return x


def on_batch(name: str, run: Callable[[Any], Any], img: Any) -> Any:
    """`run`, which takes and gives a batch, on an image or a batch; a tensor gives a tensor."""
    x = array_of(name, img)
    out = run(x) if x.ndim == 4 else run(x[None])[0]
    return like(img, out)


def like(img: Any, array: Any) -> Any:
    """`array` as what `img` is: a tensor of its class, or an array."""
    if isinstance(img, np.ndarray):
        return array
    out = object.__new__(img.plain)
    out.array, out.more = array, None
    return out


def limits(dtype: Any) -> tuple[int, int]:
    """The smallest and the largest number of a whole-number dtype; of bools 0 and 1."""
    if dtype.kind == "b":
        return 0, 1
    found = np.iinfo(dtype)
    return int(found.min), int(found.max)


class Compose:
    """Transforms one after the other.

    Args:
        transforms: functions of an image, of which each gets what the one before it returned.

    Examples:
        >>> from tt_tensor import zeros
        >>> from tt_data.transforms import CenterCrop, Pad
        >>> Compose([Pad(2), CenterCrop(4)])(zeros(8, 3, 6, 6)).shape
        torch.Size([8, 3, 4, 4])
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]]) -> None:
        if not isinstance(transforms, Sequence):
            raise TypeError(f"Compose: expected a list of transforms, got {transforms!r}")
        for transform in transforms:
            check_function("Compose", transform)
        self.transforms = list(transforms)

    @property
    def batched(self) -> bool:
        """Whether all of them also take a batch."""
        return all(takes_batches(t) for t in self.transforms)

    def __call__(self, img: Any) -> Any:
        """What the last of the transforms returns."""
        for transform in self.transforms:
            img = transform(img)
        return img

    def __repr__(self) -> str:
        return "Compose(\n" + "".join(f"    {t}\n" for t in self.transforms) + ")"


class Lambda:
    """Any function as a transform.

    Args:
        lambd: the function, of one image.
        batched: whether it may be given a batch as well.

    Examples:
        >>> from tt_tensor import ones
        >>> Lambda(lambda x: 1 - x)(ones(1, 1, 2))
        tensor([[[0., 0.]]])
    """

    def __init__(self, lambd: Callable[[Any], Any], *, batched: bool = False) -> None:
        if not callable(lambd):
            raise TypeError(f"Lambda: Argument lambd should be callable, got {type(lambd).__name__}")
        self.lambd, self.batched = lambd, batched

    def __call__(self, img: Any) -> Any:
        """What the function returns."""
        return self.lambd(img)

    def __repr__(self) -> str:
        return "Lambda()"


def check_function(name: str, transform: Any) -> None:
    """Refuse what is no function, and a class of transforms in the place of one of them."""
    if isinstance(transform, type) and getattr(transform, "batched", None) is not None:
        raise TypeError(f"{name}: {transform.__name__} is a class; {transform.__name__}(...) makes a transform of it")
    if not callable(transform):
        raise TypeError(f"{name}: a transform should be a function, got {transform!r}")


def takes_batches(transform: Any) -> bool:
    """Whether a transform may be given a batch. Of a function that does not say so it is not known, hence it may not."""
    return bool(getattr(transform, "batched", False))
