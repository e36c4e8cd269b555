"""Images in folders: one folder for each class."""

import operator
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .dataset import Dataset
from .errors import DamagedFileError
from .making import MakesTensors
from .transforms.base import check_function

EXTENSIONS = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")


def read_image(path: str | os.PathLike[str]) -> Any:
    """Read an image file with Pillow, in colour. (`pip install "tt-data[images]"`)

    Args:
        path: the file, in any format that Pillow knows.

    Returns:
        A uint8 array [3, H, W].

    Raises:
        DamagedFileError: if the file is truncated or no image.
        FileNotFoundError: if there is no such file.
        ModuleNotFoundError: if there is no Pillow; the message says what to install.
    """
    try:
        from PIL import Image
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError('reading images needs Pillow: pip install "tt-data[images]"', name="PIL") from error
    try:
        with Image.open(path) as image:
            return np.ascontiguousarray(np.asarray(image.convert("RGB")).transpose(2, 0, 1))
    except Exception as error:  # what Pillow raises for a damaged file depends on the format
        if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | MemoryError | Warning):
            raise
        raise DamagedFileError(f"{path} cannot be read as an image: {error}") from error


def folders_of(top: str) -> Iterator[tuple[str, list[str]]]:
    """The folders below `top` and it itself, each with the names of its files. Links are followed, but not round in circles."""
    above = {top: {os.path.realpath(top)}}  # folders still to come: where each, and those around it, really are
    for folder, inner, files in os.walk(top, followlinks=True):
        yield folder, files
        around = above.pop(folder)
        for name in inner.copy():
            path = os.path.join(folder, name)
            if (real := os.path.realpath(path)) in around:
                inner.remove(name)
            else:
                above[path] = around | {real}


class ImageFolder(MakesTensors, Dataset[Any]):
    """Images in files: `root/CLASS/any/folders/NAME.png`. The classes are the folders of `root`, sorted by name.

    Sample `i` is `(image, label)`: a uint8 tensor (3, H, W), or what `transform` makes of it, and an int.

    Args:
        root: the folder of the classes.
        transform: a function of an image; such as `Compose([Resize(256), CenterCrop(224), ToTensor()])`.
        target_transform: a function of a class, an int.
        loader: reads a file, given its path as a str; `read_image` by default. An array becomes a tensor.
        is_valid_file: whether a file, given its path as a str, is one of the images; by default the known extensions are.
        allow_empty: whether a class may have no image.

    Attributes:
        classes: the names of the classes.
        class_to_idx: from the name of a class to its number.
        samples: (path, class) of each image, by class and by path.
        targets: the class of each image.

    Raises:
        FileNotFoundError: if there is no folder, or none within it, or one of them has no image.

    Examples:
        >>> import pathlib, tempfile
        >>> root = pathlib.Path(tempfile.mkdtemp())
        >>> for name in ("cat/1.ppm", "dog/2.ppm"):
        ...     (root / name).parent.mkdir()
        ...     _ = (root / name).write_bytes(b"P6 1 1 255 " + bytes([255, 128, 0]))
        >>> pets = ImageFolder(root)
        >>> pets.classes, pets.targets
        (['cat', 'dog'], [0, 1])
    """

    def __init__(
        self,
        root: str | os.PathLike[str],
        transform: Callable[[Any], Any] | None = None,
        target_transform: Callable[[Any], Any] | None = None,
        loader: Callable[[str], Any] = read_image,
        is_valid_file: Callable[[str], bool] | None = None,
        allow_empty: bool = False,
    ) -> None:
        for function in (transform, target_transform):
            if function is not None:
                check_function(type(self).__name__, function)
        self.root = os.path.expanduser(root) if isinstance(root, str) else root
        self.transform, self.target_transform, self.loader = transform, target_transform, loader
        self.classes, self.class_to_idx = self.find_classes(self.root)
        self.samples = self.find_samples(is_valid_file or (lambda path: path.lower().endswith(EXTENSIONS)), allow_empty)
        self.imgs, self.targets = self.samples, [label for _, label in self.samples]

    def find_classes(self, directory: str | os.PathLike[str]) -> tuple[list[str], dict[str, int]]:
        """The names of the folders in a folder, sorted, and their numbers."""
        with os.scandir(directory) as entries:
            classes = sorted(entry.name for entry in entries if entry.is_dir())
        if not classes:
            raise FileNotFoundError(
                f"ImageFolder: Couldn't find any class folder in {directory}: images lie in {directory}/CLASS/"
            )
        return classes, {name: k for k, name in enumerate(classes)}

    def find_samples(self, valid: Callable[[str], bool], allow_empty: bool) -> list[tuple[str, int]]:
        """The path and the class of each image."""
        samples: list[tuple[str, int]] = []
        empty = []
        for name, label in self.class_to_idx.items():
            before = len(samples)
            for folder, files in sorted(folders_of(os.fspath(Path(self.root, name)))):
                paths = (os.path.join(folder, file) for file in sorted(files))
                samples += [(path, label) for path in paths if valid(path)]
            if len(samples) == before:
                empty.append(name)
        if empty and not allow_empty:
            raise FileNotFoundError(
                f"ImageFolder: Found no valid file for the classes {', '.join(empty)}. Known extensions are "
                f"{', '.join(EXTENSIONS)}; pass is_valid_file for others, or allow_empty=True"
            )
        return samples

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        path, label = self.samples[operator.index(index)]
        image = self.loader(path)
        image = self.make(image) if isinstance(image, np.ndarray) else image
        if self.transform is not None:
            image = self.transform(image)
        return image, label if self.target_transform is None else self.target_transform(label)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} images in {self.root}, {len(self.classes)} classes)"
