"""Data sets and loaders."""

from .__about__ import __version__ as __version__
from .collate import collate as collate
from .collate import default_collate as default_collate
from .collate import default_convert as default_convert
from .combining import ChainDataset as ChainDataset
from .combining import ConcatDataset as ConcatDataset
from .combining import StackDataset as StackDataset
from .combining import Subset as Subset
from .combining import random_split as random_split
from .dataset import Dataset as Dataset
from .dataset import IterableDataset as IterableDataset
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
from .sampler import BatchSampler as BatchSampler
from .sampler import DistributedSampler as DistributedSampler
from .sampler import RandomSampler as RandomSampler
from .sampler import Sampler as Sampler
from .sampler import SequentialSampler as SequentialSampler
from .sampler import SubsetRandomSampler as SubsetRandomSampler
from .sampler import WeightedRandomSampler as WeightedRandomSampler
from .seeding import random_generator as random_generator
from .worker import WorkerInfo as WorkerInfo
from .worker import get_worker_info as get_worker_info

__all__ = [
    "Dataset", "IterableDataset", "TensorDataset", "StackDataset", "ConcatDataset", "ChainDataset", "Subset", "random_split",
    "Sampler", "SequentialSampler", "RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler", "BatchSampler",
    "DistributedSampler",
    "DataLoader", "collate", "default_collate", "default_convert", "get_worker_info", "WorkerInfo",
    "MakesTensors", "random_generator",
    "Digits", "FashionMNIST", "Images", "MNIST", "read_idx",
    "DamagedFileError", "MissingFileError",
]  # fmt: skip
