"""An archive can put nothing anywhere but in its folder, and cannot fill the disk."""

import io
import os
import pathlib
import tarfile

import pytest
from tt_data import DamagedFileError
from tt_data.archive import unpack


def member(name, content=b"x", **fields):
    """A member of a tar file, and its content."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def archive(folder, members, mode="w:gz"):
    """A tar file with these members."""
    folder.mkdir(exist_ok=True)
    path = folder / "set.tar.gz"
    with tarfile.open(path, mode, format=tarfile.PAX_FORMAT) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


GOOD = [member("set", b"", type=tarfile.DIRTYPE), member("set/a", b"aaa"), member("set/deep/b", b"bb")]
EVIL = {
    "parent": member("../evil"),
    "parent inside": member("set/../../evil"),
    "absolute": member("/tmp/evil"),
    "absolute inside": member("//set/evil"),
    "elsewhere": member("other/evil"),
    "drive": member("set/C:evil"),
    "backslash": member("set\\..\\..\\evil"),
    "nameless": member("."),
    "symlink": member("set/link", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "symlink inside": member("set/link", b"", type=tarfile.SYMTYPE, linkname="a"),
    "hard link": member("set/link", b"", type=tarfile.LNKTYPE, linkname="set/a"),
    "hard link out": member("set/link", b"", type=tarfile.LNKTYPE, linkname="../../evil"),
    "device": member("set/dev", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
    "block device": member("set/dev", b"", type=tarfile.BLKTYPE),
    "fifo": member("set/pipe", b"", type=tarfile.FIFOTYPE),
    "twice": member("set/a", b"other"),
    "file as folder": member("set/a/b", b"other"),
    "folder as file": member("set/deep", b"other"),
    "large": member("set/large", b"0" * 200_000),
    "unknown type": member("set/odd", b"", type=b"Z"),
    "long name": member("set/" + "a" * 300),
    "longer name": member("set/" + "a" * 150_000, b""),
}


@pytest.mark.parametrize("kind", EVIL)
@pytest.mark.parametrize("first", [True, False])
def test_evil_members(tmp_path, kind, first):
    members = [EVIL[kind], *GOOD] if first else [*GOOD, EVIL[kind]]
    if first and kind in ("file as folder", "folder as file", "twice"):
        members = [GOOD[0], *members]
    path = archive(tmp_path / "data", members)
    with pytest.raises(DamagedFileError, match="Delete it and fetch it again") as caught:
        unpack(path, "set", most=100_000)
    assert str(path) in str(caught.value)
    assert os.listdir(tmp_path) == ["data"]
    assert os.listdir(tmp_path / "data") == ["set.tar.gz"], "nothing is left behind"


def test_a_link_does_not_lead_out_of_the_folder(tmp_path):
    """The classical attack: a link to a folder elsewhere, and then a file in it."""
    out = tmp_path / "out"
    out.mkdir()
    members = [GOOD[0], member("set/link", b"", type=tarfile.SYMTYPE, linkname=str(out)), member("set/link/evil")]
    with pytest.raises(DamagedFileError, match="neither a folder nor a plain file"):
        unpack(archive(tmp_path / "data", members), "set", most=100_000)
    assert os.listdir(out) == []


def test_damaged_archives(tmp_path):
    path = archive(tmp_path / "data", GOOD)
    whole = path.read_bytes()
    for raw in (b"", b"<html>", whole[: len(whole) // 2], whole[:-8] + b"\0" * 8, b"\x1f\x8b" + b"a" * 60):
        path.write_bytes(raw)
        with pytest.raises(DamagedFileError):
            unpack(path, "set", most=100_000)
        assert os.listdir(tmp_path / "data") == ["set.tar.gz"]
    with pytest.raises(FileNotFoundError):
        unpack(tmp_path / "data" / "none.tar.gz", "set", most=1)
    with pytest.raises(DamagedFileError, match="no folder"):
        unpack(archive(tmp_path / "data", []), "set", most=100_000)


def test_a_folder_may_come_after_its_files(tmp_path):
    folder = unpack(archive(tmp_path / "data", GOOD[::-1]), "set", most=100_000)
    assert (folder / "a").read_bytes() == b"aaa"
    assert (folder / "deep" / "b").read_bytes() == b"bb"


def test_another_process_may_be_quicker(tmp_path, monkeypatch):
    path = archive(tmp_path / "data", GOOD)
    rename = pathlib.Path.rename

    def slow(folder, target):
        monkeypatch.undo()
        unpack(path, "set", most=100_000)
        rename(folder, target)

    monkeypatch.setattr(pathlib.Path, "rename", slow)
    folder = unpack(path, "set", most=100_000)
    assert (folder / "a").read_bytes() == b"aaa"
    assert sorted(os.listdir(tmp_path / "data")) == ["set", "set.tar.gz"]


def test_a_good_archive(tmp_path):
    path = archive(tmp_path / "data", GOOD)
    folder = unpack(path, "set", most=100_000)
    assert folder == tmp_path / "data" / "set"
    assert (folder / "a").read_bytes() == b"aaa"
    assert (folder / "deep" / "b").read_bytes() == b"bb"
    (folder / "a").write_bytes(b"mine")
    assert unpack(path, "set", most=100_000) == folder
    assert (folder / "a").read_bytes() == b"mine", "what is there stays"
    assert sorted(os.listdir(tmp_path / "data")) == ["set", "set.tar.gz"]
