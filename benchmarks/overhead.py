"""What the seam and the tape cost: one operation on 8 floats, beside NumPy's own call.

    python benchmarks/overhead.py

Prints microseconds more than NumPy: at most 1.0 is allowed for a plain tensor and 1.6 for a tracked one. Then the time that
importing costs beyond `import numpy`: at most 30 ms for tt_tensor and 150 ms for tinytorch.
"""

import statistics
import subprocess
import sys
import timeit

import numpy as np
import tinytorch
import tt_tensor


def microseconds(function, count: int = 20_000) -> float:
    """The least of several timings: what is left of a small operation when nothing else runs."""
    return min(timeit.repeat(function, number=count, repeat=15)) / count * 1e6


def seconds_to_import(module: str) -> float:
    """How long a fresh interpreter takes to import a module, beyond numpy; the median of several."""
    code = f"import numpy, time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    runs = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(9)]
    return statistics.median(runs)


def main() -> None:
    a, b = np.linspace(1, 2, 8, dtype=np.float32), np.linspace(2, 3, 8, dtype=np.float32)
    values = {
        "plain": (tt_tensor.from_numpy(a), tt_tensor.from_numpy(b)),
        "subclass": (tinytorch.from_numpy(a), tinytorch.from_numpy(b)),
        "tracked": (tinytorch.from_numpy(a).requires_grad_(), tinytorch.from_numpy(b)),
    }
    operations = {
        "x + y": lambda x, y: x + y,
        "x * y": lambda x, y: x * y,
        "x * 2.0": lambda x, _: x * 2.0,
        "-x": lambda x, _: -x,
    }
    numpy_only = {name: microseconds(lambda f=f: f(a, b)) for name, f in operations.items()}
    print("operation   NumPy, us " + "".join(f"{kind + ', more':>16}" for kind in values))
    for name, f in operations.items():
        more = [microseconds(lambda f=f, x=x, y=y: f(x, y)) - numpy_only[name] for x, y in values.values()]
        print(f"{name:10} {numpy_only[name]:10.2f} " + "".join(f"{m:16.2f}" for m in more))
    for module in ("tt_tensor", "tinytorch"):
        print(f"import {module}: {seconds_to_import(module) * 1e3:.0f} ms more than numpy")


if __name__ == "__main__":
    main()
