"""To be written by its owner: scatter."""


class ScatterMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()
