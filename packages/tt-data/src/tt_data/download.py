"""Files from the network: from several mirrors, resumed, checked, and never half there.

Nothing that a server sends is trusted: neither the name (it is ours), nor the length, nor that a request for the rest of a file
is answered with the rest, nor the content, which must have the checksum that the caller knows.
"""

import hashlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib import request
from urllib.error import HTTPError
from urllib.parse import urlsplit

from .__about__ import __version__
from .errors import DownloadError
from .locking import locked
from .wire import opener

Progress = Callable[[str, int, int | None], None]


def report(name: str, done: int, total: int | None) -> None:
    """Show on one line of the terminal how much of a file is there; silent if the error stream is no terminal."""
    if sys.stderr.isatty():
        whole = f" of {total / 1e6:.1f}" if total else ""
        sys.stderr.write(f"\r{name}: {done / 1e6:.1f}{whole} MB" + ("\n" if done == total else ""))
        sys.stderr.flush()


def digest(path: Path, kind: str) -> str:
    """The checksum of a file in hexadecimal."""
    found = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            found.update(chunk)
    return found.hexdigest()


def printable(reason: Any) -> str:
    """What a server says went wrong, on one line that a terminal can show: it may say anything."""
    text = "".join(c if c.isprintable() else " " for c in str(reason))
    return text if len(text) <= 200 else text[:200] + "..."


def fetch(
    urls: Sequence[str],
    path: Path,
    checksum: str,
    *,
    size: int | None = None,
    most: int = 1 << 32,
    progress: Progress | None = report,
    timeout: float = 30.0,
    tries: int = 3,
    pause: float = 1.0,
) -> Path:
    """Download a file, unless it is there already.

    What has arrived is kept in `path` + ".part" and continued from there, also by another call, after an interruption, or
    from another mirror. The file appears under its name once it is complete and has the checksum. Two processes that want the
    same file wait for each other.

    Args:
        urls: the mirrors, http or https, tried in this order.
        path: where the file goes; folders are made.
        checksum: its SHA-256 in 64 hexadecimal digits, or its MD5 in 32 where no other is published.
        size: its length in bytes, if known: a server that announces another one is left at once.
        most: the length in bytes at which a server that has not announced any is left.
        progress: called as progress(name, bytes there, bytes in all or None); None for silence.
        timeout: seconds in which a server must answer, and in which at least 1 kB per second must arrive.
        tries: how often each mirror is tried.
        pause: seconds between tries.

    Returns:
        `path`.

    Raises:
        DownloadError: if no mirror gave the file; the message says what was wrong with each.
        ValueError: if the checksum or an address is of another form.
    """
    checksum = checksum.lower()  # as some sites write them in capital letters
    kind = {64: "sha256", 32: "md5"}.get(len(checksum))
    if kind is None:
        raise ValueError(f"fetch: a checksum has 64 (SHA-256) or 32 (MD5) hexadecimal digits, got {checksum!r}")
    for url in urls:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError(f"fetch: expected an address of http or https, got {url!r}")
    if path.is_file() and digest(path, kind) == checksum:
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    part, lock, failures = path.with_name(path.name + ".part"), path.with_name(path.name + ".lock"), []
    with locked(lock):
        if path.is_file() and digest(path, kind) == checksum:  # another process has been quicker
            return path
        for url in urls:
            left, again = tries, True
            while left:
                left -= 1
                try:
                    resumed = receive(url, part, size, most, progress, timeout)
                except HTTPError as error:
                    failures.append(f"{url}: {error.code} {printable(error.reason)}")
                    if error.code < 500 and error.code not in (408, 416, 429):
                        break  # asking again would not help
                    if error.code == 416:  # what is there is not a beginning of what the server has
                        part.unlink(missing_ok=True)
                except (OSError, HTTPException, ValueError) as error:  # the last of an address that is none
                    reason = getattr(error, "reason", None) or str(error) or type(error).__name__
                    failures.append(f"{url}: {printable(reason)}")
                else:
                    if digest(part, kind) == checksum:
                        part.replace(path)
                        return path
                    failures.append(f"{url}: {kind} is {digest(part, kind)}, not {checksum}")
                    part.unlink()
                    if resumed and again:
                        left, again = left + 1, False  # its beginning may be of another file: once more, from nothing
                        continue
                    break  # all of it came from this mirror, and will again
                if left:
                    time.sleep(pause)
    counts = Counter(failures)
    reasons = "".join(f"\n  {failure}" + (f" ({n} times)" if n > 1 else "") for failure, n in counts.items())
    raise DownloadError(
        f"{path.name} could not be downloaded:{reasons}\nTry again later (what has arrived is kept), or fetch it by other "
        f"means and put it to {path}"
    )


def receive(url: str, part: Path, size: int | None, most: int, progress: Progress | None, timeout: float) -> bool:
    """Append what is missing to `part`. Returns whether a part was there before; raises OSError if it is not complete."""
    have = part.stat().st_size if part.exists() else 0
    if size is not None and have > size:
        part.unlink()
        have = 0
    if have and have == size:
        return True
    ask = request.Request(url, headers={"User-Agent": f"tt-data/{__version__}", "Accept-Encoding": "identity"})
    if have:
        ask.add_header("Range", f"bytes={have}-")
    with opener().open(ask, timeout=timeout) as answer:
        if answer.status == 206:
            if not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                part.unlink(missing_ok=True)
                raise OSError(f"sent {answer.headers.get('Content-Range')} where bytes from {have} on were asked for")
        else:  # the whole file, whatever was asked for
            have = 0
        length = answer.headers.get("Content-Length", "")
        total = have + int(length) if length.isdigit() else None
        if size is not None and total is not None and total != size:
            raise OSError(f"announces {total:,} bytes where the file has {size:,}")
        resumed, end = have > 0, size or total
        with part.open("ab" if have else "wb") as file:
            while chunk := answer.read1(1 << 16):
                have += len(chunk)
                if have > (end or most):
                    file.truncate(0)
                    raise OSError(f"sent more than {end or most:,} bytes")
                file.write(chunk)
                if progress is not None and (have >> 20 != (have - len(chunk)) >> 20 or have == end):
                    progress(part.name.removesuffix(".part"), have, end)
    if end is not None and have < end:
        raise OSError(f"ended after {have:,} of {end:,} bytes")
    return resumed
