import pytest
import tt_autograd as tt
from tt_autograd import explain, graph, tracing
from tt_autograd.explain import CUTS


@pytest.fixture(autouse=True)
def _no_notes():
    CUTS.clear()


def leaf(*values):
    return tt.tensor(values, requires_grad=True)


def test_it_gets_one():
    w, b = leaf(1.0), leaf(2.0)
    loss = ((w * 2) * b).sum()
    assert explain(loss, w) == "Gets a gradient: sum <- mul <- mul."
    h = w * 2
    assert "retain_grad" in explain(h.sum(), h)


def test_it_requires_none():
    w = leaf(1.0)
    assert "requires_grad_" in explain(w.sum(), tt.tensor([1.0]))
    assert "dtype int64" in explain(w.sum(), tt.tensor([1]))
    with pytest.raises(TypeError, match="param"):
        explain(w.sum(), 3)


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        (lambda h: h.detach(), r"detach\(\) took"),
        (lambda h: h.data, r"\.data gave"),
        (lambda h: h > 1, "gt has no derivative"),
        (lambda h: h.long(), "converted the values to integers"),
        (lambda h: tt.tensor(h.sum().item()), r"item\(\) turned"),
        (lambda h: tt.no_grad()(lambda: h * 3)(), "mul ran within no_grad"),
    ],
)
def test_it_was_cut(cut, reason):
    w, b = leaf(1.0), leaf(2.0)
    with tracing():
        loss = (cut((w * 2).exp()) * b).sum()
    text = explain(loss, w)
    import re

    assert re.search(rf"{reason}.*test_explain.py:\d+", text), text
    assert "exp" in text
    assert "Gets" in explain(loss, b)


def test_without_tracing_a_live_cut_is_found_and_a_dead_one_is_mentioned():
    w, b = leaf(1.0), leaf(2.0)
    h = w * 2
    assert "detach() took the values off the tape; on the way: mul" in explain((h.detach() * b).sum(), w)
    CUTS.clear()
    loss = ((w * 2).detach() * b).sum()
    assert "tracing()" in explain(loss, w)


def test_not_used():
    w, b = leaf(1.0), leaf(2.0)
    assert explain((b * 2).sum(), w).endswith("it is not used.")
    assert "the loss itself requires none" in explain(tt.tensor(1.0), w)


def test_pictures():
    w, b = leaf(1.0, 2.0), leaf(3.0, 4.0)
    y = (w * b + w).sum()
    assert graph.text(y, {"w": w}).splitlines() == [
        "0: sum (scalar) <- 1", "1: add (2) <- 2, 3", "2: mul (2) <- 3, 4", "3: w (2)", "4: leaf 0 (2)",
    ]  # fmt: skip
    picture = graph.mermaid(y, [("w", w), ("b", b)])
    assert picture.startswith("flowchart BT\n")
    assert 'n4(["b (2)"])' in picture
    assert picture.count("-->") == 5
    assert graph.dot((w * 2).unbind()).count("->") == 2
    with tracing():
        z = w * 2
    assert "test_explain.py" in graph.text(z)
    assert graph.text(w) == "0: leaf 0 (2)"
    assert graph.text(tt.tensor(1.0)) == ""
