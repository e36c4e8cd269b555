"""What holds for every milestone."""

import ast
import importlib
import itertools
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for path in HERE.glob("[0-9][0-9]_*/run.py"))
SCRIPTS = [path for f in FOLDERS for path in sorted(f.glob("*.py")) if not path.name.startswith("test_")]


@pytest.mark.parametrize(
    "script", [*SCRIPTS, HERE / "report.py", HERE / "machine.py"], ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_imports_and_length(script):
    source = script.read_text(encoding="ascii")  # so that any console can print what it says
    assert len(source.splitlines()) <= 200
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module.split(".")[0])
    beside = {path.stem for path in SCRIPTS if path.parent == script.parent}
    assert names <= {"tinytorch", "rich", "matplotlib", "report", "machine"} | beside | sys.stdlib_module_names
    assert "input(" not in source


def test_no_two_files_are_imported_by_one_name():
    names = [path.stem for path in SCRIPTS if path.name != "run.py"]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_every_milestone_has_its_history_and_its_test(folder):
    text = (folder / "README.md").read_text(encoding="utf-8")
    for heading in ("## History", "## What it proves", "## Expected figures"):
        assert heading in text
    assert list(folder.glob("test_*.py"))


def test_a_run_without_a_terminal_says_how_far_it_is(monkeypatch, capsys):
    """Ten minutes without a line look like a program that hangs."""
    monkeypatch.syspath_prepend(HERE)
    report = importlib.import_module("report")
    now = itertools.count(step=2)
    monkeypatch.setattr(report, "time", SimpleNamespace(monotonic=lambda: next(now)))
    assert list(report.steps(9, "training")) == list(range(9))
    assert capsys.readouterr().out.splitlines() == [
        "training ...",
        "training: 2 of 9",
        "training: 5 of 9",
        "training: 8 of 9",
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_help_comes_at_once_and_bad_options_are_refused(folder):
    done = subprocess.run([sys.executable, folder / "run.py", "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for option in ("--seed", "--budget", "--output"):
        assert option in done.stdout
    wrong = subprocess.run([sys.executable, folder / "run.py", "--nonsense"], capture_output=True, check=False)
    assert wrong.returncode == 2


@pytest.mark.parametrize(
    "wrong",
    [
        f"--seed {2**64}",
        "--budget nan",
        "--budget 0",
        "--budget=-5",
        "--budget inf",
        "--epochs 0",
        "--epochs=-3",
        "--epochs 1.5",
        "--output file",
    ],
)
def test_wrong_arguments_are_refused_at_once(monkeypatch, capsys, tmp_path, wrong):
    monkeypatch.syspath_prepend(HERE)
    report = importlib.import_module("report")
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["run.py", "--output", "folder", *wrong.split()])
    with pytest.raises(SystemExit) as caught:
        report.options("run.py", "A test.", budget=3, epochs={"type": int})
    assert caught.value.code == 2
    assert f"argument {wrong[:6]}" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_to_is_refused_at_once(monkeypatch, capsys, tmp_path):
    """And not after the training."""
    monkeypatch.syspath_prepend(HERE)
    report = importlib.import_module("report")
    monkeypatch.setattr(report.os, "access", lambda *_: False)  # root may write anywhere
    monkeypatch.setattr(sys, "argv", ["run.py", "--output", str(tmp_path)])
    with pytest.raises(SystemExit) as caught:
        report.options("run.py", "A test.", budget=3)
    assert caught.value.code == 2
    assert "cannot be written to" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="a folder cannot be locked")
def test_two_runs_cannot_share_a_folder(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(HERE)
    report = importlib.import_module("report")
    monkeypatch.setattr(sys, "argv", ["run.py", "--output", str(tmp_path)])
    for _ in range(2):  # one process may come again
        report.options("run.py", "A test.", budget=3)
    other = [sys.executable, "-c", "import report; report.options('run.py', 'A test.', budget=3)", "--output", tmp_path]
    done = subprocess.run(other, cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "another run is at work" in done.stderr


def test_a_narrow_console_has_room_for_the_names(monkeypatch, capsys, tmp_path):
    monkeypatch.syspath_prepend(HERE)
    report = importlib.import_module("report")
    monkeypatch.setattr(report.console, "width", 40)
    results = [report.Result("frozen convolutions", 0.5, at_least=0.98, parameters=1_000_000)]
    assert (
        report.verdict("A test", results, SimpleNamespace(budget=3, seed=0, output=tmp_path), tmp_path / "a.png") == 1
    )
    lines = capsys.readouterr().out.splitlines()
    assert next(line.split() for line in lines if "%" in line) == ["frozen", "50.0%", ">=", "98%", "NO"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("OSError(28, 'No space left on device')", "FAILED: [Errno 28] No space left on device"),
        ("KeyboardInterrupt", "Interrupted."),
    ],
)
def test_what_is_no_fault_of_the_program_has_no_traceback(error, said):
    done = subprocess.run(
        [sys.executable, "-c", f"import report; raise {error}"], cwd=HERE, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stderr.strip() == said


def test_other_errors_have_their_traceback():
    done = subprocess.run([sys.executable, "-c", "import report; 1 / 0"], cwd=HERE, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"Traceback" in done.stderr
