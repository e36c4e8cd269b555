"""Texts to learn from: an embedded novel, and Tiny Shakespeare from its original file."""

import gzip
from importlib import resources

from .errors import DamagedFileError, MissingFileError
from .source import Remote, Root, data_root, fetched, first_file

TINY_SHAKESPEARE = Remote(
    "input.txt",
    1115394,
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    (
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",
        "https://raw.githubusercontent.com/karpathy/ng-video-lecture/master/",
    ),
)


def pride_and_prejudice() -> str:
    """The text of Jane Austen's novel *Pride and Prejudice* of 1813, which comes with this package: 684,768 characters of ASCII.

    It is the same in every version of this package. A blank line separates paragraphs; underscores stand around emphasised
    words.

    Returns:
        A str, of lines that end with a newline.

    Examples:
        >>> text = pride_and_prejudice()
        >>> text.splitlines()[9]
        'It is a truth universally acknowledged, that a single man in possession'
        >>> len(text), len(set(text))
        (684768, 75)
    """
    packed = resources.files("tt_data").joinpath("embedded", "pride_and_prejudice.txt.gz").read_bytes()
    return gzip.decompress(packed).decode("ascii")


def tiny_shakespeare(root: Root = None, download: bool = False) -> str:
    """Tiny Shakespeare: 40,000 lines of Shakespeare's plays, 1,115,394 characters, from the original `input.txt`.

    Args:
        root: the folder that holds `tinyshakespeare/input.txt`; by default the environment variable TT_DATA_DIR names it.
        download: whether the file is fetched if it is not there (1.1 MB).

    Returns:
        A str.

    Raises:
        MissingFileError: if the file is not there; the message says where it was looked for.
        DamagedFileError: if it is not text in UTF-8.
        DownloadError: if no mirror gave the file.

    Source: A. Karpathy, *The unreasonable effectiveness of recurrent neural networks*, 2015.
    """
    base = data_root("tiny_shakespeare", root, "tinyshakespeare/input.txt")
    folder = base / "tinyshakespeare"
    path = first_file([folder], ["input.txt"])
    if path is None:
        if not download:
            raise MissingFileError(
                f"tiny_shakespeare: {folder / 'input.txt'} is missing; pass download=True, or put there "
                f"{TINY_SHAKESPEARE.urls[0]}. pride_and_prejudice() needs no file"
            )
        path = fetched(TINY_SHAKESPEARE, folder)
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedFileError(f"{path} is not text in UTF-8: {error}. Delete it and fetch it again") from error
