"""What this machine's CPU and BLAS can do, where a kernel has a faster way on some of them."""

from typing import Any

import numpy as np
from numpy.lib.introspect import opt_func_info


def _loop_of_its_own(name: str) -> bool:
    """Whether NumPy has a loop of float32 for this function that is made for this CPU."""
    found: Any = opt_func_info(func_name=f"^{name}$", signature="float32")
    return any(
        not target["current"].startswith("baseline") for targets in found.values() for target in targets.values()
    )


AVX512 = _loop_of_its_own("exp2")  # NumPy has such a loop for AVX-512 only
OPENBLAS = "openblas" in np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
