"""The two commands of this repository, on a machine that has Python 3.11 or newer, pip and a package registry.

    python dev.py milestones        set up .venv with all packages and run the milestones (add names to choose: 02 03)
    python dev.py test              set up tox and run every check on this Python interpreter
    python dev.py test --all        ... on every interpreter found, from 3.11 to 3.14
    python dev.py test -e lint,nn   ... some of the checks (-e help lists them); what follows `--` goes to pytest

Only the standard library is used, and only ASCII is printed, on Linux, macOS and Windows.
"""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
OLDEST = (3, 11)
TOX = "tox==4.67.13"
PACKAGES = [
    "tt-tensor",
    "tt-autograd",
    "tt-nn",
    "tt-optim",
    "tt-data",
    "tt-spatial",
    "tt-text",
    "tt-transformer",
    "tinytorch",
]
PER_PYTHON = ["tensor", "io", "autograd", "nn", "optim", "data", "spatial", "text", "transformer", "tinytorch"]
FIRST = ["lint", "layers", "deptry", "types", "docs"]
LAST = ["snippets", "isolation", "milestones"]
START = time.time()


def say(text):
    """Print a line of progress at once."""
    print(f"[{time.time() - START:4.0f} s] {text}", flush=True)


def stop(text):
    """Leave with an explanation."""
    sys.exit("dev.py: " + text)


def python_of(venv):
    """The interpreter of a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment():
    """The variables for whatever is started: nothing from other Python installations, a console that cannot fail."""
    env = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
    env["PYTHONIOENCODING"] = ":backslashreplace"
    env["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    env["MPLBACKEND"] = "Agg"
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # the packages have threads of their own
        env.setdefault(name, "1")
    return env


def captured(*command):
    """Run a command in the background; its exit status and what it said."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=str(ROOT),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, done.stdout.decode("utf-8", "replace").encode("ascii", "replace").decode("ascii")


def shown(*command):
    """Run a command with its output on the console; its exit status."""
    return subprocess.call([str(part) for part in command], cwd=str(ROOT), env=environment())


def make_venv(venv):
    """Make a virtual environment with pip, unless a working one of this Python version is there."""
    python = python_of(venv)
    if python.exists():
        probe = f"import sys, pip; sys.exit(sys.version_info[:2] != {sys.version_info[:2]})"
        if captured(python, "-c", probe)[0] == 0:
            return python
        say(f"replacing {venv.name}, which is broken or of another Python version")
        shutil.rmtree(str(venv), ignore_errors=True)
    say(f"making the virtual environment {venv.relative_to(ROOT)}")
    status, output = captured(sys.executable, "-m", "venv", venv)
    if status:  # some systems split ensurepip off from Python; then the pip that runs this Python has to help
        shutil.rmtree(str(venv), ignore_errors=True)
        status, more = captured(sys.executable, "-m", "venv", "--without-pip", venv)
        if status == 0:
            status, more = captured(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "pip")
        if status:
            shutil.rmtree(str(venv), ignore_errors=True)
            hint = "Python needs its venv module and pip; on Debian and Ubuntu: apt install python3-venv"
            stop(f"cannot make a virtual environment\n{output.strip()}\n{more.strip()}\n{hint}")
    return python


def pip_install(python, what, *arguments):
    """Install with pip, and explain a failure."""
    say(f"installing {what}")
    status, output = captured(python, "-m", "pip", "install", "--quiet", "--no-input", *arguments)
    if status:
        print(output.strip())
        signs = ("NewConnectionError", "Temporary failure", "getaddrinfo", "No matching distribution", "ConnectTimeout")
        if any(sign in output for sign in signs):
            stop("pip found no package registry: check the network, a proxy (HTTPS_PROXY) or PIP_INDEX_URL")
        stop(f"pip could not install {what}; its message is above")


def milestones(chosen):
    """Set up .venv and run the milestones, one after the other; the exit status."""
    every = [path.parent for path in sorted(ROOT.glob("milestones/[0-9][0-9]_*/run.py"))]
    folders = [folder for folder in every if not chosen or {folder.name[:2], folder.name} & set(chosen)]
    wrong = set(chosen).difference(*([folder.name[:2], folder.name] for folder in every))
    if wrong:
        stop(f"no milestone is called {', '.join(sorted(wrong))}; there are {', '.join(f.name for f in every)}")
    python = make_venv(ROOT / ".venv")
    pip_install(python, "the build backend", "hatchling", "editables")
    local = []
    for name in PACKAGES:
        extra = "[milestones]" if name == "tinytorch" else ""
        local += ["--editable", str(ROOT / "packages" / name) + extra]
    pip_install(python, "the packages, rich and matplotlib", "--no-build-isolation", *local)
    rows = []
    for folder in folders:
        say(f"running milestones/{folder.name}/run.py")
        begin = time.time()
        status = shown(python, folder / "run.py")
        rows.append((folder.name, status, time.time() - begin, pictures(folder, begin)))
    print(f"\n{'milestone':28} {'result':10} {'seconds':>8}  pictures")
    for name, status, seconds, made in rows:
        result = "passed" if status == 0 else f"FAILED ({status})"
        print(f"{name:28} {result:10} {seconds:8.1f}  {' '.join(made) or '-'}")
    failed = [name for name, status, _, _ in rows if status]
    say(f"{len(rows) - len(failed)} of {len(rows)} milestones passed")
    return 1 if failed else 0


def pictures(folder, since):
    """The pictures under a folder that are not older than a moment, as paths from here."""
    found = [path for path in folder.rglob("*.png") if path.stat().st_mtime >= since - 2]
    return [path.relative_to(ROOT).as_posix() for path in sorted(found)]


def test(arguments):
    """Set up tox and run the checks; the exit status."""
    arguments, after = split_at(arguments, "--")
    threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    version = f"py{sys.version_info[0]}{sys.version_info[1]}{threaded}"
    known = FIRST + PER_PYTHON + LAST + ["lowest", "oracle"]
    names = FIRST + PER_PYTHON + LAST + (["lowest"] if version == "py311" else [])
    if arguments == ["--all"]:
        names = None
    elif len(arguments) == 2 and arguments[0] == "-e":
        names = arguments[1].split(",")
        wrong = [name for name in names if name not in known]
        if wrong:
            stop(f"no check is called {', '.join(wrong)}; there are {', '.join(known)}")
    elif arguments:
        stop(f"cannot understand {' '.join(arguments)}\n{__doc__}")
    python = make_venv(ROOT / ".tox" / "runner")
    probe = f"import importlib.metadata as m; assert 'tox==' + m.version('tox') == '{TOX}'"
    if captured(python, "-c", probe)[0]:
        pip_install(python, TOX, TOX)
    say("building the wheels")
    status, output = captured(python, ROOT / "tools" / "wheels.py", "build")
    print(output.strip())
    if status:
        stop("the wheels could not be built; the message is above")
    if names is None:
        chosen = []
    else:
        chosen = ["-e", ",".join(f"{version}-{name}" if name in PER_PYTHON else name for name in names)]
    found = ["--discover", *pyenv_pythons()] if names is None and pyenv_pythons() else []
    status = shown(python, "-m", "tox", "run", *chosen, *found, *(["--", *after] if after else []))
    say("all checks passed" if status == 0 else "SOME CHECKS FAILED: the table above names them")
    return 1 if status else 0


def pyenv_pythons():
    """The interpreters that pyenv keeps, which are not on the path."""
    root = Path(os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv")))
    return sorted(root.glob("versions/3.*/bin/python"))


def split_at(items, mark):
    """What stands before a mark, and what after it."""
    where = items.index(mark) if mark in items else len(items)
    return items[:where], items[where + 1 :]


def main(arguments):
    """Run one of the commands; the exit status."""
    if sys.version_info[:2] < OLDEST:
        stop(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {platform.python_version()} at "
            f"{sys.executable}; try python3.13 dev.py, or on Windows py -3.13 dev.py"
        )
    wants_help = not arguments or bool({"-h", "--help"} & set(split_at(arguments, "--")[0]))
    if arguments[:1] == ["milestones"] and not wants_help:
        return milestones(arguments[1:])
    if arguments[:1] == ["test"] and not wants_help:
        return test(arguments[1:])
    print((__doc__ or "").strip())  # python -OO leaves no text
    return 0 if wants_help else 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        stop("interrupted")
