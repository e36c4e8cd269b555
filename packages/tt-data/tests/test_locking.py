"""One process at a time, and none forever."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tt_data.locking import locked

COUNT = """
import pathlib, sys, time
from tt_data.locking import locked
lock, number = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
for _ in range(20):
    with locked(lock):
        n = int(number.read_text())
        time.sleep(0.001)
        number.write_text(str(n + 1))
"""
HOLD = """
import pathlib, sys, time
from tt_data.locking import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_file_that_nobody_holds_is_free(tmp_path):
    (tmp_path / "lock").write_bytes(b"")
    with locked(tmp_path / "lock"):
        assert os.listdir(tmp_path) == ["lock"]
    with pytest.raises(KeyError), locked(tmp_path / "lock"):
        raise KeyError
    with locked(tmp_path / "lock"):
        pass
    if sys.platform != "win32":
        assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("when", [1, 2])  # it may be there at the first look and not at the second
def test_a_file_that_is_removed_while_it_is_looked_at_is_made_again(tmp_path, monkeypatch, when):
    path, plain, calls = tmp_path / "lock", Path.stat, []

    def stat(self, **options):
        calls.append(self)
        if len(calls) == when:
            self.unlink()
        return plain(self, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", stat)
        with locked(path):
            patched.undo()
            assert path.exists()


def test_processes_take_turns(tmp_path):
    (tmp_path / "number").write_text("0")
    command = [sys.executable, "-c", COUNT, str(tmp_path / "lock"), str(tmp_path / "number")]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(30) for process in processes] == [0] * 3
    assert (tmp_path / "number").read_text() == "60"


def test_the_lock_of_a_killed_process_is_free(tmp_path):
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE)
    assert holder.stdout.readline().strip() == b"held"
    with holder:
        holder.kill()
    start = time.monotonic()
    with locked(tmp_path / "lock"):
        assert time.monotonic() - start < 5
