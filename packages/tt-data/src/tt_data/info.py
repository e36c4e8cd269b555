"""What a worker process knows of itself, for data sets that want to know it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker process knows of itself.

    Attributes:
        id: its number, from 0.
        num_workers: how many there are.
        seed: what its random numbers were seeded with.
        dataset: its own copy of the data set.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


current: WorkerInfo | None = None  # set in a worker, when it starts


def get_worker_info() -> WorkerInfo | None:
    """What the worker process knows of itself: its number, the number of workers, its seed, its copy of the data set.

    Returns:
        A `WorkerInfo`, or None outside of a worker.

    Examples:
        >>> get_worker_info() is None
        True
    """
    return current
