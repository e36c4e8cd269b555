"""How BLAS is held to one thread once the pool of `tt_tensor.threads` multiplies matrices."""

from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController
from tt_tensor.threads import hold_blas_with, spread_products

__all__ = ["one_blas_thread", "spread_products"]


@cache
def _libraries() -> list[Any]:
    """The BLAS libraries that are loaded. (Looking for them takes milliseconds.)"""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def one_blas_thread() -> None:
    """Have BLAS work on one thread from now on.

    It stays so: what BLAS does with threads of its own between two layers, be it the sum of a vector, leaves them waiting in a
    loop for a tenth of a second, on the cores that the pool needs.
    """
    for library in _libraries():
        if library.get_num_threads() != 1:
            library.set_num_threads(1)


hold_blas_with(one_blas_thread)
