"""The milestone of LeNet-5 passes, repeats itself, can fail, and reads MNIST where it is there."""

import os

import pytest


@pytest.mark.slow
def test_it_passes(run):
    done = run("--budget", "600")  # seconds: what runs beside it must not decide
    assert done.status == 0, done.printed
    assert "Passed" in done.printed
    assert (done.output / "lenet_digits.png").stat().st_size > 50_000
    found = {r["name"]: r for r in done.results["results"]}
    assert found["LeNet-5"]["accuracy"] >= 0.98
    for loser in ("MLP", "frozen convolutions", "pixels shuffled"):
        assert found[f"{loser}, moved"]["accuracy"] <= found["LeNet-5, moved"]["accuracy"] - 0.03
    assert abs(found["MLP"]["parameters"] / found["LeNet-5"]["parameters"] - 1) < 0.01
    assert found["batches of 64, not 1"]["accuracy"] >= 3.0


def test_it_repeats_itself_bit_for_bit(run):
    first, again, other = run("--epochs", "1"), run("--epochs", "1"), run("--epochs", "1", "--seed", "1")
    assert first.status == 1  # one epoch is not enough
    assert "FAILED: LeNet-5: accuracy" in first.printed
    weights = [[r.get("weights") for r in done.results["results"]] for done in (first, again, other)]
    assert weights[0] == weights[1] != weights[2]


def test_it_fails_over_budget(run):
    late = run("--epochs", "1", "--budget", "0.001", FORCE_COLOR="1")
    assert late.status == 1
    assert "the budget is 0.001 s" in late.printed


def test_it_fails_if_nothing_is_learned(lesson, monkeypatch, capsys):
    monkeypatch.setattr(lesson, "train", lambda *_args, **_settings: [2.3, 2.3])
    assert lesson.main() == 1
    printed = capsys.readouterr().out
    assert "FAILED: LeNet-5: accuracy" in printed
    assert "FAILED: LeNet-5, moved: accuracy" in printed


def test_it_fails_if_the_controls_win_and_if_batches_do_not(lesson, monkeypatch, capsys):
    monkeypatch.setattr(lesson, "train", lambda *_args, **_settings: [0.1])
    monkeypatch.setattr(lesson, "share", lambda _read, _written: 0.99)
    monkeypatch.setattr(lesson, "images_per_second", lambda *_args: 100.0)
    assert lesson.main() == 1
    printed = capsys.readouterr().out
    for name in ("MLP, moved", "frozen convolutions, moved", "pixels shuffled, moved"):
        assert f"FAILED: {name}: accuracy" in printed
    assert "FAILED: batches of 64, not 1: 1.0x must be >= 3x" in printed
    assert "FAILED: LeNet-5" not in printed
    assert "FAILED: MLP, shuffled" not in printed


def test_it_fails_if_the_mlp_minds_the_order_of_pixels(lesson, monkeypatch, capsys):
    monkeypatch.setattr(lesson, "train", lambda *_args, **_settings: [0.1])
    monkeypatch.setattr(
        lesson, "accuracy_moved", lambda model, _test: 0.5 if type(model).__name__ == "Shuffled" else 0.9
    )
    assert lesson.main() == 1
    assert "FAILED: MLP, shuffled, moved: accuracy 50.0%" in capsys.readouterr().out


def test_missing_mnist_is_an_error_and_not_replaced(run, tmp_path):
    missing = run(data=tmp_path / "nowhere")
    assert missing.status == 1
    assert "put the four original files into" in missing.printed.replace("\n", " ")
    assert "Traceback" not in missing.printed


def test_files_in_the_format_of_mnist_are_used(run, like_mnist):
    done = run("--epochs", "1", data=like_mnist)
    assert "test images of MNIST" in done.printed
    assert (done.output / "lenet_mnist.png").exists()


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("TT_DATA_DIR"), reason="TT_DATA_DIR names no folder with MNIST")
def test_real_mnist(run):
    done = run(data=os.environ["TT_DATA_DIR"], OMP_NUM_THREADS="2")
    assert done.status == 0, done.printed
    assert done.results["results"][0]["accuracy"] >= 0.99
