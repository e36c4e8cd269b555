"""The exponential function that kernels take, the faster one of NumPy's two, and the exponentials of rows of scores.

On CPUs with AVX-512, `np.exp2` takes half the time of `np.exp` and is more exact; elsewhere it is not vectorised, and several
times as slow. Where a kernel multiplies what it takes the exponential of anyway, the base costs nothing: exp(c · x) is
`raised(c * LOG * x)`.
"""

from collections.abc import Callable
from math import e, log
from typing import Any

import numpy as np

from ..cpu import AVX512
from .rows import row_max, row_sum

BASE: float = 2.0 if AVX512 else e
LOG: float = 1 / log(BASE)  # what an exponent to base e is multiplied with
raised: Callable[..., Any] = np.exp2 if BASE == 2.0 else np.exp
TINY, LARGE = 1e-7, 1e7  # sums of exponentials beyond these are taken again, because they have lost digits


def exponentials(rows: Any, out: Any) -> tuple[Any, Any]:
    """What was subtracted from the rows, 0 or a column, and the sums of the exponentials, which are written into `out` if given.

    Nothing is subtracted as long as that keeps all sums in range; else the largest score of all rows, which is found in a
    fraction of the time of the largest of each; only if that makes the exponentials of a row too small, each row's own.
    """
    out = np.multiply(rows, LOG, out)
    sums = row_sum(raised(out, out))
    if np.minimum.reduce(sums, None) > TINY and np.maximum.reduce(sums, None) < LARGE:  # not of NaN
        return 0, sums
    top = np.maximum.reduce(rows, None, keepdims=True)
    np.subtract(rows, top, out)  # exact, unlike a difference of products
    out *= LOG
    sums = row_sum(raised(out, out))
    if np.minimum.reduce(sums, None) > TINY:
        return top, sums
    top = row_max(rows)
    np.subtract(rows, top, out)
    np.exp(out, out)
    return top, row_sum(out)


def soft_part(x: Any, out: Any) -> None:
    """log(1 + exp(-|x|)) into `out`: by how much a smooth maximum of x and 0 is above the sharp one."""
    np.abs(x, out)
    np.negative(out, out)
    np.exp(out, out)
    np.log1p(out, out)
