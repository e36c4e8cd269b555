"""Loading batches, against PyTorch's DataLoader: the same data, batches and order, in one process, taking turns.

    python benchmarks/loading.py

Prints, for each workload, the median time of a pass through the data with both libraries, their ratio (above 1 TinyTorch is
faster), and how many bytes of batches a second that makes, beside what copying memory reaches on this machine. Without workers
it is the time of the processor that counts, with workers that of the clock. Exits with 1 if a ratio that is asked for is missed.
"""

import argparse
import os
import statistics
import sys
import time

import numpy as np
import tinytorch
import torch
from tinytorch import data as ours
from torch.utils import data as theirs

RNG = np.random.default_rng(0)


def tensors(n: int, *shape: int):
    """Both libraries' data sets of n samples of this shape with a label."""
    x, y = RNG.random((n, *shape), np.float32), RNG.integers(0, 10, n)
    return (
        ours.TensorDataset(tinytorch.from_numpy(x), tinytorch.from_numpy(y)),
        theirs.TensorDataset(torch.from_numpy(x), torch.from_numpy(y)),
    )


class Samples:
    """A data set that makes one sample at a time, of NumPy arrays: what both libraries can only collate."""

    def __init__(self, n: int, *shape: int) -> None:
        self.data, self.labels = RNG.integers(0, 255, (n, *shape), np.uint8), RNG.integers(0, 10, n)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int):
        return self.data[index].astype(np.float32) / 255, int(self.labels[index])


def both(dataset) -> tuple:
    """The same data set for both libraries."""
    return dataset, dataset


# What is loaded, how, and the ratio that is asked for.
WORKLOADS = {
    "tensors, 20,000 x 64, batch 64": (tensors(20_000, 64), {"batch_size": 64}, 10.0),
    "tensors, 5,000 x 3x32x32, batch 128": (tensors(5_000, 3, 32, 32), {"batch_size": 128}, None),
    "samples, 5,000 x 3x32x32, batch 128": (both(Samples(5_000, 3, 32, 32)), {"batch_size": 128}, None),
    "samples, 2,000 x 3x128x128, batch 32, 2 workers": (
        both(Samples(2_000, 3, 128, 128)),
        {"batch_size": 32, "num_workers": 2, "persistent_workers": True, "multiprocessing_context": "fork"},
        None,
    ),
}


def seconds(loader) -> float:
    """How long a pass takes."""
    clock = time.perf_counter if loader.num_workers else time.process_time
    start = clock()
    for _ in loader:
        pass
    return clock() - start


def bytes_per_second_of_memcpy() -> float:
    """The best of several copies of 64 MB, by NumPy."""
    source = np.ones(16_000_000, np.float32)
    target = np.empty_like(source)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        np.copyto(target, source)
        times.append(time.perf_counter() - start)
    return source.nbytes / min(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=int, default=9, help="passes through the data with each library (default 9)")
    passes = parser.parse_args().passes
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    memcpy = bytes_per_second_of_memcpy()
    print("| what is loaded | PyTorch, ms | TinyTorch, ms | ratio (10-90 %) | asked | TinyTorch, GB/s | memcpy, GB/s |")
    print("|---|---|---|---|---|---|---|")
    missed = False
    for name, ((mine, reference), settings, asked) in WORKLOADS.items():
        a = ours.DataLoader(mine, shuffle=True, **settings)
        b = theirs.DataLoader(reference, shuffle=True, **settings)
        size = sum(part.nbytes for batch in a for part in batch)
        seconds(b)
        times = [(seconds(a), seconds(b)) for _ in range(passes)]
        ratios = sorted(theirs_ / ours_ for ours_, theirs_ in times)
        ratio = statistics.median(ratios)
        low, high = ratios[len(ratios) // 10], ratios[-1 - len(ratios) // 10]
        median = [statistics.median(column) * 1e3 for column in zip(*times)]
        missed = missed or (asked is not None and ratio < asked)
        print(
            f"| {name} | {median[1]:.1f} | {median[0]:.1f} | {ratio:.1f} ({low:.1f}-{high:.1f}) | {asked or ''} | "
            f"{size / median[0] / 1e6:.1f} | {memcpy / 1e9:.1f} |",
            flush=True,
        )
        del a, b
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
