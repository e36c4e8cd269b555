"""Data sets of labelled grey images: the embedded digits, and MNIST and Fashion-MNIST from their original files."""

import gzip
import os
from importlib import resources
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import tt_tensor

from .dataset import Dataset
from .errors import DamagedFileError, MissingFileError
from .idx import read_idx


class Images(Dataset):
    """Grey images in bytes, given out as floats from 0 to 1, each with the number of its class.

    Attributes:
        data: the pixels as they are in the file, a uint8 array [N, H, W].
        targets: the classes, an int64 array [N].
        white: the largest value that a pixel can have; it becomes 1.0.
        classes: the names of the classes.
        shape: the shape in which one image is given out: (1, H, W), or (H * W,) if `flatten`.

    Sample `i` is `(image, label)`: float32 of `shape`, and a 0-d int64 tensor.
    """

    white: ClassVar[int] = 255
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def __init__(self, data: Any, targets: Any, *, flatten: bool = False) -> None:
        self.data, self.targets = data, targets.astype(np.int64)
        height, width = data.shape[1:]
        self.shape = (height * width,) if flatten else (1, height, width)

    @staticmethod
    def make(array: Any) -> Any:
        """A tensor of an array. (Another class of tensors takes another one.)"""
        return tt_tensor.from_numpy(array)

    def __len__(self) -> int:
        return len(self.targets)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        images, labels = self.gather(np.asarray([range(len(self))[index]]))
        return images[0], labels[0]

    def gather(self, indices: Any) -> list[Any]:
        """The images and labels at `indices` (int64 array [B]): float32 [B, *shape] and int64 [B]."""
        images = np.multiply(self.data[indices], np.float32(1 / self.white), dtype=np.float32)
        return [self.make(images.reshape(-1, *self.shape)), self.make(self.targets[indices])]

    def tensors(self) -> tuple[Any, Any]:
        """All images and all labels: float32 [N, *shape] and int64 [N]."""
        images, labels = self.gather(np.arange(len(self)))
        return images, labels

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} images of shape {self.shape}, {len(self.classes)} classes)"


class Digits(Images):
    """The 1,797 handwritten digits of 8x8 pixels that come with this package: 1,442 to train on, 355 to test.

    The split is fixed: in file order, every fifth image of a class belongs to the test set, so that both have the same share
    of each digit and of each writer.

    Args:
        train: whether to give the training set or the test set.
        flatten: whether an image is a vector [64] in place of [1, 8, 8].

    Source: E. Alpaydin and C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998,
        https://doi.org/10.24432/C50P49 (CC BY 4.0).

    Examples:
        >>> test = Digits(train=False)
        >>> image, label = test[0]
        >>> image.shape, label
        (torch.Size([1, 8, 8]), tensor(5))
    """

    white = 16

    def __init__(self, train: bool = True, *, flatten: bool = False) -> None:
        packed = resources.files("tt_data").joinpath("embedded", "digits.csv.gz").read_bytes()
        table = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), np.uint8, delimiter=",")
        images, labels = table[:, :64].reshape(-1, 8, 8), table[:, 64]
        held_out = np.zeros(len(labels), bool)
        for digit in range(10):
            held_out[np.flatnonzero(labels == digit)[4::5]] = True
        chosen = held_out != train
        super().__init__(images[chosen], labels[chosen], flatten=flatten)


class MNIST(Images):
    """MNIST, 70,000 handwritten digits of 28x28 pixels, from its four original files, gzipped or not.

    Args:
        root: the folder that holds `mnist/` with the files, or the files themselves; by default the environment variable
            TT_DATA_DIR names it. Nothing is downloaded.
        train: whether to give the 60,000 images to train on or the 10,000 to test.
        flatten: whether an image is a vector [784] in place of [1, 28, 28].

    Raises:
        MissingFileError: if a file is not there; the message says which, and where it was looked for.
        DamagedFileError: if a file is truncated, altered, or not what its name says.

    Source: Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, 1998.
    """

    folder: ClassVar[str] = "mnist"

    def __init__(
        self, root: str | os.PathLike[str] | None = None, train: bool = True, *, flatten: bool = False
    ) -> None:
        name = "train" if train else "t10k"
        images_path = self.find(root, f"{name}-images-idx3-ubyte")
        labels_path = self.find(root, f"{name}-labels-idx1-ubyte")
        images, labels = read_idx(images_path), read_idx(labels_path)
        if images.ndim != 3 or images.dtype != np.uint8 or 0 in images.shape:
            raise DamagedFileError(
                f"{images_path} should hold images of bytes, got {images.dtype} {images.shape}. Fetch it again"
            )
        if labels.ndim != 1 or labels.dtype != np.uint8 or labels.max(initial=0) >= len(self.classes):
            raise DamagedFileError(f"{labels_path} should hold labels below {len(self.classes)}. Fetch it again")
        if len(images) != len(labels):
            raise DamagedFileError(
                f"{images_path} holds {len(images):,} images but {labels_path} holds {len(labels):,} labels: "
                f"they are not of one set. Fetch both again"
            )
        super().__init__(images, labels, flatten=flatten)

    @classmethod
    def find(cls, root: str | os.PathLike[str] | None, name: str) -> Path:
        """The path of a file of this set."""
        root = root or os.environ.get("TT_DATA_DIR")
        if not root:
            raise MissingFileError(
                f"{cls.__name__}: no folder is given; pass root=..., or set the environment variable TT_DATA_DIR to the "
                f"folder that holds {cls.folder}/{name}.gz"
            )
        folders = [Path(root) / cls.folder, Path(root) / cls.__name__ / "raw", Path(root)]
        for folder in folders:
            for path in (folder / name, folder / f"{name}.gz"):
                if path.is_file():
                    return path
        raise MissingFileError(
            f"{cls.__name__}: {name} or {name}.gz is in none of {', '.join(map(str, folders))}; put the four original "
            f"files into {folders[0]}"
        )


class FashionMNIST(MNIST):
    """Fashion-MNIST, 70,000 pictures of clothes of 28x28 pixels, in MNIST's format, from `fashion-mnist/`.

    Args and errors are those of `MNIST`.

    Source: H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking machine learning
        algorithms*, 2017, arXiv:1708.07747.
    """

    folder = "fashion-mnist"
    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
