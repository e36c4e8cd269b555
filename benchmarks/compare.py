"""TinyTorch against eager PyTorch: the same code, in one process, taking turns.

    pip install torch==2.13.0 tinytorch threadpoolctl
    python benchmarks/compare.py core                    every workload of a topic, 1 and 2 threads, and peak memory
    python benchmarks/compare.py core --threads 1 XOR    only the workloads whose name contains XOR

A topic is a file in `workloads/`. What is printed is a Markdown table.

Absolute times mean nothing on a shared machine. A ratio is the median of PyTorch's times over the median of ours, taken in turns;
above 1 we are faster. Both sides have the same number of threads, and a turn begins when those of the other side are asleep.
Peak memory is the growth of the process's peak while it trains, each side in a process of its own.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from workloads.common import Workload

TOPICS = sorted(f.stem for f in (Path(__file__).parent / "workloads").glob("[a-z]*.py") if f.stem != "common")
ROUNDS, BLOCK = 25, 0.02  # how often each side has its turn, and about how many seconds a turn takes
PAUSE = 0.02  # seconds before a turn: threads of OpenMP and BLAS go on spinning for milliseconds after their last task


def workloads(topic: str) -> dict[str, Workload]:
    """The workloads of a topic, by name."""
    return importlib.import_module(f"workloads.{topic}").WORKLOADS


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


def compare(workload: Workload, name: str, threads: int) -> dict:
    """Time one workload on both sides, in turns, in this process."""
    from threadpoolctl import threadpool_limits

    torch = load("torch")
    torch.set_num_threads(threads)
    steps = {"torch": workload.make(torch), "tinytorch": workload.make(load("tinytorch"))}
    with threadpool_limits(threads):
        losses = {side: [step() for _ in range(3)] for side, step in steps.items()}
        for ours, theirs in zip(losses["tinytorch"], losses["torch"]):
            if abs(ours - theirs) > 1e-4 * max(1.0, abs(theirs)):
                raise SystemExit(f"{name}: the losses differ, {losses}: this is not the same work")
        counts = {side: max(1, round(BLOCK / timed(step, 3))) for side, step in steps.items()}
        times: dict[str, list[float]] = {side: [] for side in steps}
        for _ in range(ROUNDS):
            for side, step in steps.items():
                time.sleep(PAUSE if threads > 1 else 0)
                step()  # and again at full speed
                times[side].append(timed(step, counts[side]))
    middle = {side: statistics.median(ts) for side, ts in times.items()}
    pairs = sorted(a / b for a, b in zip(times["torch"], times["tinytorch"]))
    return {
        "torch_us": middle["torch"] * 1e6,
        "tinytorch_us": middle["tinytorch"] * 1e6,
        "ratio": middle["torch"] / middle["tinytorch"],
        "spread": [pairs[len(pairs) // 10], pairs[-1 - len(pairs) // 10]],
    }


def memory(workload: Workload, side: str) -> dict:
    """By how many kB the process's peak memory grows while one side runs a workload."""
    import resource

    step = workload.make(load(side))
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
    parser.add_argument("topic", choices=TOPICS)
    parser.add_argument("names", nargs="*", help="parts of the names of workloads")
    parser.add_argument("--threads", type=int, action="append", help="1 and 2 unless given")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    options = parser.parse_intermixed_args()  # names may follow --threads
    every = workloads(options.topic)
    if options.memory:
        print(json.dumps(memory(every[options.one], options.memory)))
        return 0
    if options.one:
        print(json.dumps(compare(every[options.one], options.one, options.threads[0])))
        return 0
    chosen = {n: w for n, w in every.items() if not options.names or any(part in n for part in options.names)}
    if not chosen:
        parser.error(
            f"no workload of {options.topic} is named like {', '.join(options.names)}; there are:\n" + "\n".join(every)
        )
    return table(options.topic, chosen, options.threads or [1, 2])


def table(topic: str, chosen: dict[str, Workload], counts: list[int]) -> int:
    """Print a line per workload and number of threads; 1 if what is asked for is missed anywhere, else 0."""
    missed = 0
    print(
        "| workload | threads | PyTorch, µs | TinyTorch, µs | ratio (10-90 %) | asked | peak memory, kB: PyTorch, TinyTorch |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, workload in chosen.items():
        theirs, ours = (child([topic, "--one", name, "--memory", side], 1)["kb"] for side in ("torch", "tinytorch"))
        missed += workload.memory is not None and ours > workload.memory * theirs
        for threads in counts:
            row = child([topic, "--one", name, "--threads", str(threads)], threads)
            low, high = row["spread"]
            asked = "" if workload.ratio is None else f"{workload.ratio:.1f}"
            missed += workload.ratio is not None and row["ratio"] < workload.ratio
            print(
                f"| {name} | {threads} | {row['torch_us']:.0f} | {row['tinytorch_us']:.0f} | {row['ratio']:.2f} "
                f"({low:.2f}-{high:.2f}) | {asked} | {theirs}, {ours} |",
                flush=True,
            )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
