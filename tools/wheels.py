"""Build the wheels of this workspace, and install some of them into the running interpreter, never a stale one.

python tools/wheels.py build                     build every package into an empty dist/
python tools/wheels.py install tt-nn             install tt-nn and what it declares, siblings from dist/ only
python tools/wheels.py install tinytorch[milestones] tt-data

Why the tests cannot pass on yesterday's code, nor on somebody else's:

- dist/ carries the digest of the sources it was built from; `install` rebuilds first when the sources differ.
- `install` removes every package of ours before it installs, so "requirement already satisfied" cannot happen,
  and compares the hash that pip recorded with the wheel in dist/ afterwards.
- dist/constraints.txt pins each package of ours to the file in dist/ with its hash: a package of the same name on an
  index cannot win, whatever its version.
- What the packages declare is noted in the environment. When it has changed, the environment may hold a library which
  nobody declares any more, so `install` refuses and asks for a fresh environment.

Only the standard library is needed, on Linux, macOS and Windows.
"""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
BUILDER = ROOT / ".tox" / "builder"  # a virtual environment that holds hatchling and nothing else
HATCHLING = "hatchling==1.33.0"
STAMP = "tinytorch-declared.txt"


def packages() -> list[Path]:
    """The folders of all packages, in order of their names."""
    return sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))


def python_of(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a command; on failure print what it said and leave with a message."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        sys.exit(f"{ascii_only(done.stdout)}\nfailed: {' '.join(map(str, command))}")


def ascii_only(text: str) -> str:
    """A text that any console can print."""
    return text.encode("ascii", "replace").decode("ascii")


def source_digest() -> str:
    """The digest of everything that goes into the wheels, and of where it lies (the constraints name paths)."""
    digest = hashlib.sha256(str(ROOT).encode())
    for package in packages():
        files = [package / name for name in ("pyproject.toml", "README.md", "LICENSE")]
        files += sorted(path for path in (package / "src").rglob("*") if path.is_file())
        for path in files:
            if path.suffix != ".pyc" and path.exists():
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def declared_digest() -> str:
    """The digest of what all packages declare."""
    digest = hashlib.sha256()
    for package in packages():
        project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        declared = {key: project.get(key) for key in ("name", "dependencies", "optional-dependencies")}
        digest.update(json.dumps(declared, sort_keys=True).encode())
    return digest.hexdigest()


@contextlib.contextmanager
def locked(path: Path, seconds: float = 300) -> Iterator[None]:
    """Hold a lock file, so that environments that run in parallel build once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    end = time.monotonic() + seconds
    while True:
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL))
            break
        except (FileExistsError, PermissionError):
            if time.monotonic() > end:
                sys.exit(f"another build seems to be running; if none is, delete {path}")
            time.sleep(0.2)
    try:
        yield
    finally:
        path.unlink()


def build(force: bool = False) -> Path:
    """Build all wheels into an empty dist/, unless it holds just these sources; return dist/."""
    digest = source_digest()
    mark = DIST / "sources.sha256"
    with locked(ROOT / ".tox" / "build.lock"):
        if not force and mark.exists() and mark.read_text(encoding="utf-8") == digest:
            return DIST
        shutil.rmtree(DIST, ignore_errors=True)
        DIST.mkdir(exist_ok=True)
        leftover = sorted(path.name for path in DIST.iterdir())
        if leftover:
            sys.exit(f"cannot empty {DIST}: {', '.join(leftover)} in use?")
        builder = python_of(BUILDER)
        if not (BUILDER / HATCHLING).exists():
            shutil.rmtree(BUILDER, ignore_errors=True)
            run(sys.executable, "-m", "venv", BUILDER)
            run(builder, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", HATCHLING)
            (BUILDER / HATCHLING).touch()
        lines = []
        for package in packages():
            before = set(DIST.glob("*.whl"))
            run(builder, "-m", "hatchling", "build", "-t", "wheel", "-d", DIST, cwd=package)
            (wheel,) = set(DIST.glob("*.whl")) - before
            sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
            lines.append(f"{package.name} @ {wheel.as_uri()}#sha256={sha256}\n")
            print(f"built {wheel.name}", flush=True)
        (DIST / "constraints.txt").write_text("".join(lines), encoding="utf-8")
        mark.write_text(digest, encoding="utf-8")
    return DIST


def installed() -> dict[str, str]:
    """The packages of ours in the running interpreter's environment, each with the hash that pip recorded."""
    ours = {package.name for package in packages()}
    found = {}
    for distribution in importlib.metadata.distributions(path=[*site_packages()]):
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        if name in ours:
            origin = json.loads(distribution.read_text("direct_url.json") or "{}")
            found[name] = origin.get("archive_info", {}).get("hashes", {}).get("sha256", "unknown")
    return found


def site_packages() -> list[str]:
    """Where the running interpreter keeps installed packages."""
    return [path for path in sys.path if path.rstrip("/\\").endswith("site-packages")]


def install(requests: list[str]) -> None:
    """Install wheels from dist/, by name and extras, with what they declare, and check that they are the ones."""
    if sys.prefix == sys.base_prefix:
        sys.exit("refusing to install outside a virtual environment")
    stamp = Path(sys.prefix) / STAMP
    declared = declared_digest() + "\n" + "\n".join(requests)
    if stamp.exists() and stamp.read_text(encoding="utf-8") != declared:
        sys.exit(
            "what the packages declare has changed since this environment was made, so it may hold a library that "
            "nobody declares any more: make it afresh with `tox -r -e ENV`"
        )
    dist = build()
    wheels = dict(line.strip().split(" @ ") for line in (dist / "constraints.txt").open(encoding="utf-8"))
    requirements = []
    for request in requests:
        name, bracket, extras = request.partition("[")
        if name not in wheels:
            sys.exit(f"no package {name!r} here; there are {', '.join(wheels)}")
        requirements.append(f"{name}{bracket}{extras} @ {wheels[name]}")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    if present := sorted(installed()):
        run(*pip, "uninstall", "--quiet", "--yes", *present)
    run(*pip, "install", "--quiet", "-c", dist / "constraints.txt", *requirements)
    for name, sha256 in sorted(installed().items()):
        if not wheels[name].endswith(f"#sha256={sha256}"):
            sys.exit(f"{name} was installed from somewhere else than {wheels[name]}")
        print(f"installed {name} from dist/, sha256 {sha256[:12]}", flush=True)
    stamp.write_text(declared, encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Run one command."""
    match arguments:
        case ["build"]:
            build(force=True)
        case ["install", *requests] if requests:
            install(requests)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
