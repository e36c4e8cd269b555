"""Run a milestone as a program, and load it as a module to spoil it."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from tinytorch.data import Digits


@dataclass
class Run:
    """What became of a run: exit status, what it printed, results.json, the folder of its pictures."""

    status: int
    printed: str
    output: Path

    @property
    def results(self):
        """The contents of results.json."""
        return json.loads((self.output / "results.json").read_text(encoding="utf-8"))


@pytest.fixture
def run(request, tmp_path):
    """Run the milestone of this test's folder from another directory, without a data folder and without a keyboard."""

    def start(*arguments, data="", output=None, **env):
        output = output or tmp_path / f"output{len(list(tmp_path.iterdir()))}"
        done = subprocess.run(
            [sys.executable, "-W", "error", str(request.path.parent / "run.py"), *arguments, "--output", str(output)],
            cwd=tmp_path,
            env={**os.environ, "TT_DATA_DIR": str(data), "PYTHONIOENCODING": "cp1252", "OMP_NUM_THREADS": "1", **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode("cp1252"), output)

    return start


@pytest.fixture
def lesson(request, tmp_path, monkeypatch):
    """The milestone as a module whose functions can be replaced; its main() then writes into a temporary folder."""
    monkeypatch.delenv("TT_DATA_DIR", raising=False)
    monkeypatch.setattr(sys, "argv", ["run.py", "--output", str(tmp_path)])
    monkeypatch.setattr(sys, "path", [str(request.path.parent), *sys.path])
    spec = importlib.util.spec_from_file_location("lesson_" + request.path.parent.name, request.path.parent / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_idx(path, array):
    """Write an array of bytes in MNIST's format."""
    sizes = b"".join(n.to_bytes(4, "big") for n in array.shape)
    path.write_bytes(bytes([0, 0, 8, array.ndim]) + sizes + array.astype("uint8").tobytes())


@pytest.fixture
def like_mnist(tmp_path):
    """A data folder whose files have MNIST's names, format and size of images, and hold the embedded digits."""
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name, train in (("train", True), ("t10k", False)):
        digits = Digits(train)
        images = (digits.data[:640] * 15).repeat(3, axis=1).repeat(3, axis=2)
        framed = images[:, [0, 0, *range(24), 0, 0]][:, :, [0, 0, *range(24), 0, 0]]
        write_idx(folder / f"{name}-images-idx3-ubyte", framed)
        write_idx(folder / f"{name}-labels-idx1-ubyte", digits.targets[:640])
    return tmp_path
