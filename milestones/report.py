"""What every milestone needs besides its lesson: options, a progress bar, the table of results, the verdict.

A milestone adds this folder to `sys.path` to find it, so that `run.py` works from any directory.
"""

import argparse
import hashlib
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from machine import claim, peak_memory, say_briefly
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

sys.excepthook = say_briefly

# Set before NumPy is imported: one thread for BLAS, because TinyTorch shares out batches among threads of its own, as many as
# there are cores (or as OMP_NUM_THREADS says).
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(variable, "1")

console = Console(highlight=False)  # draws its boxes and bars in ASCII where the console cannot do better


def options(
    script: str, description: str, budget: float, unit: str = "seconds", reads: str = "", **more: dict
) -> argparse.Namespace:
    """The command line: `--seed`, `--budget`, `--output`, the folder for what is written, and what a milestone adds.

    Args:
        script: the path of `run.py`.
        description: what `--help` says.
        budget: how long it may take if `--budget` is not given.
        unit: "seconds" or "minutes", for `--budget`; the result has seconds.
        reads: the name of an option with which nothing is written, so that another run may be at work in the folder.
        more: further options, and for each the arguments of `add_argument`.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same result (default: 0)")
    parser.add_argument("--budget", type=float, default=budget, help=f"{unit} it may take (default: %(default)g)")
    parser.add_argument("--output", type=Path, default=Path(script).resolve().parent / "output",
                        help="the folder for the picture and results.json (default: output/ beside run.py)")  # fmt: skip
    for name, arguments in more.items():
        parser.add_argument(f"--{name}", **arguments)
    chosen = parser.parse_args()
    for name, number in vars(chosen).items():
        if name == "seed" and not -(2**63) <= number < 2**64:
            parser.error(f"argument --seed: {number} does not fit into 64 bits")
        elif name != "seed" and type(number) in (int, float) and not 0 < number < math.inf:
            parser.error(f"argument --{name}: {number} is not a positive number")
    chosen.budget *= {"seconds": 1, "minutes": 60}[unit]
    if vars(chosen).get(reads) is not None:
        return chosen
    try:
        chosen.output.mkdir(parents=True, exist_ok=True)
        if not os.access(chosen.output, os.W_OK):
            parser.error(f"argument --output: {chosen.output} cannot be written to")
        if not claim(chosen.output.resolve()):
            parser.error(f"argument --output: another run is at work in {chosen.output}; wait for it, or take another")
    except OSError as error:
        parser.error(f"argument --output: {error}")
    return chosen


class steps:  # in lower case because it is used like range
    """`range(first, count)` behind a progress bar; where the output is no terminal, a line at times.

    Attributes:
        note: what is said besides, such as the latest loss.
    """

    def __init__(self, count: int, label: str, first: int = 0) -> None:
        self.count, self.label, self.first, self.note = count, label, first, ""

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        if not console.is_terminal:
            yield from self.told()
            return
        text = TextColumn("{task.description:26}", markup=False)
        with Progress(text, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console) as bar:
            task = bar.add_task(self.label, total=self.count, completed=self.first)
            for k in range(self.first, self.count):
                yield k
                bar.update(task, completed=k + 1, description=self.label + self.note)

    def told(self) -> Iterator[int]:
        """Count, and say so at the beginning and then every five seconds."""
        console.print(f"{self.label} ...", markup=False)
        spoken = time.monotonic()
        for k in range(self.first, self.count):
            if time.monotonic() - spoken > 5:
                spoken = time.monotonic()
                console.print(f"{self.label}: {k} of {self.count}{self.note}", markup=False)
            yield k


@dataclass
class Result:
    """One line of the table: what was tried, the accuracy it reached, and the range where it must lie.

    With another unit than a share, `accuracy` is a number of those, shown with so many `digits`.
    """

    name: str
    accuracy: float = float("nan")
    at_least: float = 0.0
    at_most: float = 1.0
    seconds: float = 0.0
    parameters: int = 0
    memory: float = 0.0
    values: dict[str, object] = field(default_factory=dict)
    unit: str = ""
    digits: int = 1

    def say(self, number: float) -> str:
        """A number in the unit of this line."""
        return f"{number:.{self.digits}f}{self.unit}" if self.unit else f"{number:.{self.digits}%}"

    @property
    def demand(self) -> str:
        """The range in words."""
        for sign, bound in ((">=", self.at_least), ("<=", self.at_most)):
            if bound != (0.0 if sign == ">=" else math.inf if self.unit else 1.0):
                return f"{sign} {bound:g}{self.unit}" if self.unit else f"{sign} {round(bound * 100, 6):g}%"
        return ""

    @property
    def holds(self) -> bool:
        """Whether the accuracy is in the range; one that was never set is not."""
        return self.at_least <= self.accuracy <= self.at_most


@contextmanager
def trial(
    results: list[Result],
    name: str,
    at_least: float = 0.0,
    at_most: float | None = None,
    unit: str = "",
    digits: int = 1,
) -> Iterator[Result]:
    """Time what happens in this block, and add its result to the table."""
    at_most = (math.inf if unit else 1.0) if at_most is None else at_most
    result = Result(name, at_least=at_least, at_most=at_most, unit=unit, digits=digits)
    begin = time.perf_counter()
    yield result
    result.seconds, result.memory = time.perf_counter() - begin, peak_memory()
    results.append(result)


def fingerprint(*tensors) -> str:
    """A digest of every bit of some tensors: equal runs have equal fingerprints."""
    return hashlib.sha256(b"".join(x.detach().numpy().tobytes() for x in tensors)).hexdigest()[:16]


def verdict(title: str, results: list[Result], chosen: argparse.Namespace, picture: Path) -> int:
    """Print the table, keep it as results.json, and return the exit status: 1 if something is not as it must be."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    n = 6 if console.width >= 72 else 3  # on a narrow console, what counts
    for name in ("", "result" if results[0].unit else "accuracy", "must be", "seconds", "parameters", "peak MB")[:n]:
        table.add_column(name, justify="right" if name else "left", no_wrap=bool(name))  # a number is never cut off
    for r in results:
        must_be = r.demand and r.demand + (" ok" if r.holds else " NO")
        row = r.name, r.say(r.accuracy), must_be, f"{r.seconds:.2f}", f"{r.parameters:,}", f"{r.memory:.0f}"
        table.add_row(*row[:n], style=None if r.holds else "bold red")
    console.print("", table, sep="\n")
    failed = [(r, r.say(r.accuracy)) for r in results if not r.holds]
    failures = [f"{r.name}: {'' if r.unit else 'accuracy '}{found} must be {r.demand}" for r, found in failed]
    if (seconds := sum(r.seconds for r in results)) > chosen.budget:
        failures.append(f"it took {seconds:.1f} s, and the budget is {chosen.budget:g} s")
    kept = [{"name": r.name, "accuracy": r.accuracy, "parameters": r.parameters, **r.values} for r in results]
    text = json.dumps({"title": title, "seed": chosen.seed, "failures": failures, "results": kept}, indent=1)
    (chosen.output / "results.json").write_text(text, encoding="utf-8")
    console.print(f"\nPicture: {picture}", soft_wrap=True)
    for failure in failures:
        console.print(f"FAILED: {failure}", style="bold red", soft_wrap=True, markup=False)
    if not failures:
        console.print(f"Passed in {seconds:.1f} s.", style="green")
    return 1 if failures else 0
