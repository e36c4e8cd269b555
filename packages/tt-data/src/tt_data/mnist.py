"""MNIST, and Fashion-MNIST in its format, from their original files."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .errors import DamagedFileError, MissingFileError
from .idx import read_idx
from .images import Images, training
from .source import Remote, Root, data_root, fetched, first_file


class MNIST(Images):
    """MNIST, 70,000 handwritten digits of 28x28 pixels, from its four original files, gzipped or not.

    Args:
        root: the folder that holds `mnist/` with the files, or the files themselves; by default the environment variable
            TT_DATA_DIR names it.
        train: whether to give the 60,000 images to train on or the 10,000 to test.
        transform, target_transform, flatten, dtype: see `Images`. With `flatten` an image is a vector [784], not [1, 28, 28].
        download: whether files that are not there are fetched, into `mnist/` in that folder (11 MB for all).

    Raises:
        MissingFileError: if a file is not there; the message says which, and where it was looked for.
        DamagedFileError: if a file is truncated, altered, or not what its name says.
        DownloadError: if no mirror gave a file.

    Source: Y. LeCun, C. Cortes, C. Burges, *The MNIST database of handwritten digits*, 1998.
    """

    folder: ClassVar[str] = "mnist"
    mirrors: ClassVar[tuple[str, ...]] = (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    )
    files: ClassVar[dict[str, tuple[int, str]]] = {
        "train-images-idx3-ubyte": (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
        "train-labels-idx1-ubyte": (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
        "t10k-images-idx3-ubyte": (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
        "t10k-labels-idx1-ubyte": (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
    }

    def __init__(
        self,
        root: Root = None,
        train: bool = True,
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        download: bool = False,
        *,
        flatten: bool = False,
        dtype: Any = np.float32,
    ) -> None:
        name = "train" if training(type(self).__name__, train) else "t10k"
        images_path = self.find(root, f"{name}-images-idx3-ubyte", download)
        labels_path = self.find(root, f"{name}-labels-idx1-ubyte", download)
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
        super().__init__(images, labels, transform, target_transform, flatten=flatten, dtype=dtype)

    @classmethod
    def find(cls, root: Root, name: str, download: bool = False) -> Path:
        """The path of a file of this set, which is downloaded if it is not there and that is allowed."""
        base = data_root(cls.__name__, root, f"{cls.folder}/{name}.gz")
        folders = [base / cls.folder, base / cls.__name__ / "raw", base]
        path = first_file(folders, (name, f"{name}.gz"))
        if path is not None:
            return path
        if download:
            return fetched(Remote(f"{name}.gz", *cls.files[name], cls.mirrors), folders[0])
        raise MissingFileError(
            f"{cls.__name__}: {name} or {name}.gz is in none of {', '.join(map(str, folders))}; pass download=True, or put "
            f"the four original files into {folders[0]}, from {cls.mirrors[0]}"
        )


class FashionMNIST(MNIST):
    """Fashion-MNIST, 70,000 pictures of clothes of 28x28 pixels, in MNIST's format, from `fashion-mnist/`.

    Args and errors are those of `MNIST`; a download is 31 MB for all.

    Source: H. Xiao, K. Rasul, R. Vollgraf, *Fashion-MNIST: a novel image dataset for benchmarking machine learning
        algorithms*, 2017, arXiv:1708.07747.
    """

    folder = "fashion-mnist"
    classes = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
    mirrors = (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",  # there is no https; the checksum tells
    )
    files: ClassVar[dict[str, tuple[int, str]]] = {
        "train-images-idx3-ubyte": (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        "train-labels-idx1-ubyte": (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        "t10k-images-idx3-ubyte": (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        "t10k-labels-idx1-ubyte": (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    }
