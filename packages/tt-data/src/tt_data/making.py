"""Which class of tensors the classes of this package make."""

from typing import Any

import tt_tensor


class MakesTensors:
    """A class that makes tensors of what is not a tensor: arrays, images, files. It calls `self.make(array)` for each.

    There is no other place that decides: what is given tensors gives out tensors of the same class. So a subclass that
    redefines `make` is all that another class of tensors needs.

    Examples:
        >>> import numpy as np
        >>> MakesTensors.make(np.arange(3))
        tensor([0, 1, 2])
    """

    @staticmethod
    def make(array: Any) -> Any:
        """A tensor that shares the memory of a NumPy array. (Another class of tensors takes another one.)"""
        return tt_tensor.from_numpy(array)
