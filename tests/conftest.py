"""A copy of the workspace that a test may spoil."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))


class Workspace:
    """A copy of the repository's packages, with the commands that the matrix uses."""

    def __init__(self, root: Path) -> None:
        self.root = root
        junk = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis", "tests")
        shutil.copytree(ROOT / "packages", root / "packages", ignore=junk)
        shutil.copytree(ROOT / "tools", root / "tools", ignore=junk)
        shutil.copy(ROOT / "pyproject.toml", root)

    def source(self, dist: str, name: str) -> Path:
        """A source file of a package."""
        return self.root / "packages" / dist / "src" / dist.replace("-", "_") / name

    def run(self, *command: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy; stdout and stderr come back together."""
        clean = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.root,
            env={**clean, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            check=False,
        )

    def script(self, name: str, *arguments: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Run a console script of this environment in the copy."""
        found = shutil.which(name, path=str(Path(sys.executable).parent))
        if found is None:
            pytest.skip(f"{name} is not installed here; tox -e isolation has it")
        return self.run(found, *arguments, **env)

    def layers(self) -> subprocess.CompletedProcess[str]:
        """The first net."""
        sources = [str(self.root / "packages" / dist / "src") for dist in PACKAGES]
        return self.script("lint-imports", "--no-cache", "--no-logo", PYTHONPATH=os.pathsep.join(sources))

    def deptry(self, dist: str) -> subprocess.CompletedProcess[str]:
        """The second net."""
        return self.script("deptry", f"packages/{dist}/src", "--config", f"packages/{dist}/pyproject.toml")

    def venv(self, name: str) -> Path:
        """A new virtual environment, as tox makes them; its interpreter."""
        virtualenv = pytest.importorskip("virtualenv", reason="tox -e isolation has it")
        return Path(virtualenv.cli_run([str(self.root / name)]).creator.exe)

    def install(self, python: Path, *requests: str, **env: str) -> subprocess.CompletedProcess[str]:
        """The third net's installation."""
        return self.run(python, self.root / "tools" / "wheels.py", "install", *requests, **env)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A fresh copy of the workspace."""
    return Workspace(tmp_path)
