"""Data sets and loaders: `tt_data`. The tensors they make are of the class that can require a gradient."""

import tt_autograd
import tt_data
from tt_data import *  # noqa: F403


class DataLoader(tt_data.DataLoader):
    """`tt_data.DataLoader`."""

    make = staticmethod(tt_autograd.from_numpy)


class Digits(tt_data.Digits):
    """`tt_data.Digits`."""

    make = staticmethod(tt_autograd.from_numpy)


class MNIST(tt_data.MNIST):
    """`tt_data.MNIST`."""

    make = staticmethod(tt_autograd.from_numpy)


class FashionMNIST(tt_data.FashionMNIST, MNIST):
    """`tt_data.FashionMNIST`."""
