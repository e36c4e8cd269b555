"""The milestone of the convolutional network passes, survives being killed, can fail, and reads CIFAR-10 where it is there."""

import dataclasses
import json
import os
import pickle
import subprocess
import sys

import pytest
from tinytorch import tensor
from tinytorch.data import Digits, Images
from tinytorch.data.transforms import Resize

# A task of the same kind that takes a second. The script is told after which step to kill itself, as nobody else would.
TINY = """
import dataclasses, importlib.util, os, signal, sys
from pathlib import Path
folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
spec = importlib.util.spec_from_file_location("lesson", folder / "run.py")
lesson = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lesson)

die_after, taken = int(sys.argv[2]), 0
sys.argv[1:] = sys.argv[3:]
load, counted = lesson.load, lesson.steps

def tiny(real):
    task = load(real)
    task.train.data, task.train.targets = task.train.data[:160], task.train.targets[:160]
    return dataclasses.replace(task, batch_size=32, shape=(4, (6,)), epochs=3, short=(2, 2), demand=0.01)

class Dying(counted):
    def __iter__(self):
        global taken
        for k in super().__iter__():
            yield k
            taken += self.label.startswith("epoch")
            if taken == die_after > 0:
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))

lesson.load, lesson.steps, lesson.MARGIN = tiny, Dying, -1.0
sys.exit(lesson.main())
"""


@pytest.fixture
def tiny(request, tmp_path):
    """Run the small task, which kills itself after so many steps: exit status, what was printed, results.json."""

    def start(die_after, *arguments, output="output"):
        done = subprocess.run(
            [
                sys.executable,
                "-W",
                "error",
                "-c",
                TINY,
                request.path.parent,
                str(die_after),
                "--output",
                output,
                *arguments,
            ],
            cwd=tmp_path,
            env={**os.environ, "TT_DATA_DIR": "", "OMP_NUM_THREADS": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        results = tmp_path / output / "results.json"
        return done.returncode, done.stdout, json.loads(results.read_text()) if results.exists() else None

    return start


def learned(results):
    """What a training left: the digest of the weights, and the course of the loss and the accuracy."""
    last = results["results"][-1]
    return last["weights"], last["accuracy"], [(epoch["loss"], epoch["accuracy"]) for epoch in last["epochs"]]


@pytest.mark.slow
def test_it_passes(run):
    done = run()
    assert done.status == 0, done.printed
    assert "Passed" in done.printed
    assert (done.output / "cnn_digits.png").stat().st_size > 50_000
    short, frozen, shuffled, trained = done.results["results"]
    assert trained["accuracy"] >= 0.95
    assert max(frozen["accuracy"], shuffled["accuracy"]) <= short["accuracy"] - 0.05
    assert not list(done.output.glob("checkpoint*"))


def test_killed_at_any_moment_it_goes_on_as_if_nothing_had_been(tiny, tmp_path):
    status, printed, whole = tiny(0, output="whole")
    assert status == 0, printed
    # In the first, the second and the third epoch (of 5 steps each), at the first and the last step, one after the other.
    for moment in (1, 5, 7, 3):
        status, printed, results = tiny(moment)
        assert status != 0
        assert results is None
    assert "Going on after 1 epochs" in printed
    (checkpoint,) = (tmp_path / "output").iterdir()  # and no half of another
    checkpoint.with_name(f".{checkpoint.name}.0123abcd.tmp").touch()  # this is where there is one
    status, printed, resumed = tiny(0)
    assert status == 0, printed
    assert learned(resumed) == learned(whole)
    assert not list((tmp_path / "output").glob("*checkpoint*"))


def test_fresh_starts_again_and_another_seed_is_another_training(tiny):
    tiny(7)
    status, printed, other = tiny(0, "--seed", "1")
    assert status == 0
    assert "Going on" not in printed
    status, printed, fresh = tiny(0, "--fresh")
    assert status == 0
    assert "Going on" not in printed
    assert len(fresh["results"][-1]["epochs"]) == 3
    assert learned(fresh) != learned(other)


def test_a_damaged_checkpoint_is_an_error_that_says_what_to_do(tiny, tmp_path):
    tiny(7)
    (path,) = (tmp_path / "output").glob("checkpoint*")
    path.write_bytes(path.read_bytes()[:-100])
    status, printed, _ = tiny(0)
    assert status == 1
    assert "FAILED" in printed
    assert "--fresh" in printed
    assert "Traceback" not in printed


class Clock:
    """A clock that only work moves."""

    now = 1000.0

    def monotonic(self):
        return self.now


def paced(pace, clock, seconds, epoch=390):
    """Take the steps that `pace` asks for; each takes what `seconds` says of the share that is done. The shares."""
    shares = [0.0]
    while shares[-1] < 1.0:
        pace.rest()
        for _ in range(epoch):
            left = pace.left()
            shares.append(shares[-1] + (1.0 - shares[-1]) / left if left > 1 else 1.0)
            clock.now += seconds(shares[-1])
            if shares[-1] == 1.0:
                break
    return shares[1:]


@pytest.mark.parametrize("seconds", [0.01, 0.2, 5.0])
@pytest.mark.parametrize("course", ["steady", "slower", "faster", "busy for a while"])
def test_the_budget_is_used_and_kept_on_any_machine(lesson, monkeypatch, seconds, course):
    clock = Clock()
    monkeypatch.setattr(sys.modules["network"], "time", clock)
    factor = {
        "steady": lambda _share: 1.0,
        "slower": lambda share: 1.0 + 2.0 * share,
        "faster": lambda share: 1.0 - 0.8 * share,
        "busy for a while": lambda share: 4.0 if 0.4 < share < 0.6 else 1.0,
    }[course]
    shares = paced(lesson.Pace(900.0), clock, lambda share: seconds * factor(share))
    assert all(a <= b for a, b in zip(shares, shares[1:]))
    assert 0.95 * 900.0 <= clock.now - 1000.0 <= 900.0 + 3 * seconds


def test_a_number_of_steps_is_taken_in_equal_shares(lesson):
    shares = paced(lesson.Pace(least=700, most=700), Clock(), lambda _share: 0.0)
    assert shares == pytest.approx([(k + 1) / 700 for k in range(700)])
    assert shares[-1] == 1.0


def test_steps_have_a_least_and_a_largest_number(lesson):
    assert len(paced(lesson.Pace(0.0, 40, 100, per_step=1.0), Clock(), lambda _share: 0.0)) == 40
    assert len(paced(lesson.Pace(1e9, 40, 100), Clock(), lambda _share: 0.0)) == 100


def test_what_a_budget_has_to_suffice_for(lesson):
    found = [lesson.demand(minutes * 60) for minutes in (0.1, 4, 15, 29, 60, 600)]
    assert found == [0.3, 0.5, 0.75, 0.75, 0.88, 0.88]


@pytest.fixture
def small(lesson, monkeypatch):
    """The milestone in this process, with a network and trainings of nearly no size."""
    load = lesson.load

    def reduced(real):
        return dataclasses.replace(load(real), shape=(4, (6,)), epochs=1, short=(1, 1))

    monkeypatch.setattr(lesson, "load", reduced)
    return lesson


def test_it_fails_if_nothing_is_learned_and_over_budget(small, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--budget", "0.0001"])
    monkeypatch.setattr(small, "train", lambda *_args, **_settings: (2.3, 1, 1.0))
    assert small.main() == 1
    printed = capsys.readouterr().out
    assert "FAILED: digits in colour" in printed
    assert "the budget is 0.006 s" in printed


def test_it_fails_if_the_controls_win(small, monkeypatch, capsys):
    monkeypatch.setattr(small, "accuracy", lambda *_args: 0.9)
    monkeypatch.setattr(small, "predict", lambda *_args: (tensor([[0.0, 1.0]] * 355), tensor([1] * 355)))
    assert small.main() == 1
    printed = capsys.readouterr().out
    assert "FAILED: frozen convolutions: accuracy 90.0% must be <= 85%" in printed
    assert "FAILED: pixels shuffled: accuracy 90.0% must be <= 85%" in printed
    assert "FAILED: digits in colour" not in printed


def test_missing_data_is_an_error_and_not_replaced(run, tmp_path):
    missing = run(data=tmp_path / "nowhere")
    assert missing.status == 1
    assert "cifar-10-batches-py" in missing.printed.replace("\n", "")
    assert "Traceback" not in missing.printed


def test_files_in_the_format_of_cifar_are_used(small, monkeypatch, capsys, tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    digits = Digits(train=False)
    large = Images(digits.data * 15, digits.targets, Resize(32)).tensors()[0].numpy().repeat(3, axis=1)
    for name in (*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"):
        batch = {"data": large.reshape(-1, 3072)[:100], "labels": digits.targets[:100].tolist()}
        (folder / name).write_bytes(pickle.dumps(batch, protocol=3))
    (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}, protocol=3))
    monkeypatch.setenv("TT_DATA_DIR", str(tmp_path))
    small.main()
    printed = capsys.readouterr().out
    assert "test images of CIFAR-10" in printed
    assert json.loads((tmp_path / "results.json").read_text())["results"][-1]["name"].startswith("CIFAR-10")
    assert (tmp_path / "cnn_cifar.png").exists()


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("TT_DATA_DIR"), reason="TT_DATA_DIR names no folder with CIFAR-10")
def test_real_cifar(run):
    done = run("--budget", "15", data=os.environ["TT_DATA_DIR"], OMP_NUM_THREADS="2")
    assert done.status == 0, done.printed
    assert done.results["results"][-1]["accuracy"] >= 0.75
