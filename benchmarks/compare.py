"""TinyTorch against eager PyTorch: the same code, in one process, taking turns.

    pip install torch==2.13.0 tinytorch threadpoolctl
    python benchmarks/compare.py                    every workload, 1 and 2 threads, and peak memory; a Markdown table
    python benchmarks/compare.py --threads 1 XOR    only the workloads whose name contains XOR

Absolute times mean nothing on a shared machine. A ratio is the median of PyTorch's times over the median of ours, taken in turns;
above 1 we are faster. Both sides have the same number of threads. Peak memory is the growth of the process's peak while it
trains, each side in a process of its own.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from workloads import WORKLOADS

ROUNDS, BLOCK = 25, 0.02  # how often each side has its turn, and about how many seconds a turn takes


def load(name: str):
    """PyTorch or TinyTorch."""
    if name == "torch":
        import torch

        torch.manual_seed(0)
        return torch
    import tinytorch

    return tinytorch


def timed(step, count: int) -> float:
    """Seconds per call over `count` calls."""
    begin = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - begin) / count


def compare(name: str, threads: int) -> dict:
    """Time one workload on both sides, in turns, in this process."""
    from threadpoolctl import threadpool_limits

    torch = load("torch")
    torch.set_num_threads(threads)
    make, asked = WORKLOADS[name]
    steps = {"torch": make(torch), "tinytorch": make(load("tinytorch"))}
    with threadpool_limits(threads):
        losses = {side: [step() for _ in range(3)] for side, step in steps.items()}
        for ours, theirs in zip(losses["tinytorch"], losses["torch"]):
            if abs(ours - theirs) > 1e-4 * max(1.0, abs(theirs)):
                raise SystemExit(f"{name}: the losses differ, {losses}: this is not the same work")
        counts = {side: max(1, round(BLOCK / timed(step, 3))) for side, step in steps.items()}
        times: dict[str, list[float]] = {side: [] for side in steps}
        for _ in range(ROUNDS):
            for side, step in steps.items():
                times[side].append(timed(step, counts[side]))
    middle = {side: statistics.median(ts) for side, ts in times.items()}
    pairs = sorted(a / b for a, b in zip(times["torch"], times["tinytorch"]))
    return {
        "name": name,
        "threads": threads,
        "torch_us": middle["torch"] * 1e6,
        "tinytorch_us": middle["tinytorch"] * 1e6,
        "ratio": middle["torch"] / middle["tinytorch"],
        "spread": [pairs[len(pairs) // 10], pairs[-1 - len(pairs) // 10]],
        "asked": asked,
    }


def memory(name: str, side: str) -> dict:
    """By how many kB the process's peak memory grows while one side runs a workload."""
    import resource

    step = WORKLOADS[name][0](load(side))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(20):
        step()
    return {"kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before}


def child(arguments: list[str], threads: int) -> dict:
    """Run one measurement in a process of its own, with every library held to `threads`."""
    pinned = {f"{k}_NUM_THREADS": str(threads) for k in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, str(Path(__file__).resolve()), *arguments]
    done = subprocess.run(command, env=os.environ | pinned, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="parts of the names of workloads")
    parser.add_argument("--threads", type=int, action="append", help="1 and 2 unless given")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory:
        print(json.dumps(memory(options.one, options.memory)))
        return 0
    if options.one:
        print(json.dumps(compare(options.one, options.threads[0])))
        return 0
    missed = 0
    print(
        "| workload | threads | PyTorch, µs | TinyTorch, µs | ratio (10-90 %) | asked | peak memory, kB: PyTorch, TinyTorch |"
    )
    print("|---|---|---|---|---|---|---|")
    for name in WORKLOADS:
        if options.names and not any(part in name for part in options.names):
            continue
        grown = [child(["--one", name, "--memory", side], 1)["kb"] for side in ("torch", "tinytorch")]
        for threads in options.threads or [1, 2]:
            row = child(["--one", name, "--threads", str(threads)], threads)
            low, high = row["spread"]
            asked = "" if row["asked"] is None else f"{row['asked']:.1f}"
            missed += row["asked"] is not None and row["ratio"] < row["asked"]
            print(
                f"| {name} | {threads} | {row['torch_us']:.0f} | {row['tinytorch_us']:.0f} | {row['ratio']:.2f} "
                f"({low:.2f}-{high:.2f}) | {asked} | {grown[0]}, {grown[1]} |",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
