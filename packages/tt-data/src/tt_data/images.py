"""Data sets of labelled images: what they share, and the embedded digits."""

import gzip
from collections.abc import Callable
from importlib import resources
from typing import Any, ClassVar

import numpy as np
from tt_tensor.errors import ShapeError

from .collate import collate
from .dataset import Dataset
from .gathering import row
from .making import MakesTensors
from .transforms.base import check_function, takes_batches


class Images(MakesTensors, Dataset[Any]):
    """Images in bytes, each with the number of its class.

    Without a transform, an image is given out as floats from 0 to 1, or as it is in memory: bytes from 0 to 255, a quarter of
    the size. A transform gets the bytes, as a tensor (C, H, W), and, if all that it is made of works on batches, a whole batch
    of them (B, C, H, W).

    Args:
        data: the pixels, a uint8 array [N, H, W] or [N, C, H, W].
        targets: the classes, whole numbers [N].
        transform: a function of an image.
        target_transform: a function of a class, an int.
        flatten: whether an image is given out as a vector.
        dtype: float32 or uint8, the dtype of what is given out without a transform.

    Raises:
        TypeError: if the data are not bytes, or a transform is no function.
        ShapeError: if there are not as many targets as images.

    Attributes:
        data: the pixels as they are in the file.
        targets: the classes, an int64 array [N].
        white: the largest value that a pixel can have; it becomes 1.0.
        classes: the names of the classes.
        class_to_idx: from the name of a class to its number.
        shape: the shape in which one image is given out without a transform.

    Sample `i` is `(image, label)`: what the transform makes of the image, and a 0-d int64 tensor.

    Examples:
        >>> import numpy as np
        >>> pictures = Images(np.full((2, 4, 4), 255, np.uint8), [7, 3])
        >>> image, label = pictures[1]
        >>> image.shape, image.max(), label
        (torch.Size([1, 4, 4]), tensor(1.), tensor(3))
    """

    white: ClassVar[int] = 255
    classes: tuple[str, ...] = tuple("0123456789")

    def __init__(
        self,
        data: Any,
        targets: Any,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        *,
        flatten: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        for function in (transform, target_transform):
            if function is not None:
                check_function(type(self).__name__, function)
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.float32, np.uint8):
            raise TypeError(f"{type(self).__name__}: dtype should be float32 or uint8, got {dtype!r}")
        if not isinstance(data, np.ndarray) or data.dtype != np.uint8 or data.ndim not in (3, 4):
            found = f"{data.dtype} {data.shape}" if isinstance(data, np.ndarray) else type(data).__name__
            raise TypeError(
                f"{type(self).__name__}: data should be a uint8 array [N, H, W] or [N, C, H, W], got {found}"
            )
        if np.shape(targets) != data.shape[:1]:
            raise ShapeError(f"{type(self).__name__}: {len(data):,} images but targets of shape {np.shape(targets)}")
        classes = np.asarray(targets)
        if classes.dtype.kind not in "iu" and classes.size:
            raise TypeError(f"{type(self).__name__}: targets should be whole numbers, got {classes.dtype}")
        self.data, self.targets = data, classes.astype(np.int64)
        self.transform, self.target_transform, self.flatten = transform, target_transform, flatten
        channels, height, width = (1, *data.shape[1:]) if data.ndim == 3 else data.shape[1:]
        self.shape = (channels * height * width,) if flatten else (channels, height, width)

    @property
    def class_to_idx(self) -> dict[str, int]:
        """From the name of a class to its number."""
        return {name: k for k, name in enumerate(self.classes)}

    @property
    def ahead(self) -> bool:  # type: ignore[override]
        """Whether a thread may gather ahead: not if a function runs of which nothing is known."""
        return self.target_transform is None and (self.transform is None or takes_batches(self.transform))

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        at = np.asarray([row(type(self).__name__, index, len(self))])
        if self.transform is None:
            image = self.plain(at)[0]
        else:
            image = self.transform(self.make(self.pixels(at)[0]))
            image = image.flatten() if self.flatten else image
        if self.target_transform is not None:
            return image, self.target_transform(int(self.targets[at[0]]))
        return image, self.make(self.targets[at])[0]

    def gather(self, indices: Any) -> list[Any]:
        """The images and labels at `indices` (int64 array [B]): [B, *shape] or what the transform makes of it, and int64 [B]."""
        if self.transform is None:
            images = self.plain(indices)
        elif takes_batches(self.transform):
            images = self.transform(self.make(self.pixels(indices)))
        else:
            images = collate([self.transform(self.make(image)) for image in self.pixels(indices)], make=self.make)
        if self.flatten and self.transform is not None:
            images = images.flatten(1)
        labels = self.targets[indices]
        if self.target_transform is None:
            return [images, self.make(labels)]
        return [images, collate([self.target_transform(k) for k in labels.tolist()], make=self.make)]

    def plain(self, indices: Any) -> Any:
        """The images at `indices` (int64 array [B]) without a transform: [B, *shape]."""
        if self.dtype == np.uint8:
            images = self.pixels(indices)
        else:
            images = np.multiply(self.data[indices], np.float32(1 / self.white), dtype=np.float32)
        return self.make(images.reshape(-1, *self.shape))

    def pixels(self, indices: Any) -> Any:
        """The images at `indices` (int64 array [B]) in bytes from 0 to 255: a uint8 array [B, C, H, W] of its own."""
        x = self.data[indices]
        if self.white != 255:
            x = np.rint(np.arange(256) * (255 / self.white)).clip(0, 255).astype(np.uint8)[x]
        return x[:, None] if x.ndim == 3 else x

    def tensors(self) -> tuple[Any, Any]:
        """All images and all labels: [N, *shape] and int64 [N]."""
        images, labels = self.gather(np.arange(len(self)))
        return images, labels

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} images of shape {self.shape}, {len(self.classes)} classes)"


def training(name: str, train: Any) -> bool:
    """Whether the training set is wanted. A string would count as True, be it "test"."""
    if not isinstance(train, bool | int | np.bool_):
        raise TypeError(f"{name}: train should be True or False, got {train!r}")
    return bool(train)


class Digits(Images):
    """The 1,797 handwritten digits of 8x8 pixels that come with this package: 1,442 to train on, 355 to test.

    The split is fixed: in file order, every fifth image of a class belongs to the test set, so that both have the same share
    of each digit and of each writer.

    Args:
        train: whether to give the training set or the test set.
        transform, target_transform, flatten, dtype: see `Images`. With `flatten` an image is a vector [64], not [1, 8, 8].

    Source: E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998,
        https://doi.org/10.24432/C50P49 (CC BY 4.0).

    Examples:
        >>> test = Digits(train=False)
        >>> image, label = test[0]
        >>> image.shape, label
        (torch.Size([1, 8, 8]), tensor(5))
    """

    white = 16

    def __init__(
        self,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        *,
        flatten: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        packed = resources.files("tt_data").joinpath("embedded", "digits.csv.gz").read_bytes()
        table = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), np.uint8, delimiter=",")
        images, labels = table[:, :64].reshape(-1, 8, 8), table[:, 64]
        held_out = np.zeros(len(labels), bool)
        for digit in range(10):
            held_out[np.flatnonzero(labels == digit)[4::5]] = True
        chosen = held_out != training("Digits", train)
        super().__init__(images[chosen], labels[chosen], transform, target_transform, flatten=flatten, dtype=dtype)
