"""Data sets and loaders: `tt_data`. The tensors they make are of the class that can require a gradient."""

from typing import Any

import tt_autograd
import tt_data
from tt_data import DamagedFileError as DamagedFileError
from tt_data import Dataset as Dataset
from tt_data import Images as Images
from tt_data import MissingFileError as MissingFileError
from tt_data import TensorDataset as TensorDataset
from tt_data import read_idx as read_idx


def collate(samples: Any) -> Any:
    """`tt_data.collate`."""
    return tt_data.collate(samples, tt_autograd.from_numpy)


default_collate = collate


class DataLoader(tt_data.DataLoader):
    """`tt_data.DataLoader`."""

    @staticmethod
    def make(array: Any) -> Any:
        """A tensor of an array."""
        return tt_autograd.from_numpy(array)


class Digits(tt_data.Digits):
    """`tt_data.Digits`."""

    make = staticmethod(DataLoader.make)


class MNIST(tt_data.MNIST):
    """`tt_data.MNIST`."""

    make = staticmethod(DataLoader.make)


class FashionMNIST(tt_data.FashionMNIST, MNIST):
    """`tt_data.FashionMNIST`."""
