"""A data set whose images are transformed at random, in a way that belongs to the image and not to the batch."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .collate import collate
from .dataset import Dataset
from .gathering import row
from .making import MakesTensors
from .transforms.base import check_function, takes_batches
from .transforms.draws import seeded
from .transforms.settings import is_whole


def shared(number: int) -> Any:
    """A number in memory that worker processes share."""
    from multiprocessing.sharedctypes import RawValue  # takes longer to import than the rest of this package

    return RawValue("q", number)


class Augmented(MakesTensors, Dataset[Any]):
    """A data set with a random transform, of which every sample's randomness is a function of (seed, epoch, index) alone.

    So the same sample comes out in whatever batch it stands, in whatever order, and whichever worker process prepares it: runs
    can be repeated with another number of workers or another batch size, and one sample can be looked at by itself.

    The images must be given out as the transform needs them: with `dtype=uint8` from the data sets of this package, so that it
    moves bytes about, and `ToTensor()` as a later step.

    Args:
        dataset: a data set with samples (image, ...), of which the image is transformed.
        transform: a function of an image; if it also works on batches, as those of `tt_data.transforms` do, whole batches are
            transformed at once.
        seed: any int.

    Attributes:
        epoch: the number that `set_epoch` has set, 0 at first.

    Examples:
        >>> from tt_data import DataLoader, Digits
        >>> from tt_data.transforms import Compose, RandomCrop, ToTensor
        >>> digits = Augmented(Digits(dtype="uint8"), Compose([RandomCrop(8, padding=1), ToTensor()]), seed=0)
        >>> for epoch in range(2):
        ...     digits.set_epoch(epoch)
        ...     for images, labels in DataLoader(digits, batch_size=64, shuffle=True):
        ...         pass
    """

    def __init__(self, dataset: Any, transform: Callable[[Any], Any], seed: int = 0) -> None:
        check_function("Augmented", transform)
        if not is_whole(seed):
            raise TypeError(f"Augmented: seed should be an int, got {seed!r}")
        self.dataset, self.transform, self.seed = dataset, transform, int(seed)
        self._epoch = shared(0)  # shared with worker processes that live on through several epochs

    @property
    def epoch(self) -> int:
        """The number of the epoch."""
        return int(self._epoch.value)

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch begins, before iterating: otherwise every epoch shows the same images."""
        if not is_whole(epoch) or not 0 <= epoch < 2**32:
            raise ValueError(f"Augmented.set_epoch: expected an int from 0 to 2**32 - 1, got {epoch!r}")
        self._epoch.value = int(epoch)

    def __getstate__(self) -> dict[str, Any]:
        from multiprocessing.context import get_spawning_popen

        state = vars(self).copy()
        if get_spawning_popen() is None:  # for a file, not for a worker process
            state["_epoch"] = self.epoch
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if isinstance(self._epoch, int):
            self._epoch = shared(self._epoch)

    @property
    def ahead(self) -> bool:  # type: ignore[override]
        """Whether a thread may gather ahead: not if a function runs of which nothing is known."""
        return takes_batches(self.transform)

    def parts(self) -> tuple[Any, ...]:
        """The data set that this one is made of."""
        return (self.dataset,)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        index = row("Augmented", index, len(self))
        sample = self.dataset[index]
        if not isinstance(sample, tuple | list) or not sample:
            raise TypeError(f"Augmented: the samples should be tuples (image, ...), got {type(sample).__name__}")
        image, *rest = sample
        with seeded(self.seed, self.epoch, [index]):
            return (self.transform(image), *rest)

    def gather(self, indices: Any) -> list[Any]:
        """The samples at `indices` (int64 array [B]), collated. The data set must have a `gather` as well."""
        indices = np.where(indices < 0, indices + len(self), indices)
        images, *rest = self.dataset.gather(indices)
        if takes_batches(self.transform):
            with seeded(self.seed, self.epoch, indices):
                return [self.transform(images), *rest]
        samples = []
        for image, index in zip(images, indices.tolist()):
            with seeded(self.seed, self.epoch, [index]):
                samples.append(self.transform(image))
        return [collate(samples, make=self.make), *rest]

    def __repr__(self) -> str:
        return f"Augmented({self.dataset!r}, {self.transform!r}, seed={self.seed})"
