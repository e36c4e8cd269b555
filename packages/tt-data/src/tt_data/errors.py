"""What is raised when a file of a data set is not what it should be, or data sets do not fit together."""

from tt_tensor.errors import ShapeError


class MissingFileError(FileNotFoundError, RuntimeError):
    """A file of a data set is not where it was looked for."""


class DamagedFileError(RuntimeError, ValueError):
    """A file of a data set is truncated, altered, or something else altogether."""


class CombinationError(AssertionError, TypeError, ValueError):
    """Data sets that cannot be put together: an AssertionError in PyTorch."""


class ChannelError(ShapeError, TypeError):
    """Images with another number of channels than a transform knows: a TypeError in torchvision."""


class RangeError(ValueError, IndexError):
    """An index that is out of range, where PyTorch raises ValueError or IndexError, depending on the side."""


class DownloadError(OSError, RuntimeError):
    """No mirror gave a file."""
