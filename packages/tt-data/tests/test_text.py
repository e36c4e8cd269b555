"""The embedded novel is the one its notice describes; Tiny Shakespeare is read as it is."""

import gzip
import hashlib
from importlib import resources

import pytest
from tt_data import DamagedFileError, MissingFileError, pride_and_prejudice, tiny_shakespeare


def test_the_novel_is_the_published_one_and_has_its_notice():
    folder = resources.files("tt_data") / "embedded"
    packed = (folder / "pride_and_prejudice.txt.gz").read_bytes()
    notice = (folder / "NOTICE.txt").read_text(encoding="utf-8")
    for content in (packed, gzip.decompress(packed)):
        assert hashlib.sha256(content).hexdigest() in notice
    assert "public" in notice
    assert "Jane Austen" in notice
    assert len(packed) < 240_000


def test_the_novel():
    text = pride_and_prejudice()
    assert type(text) is str
    assert len(text) == 684_768
    assert text.isascii()
    assert "\r" not in text
    assert text.count("\nChapter ") == 61
    assert text.endswith("her into Derbyshire, had been the means of uniting them.\n")
    assert "gutenberg" not in text.lower()


def test_tiny_shakespeare(tmp_path, monkeypatch):
    monkeypatch.delenv("TT_DATA_DIR", raising=False)
    with pytest.raises(MissingFileError, match="TT_DATA_DIR to the folder that holds tinyshakespeare/input.txt"):
        tiny_shakespeare()
    with pytest.raises(MissingFileError, match="download=True.*pride_and_prejudice"):
        tiny_shakespeare(tmp_path)
    path = tmp_path / "tinyshakespeare" / "input.txt"
    path.parent.mkdir()
    path.write_bytes("First Citizen:\r\nÉ\n".encode())
    assert tiny_shakespeare(tmp_path) == "First Citizen:\r\nÉ\n"
    monkeypatch.setenv("TT_DATA_DIR", str(tmp_path))
    assert tiny_shakespeare().startswith("First")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DamagedFileError, match="not text in UTF-8"):
        tiny_shakespeare()
