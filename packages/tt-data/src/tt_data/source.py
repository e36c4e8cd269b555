"""Where the files of a published data set are: in a folder, or on the network."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import DownloadError, MissingFileError

Root = str | os.PathLike[str] | None


@dataclass(frozen=True)
class Remote:
    """A published file.

    Attributes:
        name: its name.
        size: its length in bytes.
        checksum: its SHA-256.
        mirrors: the addresses of the folders in which it is published.
    """

    name: str
    size: int
    checksum: str
    mirrors: tuple[str, ...]

    @property
    def urls(self) -> list[str]:
        """Its addresses."""
        return [mirror + self.name for mirror in self.mirrors]


def data_root(who: str, root: Root, wanted: str) -> Path:
    """The folder of all data sets, given or named by the environment variable TT_DATA_DIR; "~" is the user's home."""
    root = root or os.environ.get("TT_DATA_DIR")
    if not root:
        raise MissingFileError(
            f"{who}: no folder is given; pass root=..., or set the environment variable TT_DATA_DIR to the "
            f"folder that holds {wanted}. With download=True the files are fetched into it"
        )
    return Path(os.path.expanduser(root))


def first_file(folders: Sequence[Path], names: Sequence[str]) -> Path | None:
    """The first of the files that is there."""
    return next((folder / name for folder in folders for name in names if (folder / name).is_file()), None)


def fetched(remote: Remote, folder: Path) -> Path:
    """The path of a published file in `folder`, into which it is downloaded unless it is there."""
    from .download import fetch  # the network's modules take longer to import than this package

    try:
        return fetch(remote.urls, folder / remote.name, remote.checksum, size=remote.size)
    except DownloadError:
        raise
    except OSError as error:  # of this machine: what goes wrong on the network is a DownloadError
        raise type(error)(
            error.errno,
            f"{remote.name} cannot be put into {folder} ({error.strerror}); pass another root=..., or set TT_DATA_DIR to a "
            "folder that can be written to",
        ) from error
