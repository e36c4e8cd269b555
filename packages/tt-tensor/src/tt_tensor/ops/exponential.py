"""The exponential function that kernels take: the faster one of NumPy's two.

On CPUs with AVX-512, `np.exp2` takes half the time of `np.exp` and is more exact; elsewhere it is not vectorised, and several
times as slow. Where a kernel multiplies what it takes the exponential of anyway, the base costs nothing: exp(c · x) is
`raised(c * LOG * x)`.
"""

from collections.abc import Callable
from math import e, log
from typing import Any

import numpy as np
from numpy.lib.introspect import opt_func_info


def _vectorised() -> bool:
    """Whether NumPy has a loop of its own for `exp2` on this CPU."""
    found: Any = opt_func_info(func_name="^exp2$", signature="float32")
    return any(
        not target["current"].startswith("baseline") for targets in found.values() for target in targets.values()
    )


BASE: float = 2.0 if _vectorised() else e
LOG: float = 1 / log(BASE)  # what an exponent to base e is multiplied with
raised: Callable[..., Any] = np.exp2 if BASE == 2.0 else np.exp
