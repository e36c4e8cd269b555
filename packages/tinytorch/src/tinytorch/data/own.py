"""What makes tensors, of the class that can require a gradient: each redefines what `tt_data` says makes them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import tt_autograd
import tt_data
import tt_data.transforms
from tt_data.collate import convert
from tt_data.loader import Batch

__all__ = [
    "Augmented",
    "CIFAR10",
    "CIFAR100",
    "CSVDataset",
    "DataLoader",
    "Digits",
    "FashionMNIST",
    "ImageFolder",
    "Images",
    "MNIST",
    "MakesTensors",
    "collate",
    "default_collate",
    "default_convert",
]


def collate(
    batch: Sequence[Any],
    *,
    collate_fn_map: Mapping[Any, Callable[..., Any]] | None = None,
    make: Callable[[Any], Any] = tt_autograd.from_numpy,
) -> Any:
    """`tt_data.collate`."""
    return tt_data.collate(batch, collate_fn_map=collate_fn_map, make=make)


def default_collate(batch: Sequence[Any]) -> Any:
    """`tt_data.default_collate`."""
    return collate(batch)


def default_convert(data: Any) -> Any:
    """`tt_data.default_convert`."""
    return convert(data, tt_autograd.from_numpy)


class DataLoader(tt_data.DataLoader[Batch]):
    """`tt_data.DataLoader`."""

    default_collate: ClassVar[Callable[[Any], Any]] = staticmethod(default_collate)
    default_convert: ClassVar[Callable[[Any], Any]] = staticmethod(default_convert)


class MakesTensors(tt_data.MakesTensors):
    """`tt_data.MakesTensors`."""

    @staticmethod
    def make(array: Any) -> Any:
        """A tensor of an array."""
        return tt_autograd.from_numpy(array)


class Images(MakesTensors, tt_data.Images):
    """`tt_data.Images`."""


class Digits(MakesTensors, tt_data.Digits):
    """`tt_data.Digits`."""


class MNIST(MakesTensors, tt_data.MNIST):
    """`tt_data.MNIST`."""


class FashionMNIST(MakesTensors, tt_data.FashionMNIST):
    """`tt_data.FashionMNIST`."""


class CIFAR10(MakesTensors, tt_data.CIFAR10):
    """`tt_data.CIFAR10`."""


class CIFAR100(MakesTensors, tt_data.CIFAR100):
    """`tt_data.CIFAR100`."""


class ImageFolder(MakesTensors, tt_data.ImageFolder):
    """`tt_data.ImageFolder`."""


class CSVDataset(MakesTensors, tt_data.CSVDataset):
    """`tt_data.CSVDataset`."""


class Augmented(MakesTensors, tt_data.Augmented):
    """`tt_data.Augmented`."""


class ToTensor(MakesTensors, tt_data.transforms.ToTensor):
    """`tt_data.transforms.ToTensor`."""


class PILToTensor(MakesTensors, tt_data.transforms.PILToTensor):
    """`tt_data.transforms.PILToTensor`."""


def to_tensor(pic: Any) -> Any:
    """`tt_data.transforms.functional.to_tensor`."""
    return ToTensor()(pic)


def pil_to_tensor(pic: Any) -> Any:
    """`tt_data.transforms.functional.pil_to_tensor`."""
    return PILToTensor()(pic)
