"""The milestone of the transformer passes, repeats itself, and can fail in each way."""

import pytest


def test_it_passes(run):
    done = run("--budget", "600")
    assert done.status == 0, done.printed
    assert "Passed" in done.printed
    assert (done.output / "transformer.png").stat().st_size > 50_000
    whole, copy, reverse, sort, mlp, blind, causal = done.results["results"]
    assert min(r["accuracy"] for r in (whole, copy, reverse, sort)) >= 0.99
    assert 0.6 >= mlp["accuracy"] > blind["accuracy"]
    assert mlp["parameters"] >= whole["parameters"]
    assert causal["leaks"][0] < 1e-5


def test_it_repeats_itself_bit_for_bit_and_fails_without_training(run):
    first, again, other = run("--steps", "12"), run("--steps", "12"), run("--steps", "12", "--seed", "1")
    assert first.results == again.results
    assert first.results["results"][0]["weights"] != other.results["results"][0]["weights"]
    assert first.status == 1
    for name in ("transformer", "transformer: copy", "transformer: reverse", "transformer: sort"):
        assert f"FAILED: {name}: accuracy" in first.printed
    assert "control" not in first.printed.split("FAILED", 1)[1]


def test_it_fails_over_budget(run):
    late = run("--steps", "5", "--budget", "0.001")
    assert late.status == 1
    assert "the budget is 0.001 s" in late.printed


@pytest.fixture
def quick(lesson, monkeypatch):
    """The milestone with a training of a few steps, and without its picture."""
    train = lesson.train
    monkeypatch.setattr(lesson, "train", lambda model, _, **how: train(model, range(2), **how))
    monkeypatch.setattr(lesson, "draw", lambda *_: "no picture")
    return lesson


def test_it_fails_if_a_control_wins(quick, monkeypatch, capsys):
    monkeypatch.setattr(quick, "exact", lambda _: dict.fromkeys(quick.TASKS, 1.0))
    assert quick.main() == 1
    printed = capsys.readouterr().out
    assert "FAILED: control: an MLP" in printed
    assert "FAILED: control: attention off" in printed
    assert "FAILED: transformer" not in printed


def test_it_fails_if_the_decoder_looks_ahead(quick, monkeypatch, capsys):
    forward = quick.Translator.forward

    def peek(self, source, answer):
        return forward(self, source, answer) + answer.float().mean()

    monkeypatch.setattr(quick.Translator, "forward", peek)
    assert quick.main() == 1
    assert "FAILED: no look ahead" in capsys.readouterr().out


def test_the_test_is_unseen(lesson):
    seen, unseen = lesson.sequences(200, 6, False), lesson.sequences(200, 6, True)
    assert (unseen.sum(1) % 7 == 0).all()
    assert not (seen.sum(1) % 7 == 0).any()
    source, answer = lesson.batch(5, 6)
    copied, reversed_, ordered = answer[:5], answer[5:10], answer[10:]
    assert (copied == source[:5, 1:]).all()
    assert (reversed_.flip(1) == source[5:10, 1:]).all()
    assert ordered.tolist() == [sorted(row) for row in source[10:, 1:].tolist()]
