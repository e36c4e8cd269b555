"""Data sets, samplers, loaders, and transforms of images."""

from . import transforms as transforms
from .__about__ import __version__ as __version__
from .augmented import Augmented as Augmented
from .cifar import CIFAR10 as CIFAR10
from .cifar import CIFAR100 as CIFAR100
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
from .errors import DownloadError as DownloadError
from .errors import MissingFileError as MissingFileError
from .folder import ImageFolder as ImageFolder
from .folder import read_image as read_image
from .idx import read_idx as read_idx
from .images import Digits as Digits
from .images import Images as Images
from .info import WorkerInfo as WorkerInfo
from .info import get_worker_info as get_worker_info
from .loader import DataLoader as DataLoader
from .making import MakesTensors as MakesTensors
from .mnist import MNIST as MNIST
from .mnist import FashionMNIST as FashionMNIST
from .sampler import BatchSampler as BatchSampler
from .sampler import DistributedSampler as DistributedSampler
from .sampler import RandomSampler as RandomSampler
from .sampler import Sampler as Sampler
from .sampler import SequentialSampler as SequentialSampler
from .sampler import SubsetRandomSampler as SubsetRandomSampler
from .sampler import WeightedRandomSampler as WeightedRandomSampler
from .seeding import random_generator as random_generator
from .tabular import CSVDataset as CSVDataset
from .text import pride_and_prejudice as pride_and_prejudice
from .text import tiny_shakespeare as tiny_shakespeare

__all__ = [
    "Dataset", "IterableDataset", "TensorDataset", "StackDataset", "ConcatDataset", "ChainDataset", "Subset", "random_split",
    "Sampler", "SequentialSampler", "RandomSampler", "SubsetRandomSampler", "WeightedRandomSampler", "BatchSampler",
    "DistributedSampler",
    "DataLoader", "collate", "default_collate", "default_convert", "get_worker_info", "WorkerInfo",
    "MakesTensors", "random_generator",
    "CIFAR10", "CIFAR100", "Digits", "FashionMNIST", "Images", "MNIST", "read_idx",
    "ImageFolder", "read_image", "CSVDataset", "pride_and_prejudice", "tiny_shakespeare",
    "Augmented",
    "DamagedFileError", "DownloadError", "MissingFileError",
]  # fmt: skip
