"""The perceptron's milestone passes, repeats itself, and can fail."""

import pytest


def test_it_passes_and_repeats_itself_bit_for_bit(run):
    first, again, other = run(), run(), run("--seed", "1")
    assert first.status == 0, first.printed
    assert "Passed" in first.printed
    assert (first.output / "perceptron.png").stat().st_size > 50_000
    assert first.results == again.results
    assert other.status == 0, other.printed
    assert other.results["results"][0]["weights"] != first.results["results"][0]["weights"]
    assert first.results["results"][0]["mistakes"][-1] == 0, "Rosenblatt's rule comes to rest on what a line separates"
    odd_or_even = first.results["results"][-2]
    assert min(odd_or_even["mistakes"]) > 0, "... and only there"


def test_it_fails_over_budget(run):
    late = run("--budget", "0.001", FORCE_COLOR="1")  # as on a terminal, with a progress bar
    assert late.status == 1
    assert "the budget is 0.001 s" in late.printed
    assert "Rosenblatt's rule" in late.printed


@pytest.mark.parametrize(
    ("name", "stand_in", "complaint"),
    [
        ("rosenblatt", lambda x, y, _passes: (0 * x[0], 0 * y[0], [len(x)]), "Rosenblatt's rule, 3 or 8"),
        ("gradient_descent", lambda x, y, _epochs: (0 * x[0], 0 * y[0]), "gradient descent, 3 or 8"),
        ("randperm", lambda n: __import__("tinytorch").arange(n), "control: shuffled labels"),
    ],
)
def test_it_fails_if_nothing_is_learned_or_the_control_wins(lesson, monkeypatch, capsys, name, stand_in, complaint):
    monkeypatch.setattr(lesson, name, stand_in)
    monkeypatch.setattr(lesson, "draw", lambda *args: args[-1])
    assert lesson.main() == 1
    assert f"FAILED: {complaint}" in capsys.readouterr().out
