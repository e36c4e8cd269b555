"""Unpacking an archive that nobody vouches for."""

import gzip
import shutil
import tarfile
import tempfile
import zlib
from errno import ENAMETOOLONG
from pathlib import Path, PurePosixPath
from typing import IO

from .errors import DamagedFileError


class Limited:
    """A stream that ends with an error once more than `most` bytes have come out of it."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, most: int) -> None:
        self.stream, self.most, self.left = stream, most, most

    def read(self, n: int = -1) -> bytes:
        """At most `n` bytes."""
        chunk = self.stream.read(n if n >= 0 else self.left + 1)
        self.left -= len(chunk)
        if self.left < 0:
            raise DamagedFileError(f"it holds more than {self.most:,} bytes")
        return chunk


def unpack(archive: Path, top: str, *, most: int) -> Path:
    """Unpack a .tar.gz whose members all lie in one folder, beside the archive. The folder appears once it is complete; if it is
    there already, it gets the files that it lacks.

    Only folders and plain files are made, none outside the folder and none twice; an archive with anything else is refused
    (links, devices, absolute paths, "..").

    Args:
        archive: the file.
        top: the folder in which everything must lie.
        most: how many bytes may come out, headers included, whatever the archive says of itself.

    Returns:
        The folder.

    Raises:
        DamagedFileError: if the archive is damaged, or holds what it should not.
    """
    target = archive.parent / top
    work = Path(tempfile.mkdtemp(prefix=f".{top}-", dir=archive.parent))
    try:
        with gzip.open(archive) as stream:
            limited = Limited(stream, most)
            with tarfile.open(fileobj=limited, mode="r|") as tar:  # type: ignore[call-overload]
                for member in tar:
                    extract(tar, member, work.joinpath(*parts_of(member.name, top)))
            while limited.read(1 << 16):  # to the end, where the checksum is
                pass
        if not (work / top).is_dir():
            raise DamagedFileError(f"it holds no folder {top}")
        put(work / top, target)
    except (DamagedFileError, tarfile.TarError, EOFError, zlib.error, ValueError, OSError) as error:
        its_fault = gzip.BadGzipFile | FileExistsError | NotADirectoryError
        if isinstance(error, OSError) and not isinstance(error, its_fault) and error.errno != ENAMETOOLONG:
            raise  # no space, no permission
        raise DamagedFileError(f"{archive} cannot be unpacked: {error}. Delete it and fetch it again") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def put(folder: Path, target: Path) -> None:
    """Give a folder its name. If there is such a folder already, from another process or in part, it gets what it lacks."""
    if not target.is_dir():
        try:
            folder.rename(target)
        except OSError:
            if not target.is_dir():
                raise
        else:
            return
    for path in sorted(folder.rglob("*")):  # folders before what is in them
        place = target / path.relative_to(folder)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        elif not place.exists():
            path.replace(place)


def extract(tar: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> None:
    """Make the folder or the file that a member stands for."""
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    source = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if source is None:
        raise DamagedFileError(f"{member.name!r} is neither a folder nor a plain file")
    place.parent.mkdir(parents=True, exist_ok=True)
    with source, place.open("xb") as file:
        shutil.copyfileobj(source, file)


def parts_of(name: str, top: str) -> tuple[str, ...]:
    """The parts of a member's name, which must lie in the folder `top`."""
    parts = PurePosixPath(name).parts
    if not parts or parts[0] != top or ".." in parts or any(c in name for c in "\\:\0"):
        raise DamagedFileError(f"{name!r} does not lie in {top}")
    return parts
