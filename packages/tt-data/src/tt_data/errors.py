"""What is raised when a file of a data set is not what it should be."""


class MissingFileError(FileNotFoundError, RuntimeError):
    """A file of a data set is not where it was looked for."""


class DamagedFileError(RuntimeError, ValueError):
    """A file of a data set is truncated, altered, or something else altogether."""
