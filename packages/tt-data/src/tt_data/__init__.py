"""Data sets and loaders."""

from .__about__ import __version__ as __version__
from .collate import collate as collate
from .collate import collate as default_collate
from .dataset import Dataset as Dataset
from .dataset import TensorDataset as TensorDataset
from .errors import DamagedFileError as DamagedFileError
from .errors import MissingFileError as MissingFileError
from .idx import read_idx as read_idx
from .images import MNIST as MNIST
from .images import Digits as Digits
from .images import FashionMNIST as FashionMNIST
from .images import Images as Images
from .loader import DataLoader as DataLoader
from .making import MakesTensors as MakesTensors
from .seeding import random_generator as random_generator

__all__ = [
    "MakesTensors", "random_generator",
    "DataLoader", "Dataset", "TensorDataset", "collate", "default_collate",
    "Digits", "FashionMNIST", "Images", "MNIST", "read_idx",
    "DamagedFileError", "MissingFileError",
]  # fmt: skip
