"""To be written by its owner: indexing."""


class IndexMethods:
    """What `Tensor` gets from this file."""

    __slots__ = ()
