"""The milestone of XOR passes with many seeds, repeats itself, and can fail."""

import pytest


def test_it_passes_and_repeats_itself_bit_for_bit(run):
    first, again, other = run(), run(), run("--seed", "1")
    assert first.status == 0, first.printed
    assert "Passed" in first.printed
    assert (first.output / "xor.png").stat().st_size > 50_000
    assert first.results == again.results
    assert other.status == 0, other.printed
    lines, one, two, *_ = first.results["results"]
    assert lines["labellings"] == 14, "XOR and its opposite are the two of 16 that no line gives"
    assert (lines["accuracy"], two["accuracy"]) == (0.75, 1.0)
    assert one["accuracy"] <= 0.75
    assert len(set(two["weights"])) == 10, "each seed is another start"
    assert two["weights"] != other.results["results"][2]["weights"]


def test_it_fails_over_budget(run):
    late = run("--budget", "0.001", FORCE_COLOR="1")
    assert late.status == 1
    assert "the budget is 0.001 s" in late.printed


@pytest.mark.parametrize(
    ("name", "stand_in", "complaint"),
    [
        ("two_layers", lambda lesson: lesson.one_layer, "2 layers, worst"),
        ("one_layer", lambda lesson: lesson.two_layers, "control: 1 layer, best"),
        ("train", lambda _: lambda *_args, **_settings: [0.7], "images, 2 layers"),
    ],
)
def test_it_fails_if_nothing_is_learned_or_the_control_wins(lesson, monkeypatch, capsys, name, stand_in, complaint):
    monkeypatch.setattr(lesson, name, stand_in(lesson))
    monkeypatch.setattr(lesson, "draw", lambda *args: args[-1])
    assert lesson.main() == 1
    assert f"FAILED: {complaint}" in capsys.readouterr().out
