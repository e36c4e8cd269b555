"""The milestone of the multi-layer perceptron passes, repeats itself, can fail, and reads MNIST where it is there."""

import os

import pytest


def test_it_passes_and_repeats_itself_bit_for_bit(run):
    first, again, other = run(), run(), run("--seed", "1")
    assert first.status == 0, first.printed
    assert "Passed" in first.printed
    assert (first.output / "mlp_digits.png").stat().st_size > 50_000
    assert first.results == again.results
    assert other.status == 0, other.printed
    trained, frozen, shuffled = first.results["results"]
    assert trained["accuracy"] >= 0.97 > frozen["accuracy"] > shuffled["accuracy"]
    assert trained["weights"] != other.results["results"][0]["weights"]


def test_it_fails_over_budget(run):
    late = run("--budget", "0.001", FORCE_COLOR="1")
    assert late.status == 1
    assert "the budget is 0.001 s" in late.printed


def test_it_fails_if_nothing_is_learned(lesson, monkeypatch, capsys):
    monkeypatch.setattr(lesson, "train", lambda *_args, **_settings: [2.3, 2.3])
    assert lesson.main() == 1
    assert "FAILED: two layers, digits" in capsys.readouterr().out


def test_it_fails_if_the_control_wins(lesson, monkeypatch, capsys):
    known = {}

    def train_once(model, data, epochs, **how):
        if not known:
            known["losses"] = train(model, data, epochs, **how)
            known["state"] = model.state_dict()
        model.load_state_dict(known["state"])
        return known["losses"]

    train = lesson.train
    monkeypatch.setattr(lesson, "train", train_once)
    assert lesson.main() == 1
    printed = capsys.readouterr().out
    assert "FAILED: control: hidden is frozen" in printed
    assert "FAILED: control: shuffled labels" in printed
    assert "FAILED: two layers" not in printed


def test_missing_mnist_is_an_error_and_not_replaced(run, tmp_path):
    missing = run(data=tmp_path / "nowhere")
    assert missing.status == 1
    assert "put the four original files into" in missing.printed.replace("\n", " ")
    assert "Traceback" not in missing.printed


def test_files_in_the_format_of_mnist_are_used(run, like_mnist):
    done = run(data=like_mnist)
    assert "two layers, MNIST" in done.printed
    assert done.results["results"][0]["accuracy"] > 0.9
    assert (done.output / "mlp_mnist.png").exists()


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("TT_DATA_DIR"), reason="TT_DATA_DIR names no folder with MNIST")
def test_real_mnist(run):
    done = run(data=os.environ["TT_DATA_DIR"])
    assert done.status == 0, done.printed
    assert done.results["results"][0]["accuracy"] >= 0.98
