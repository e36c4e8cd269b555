import weakref

import pytest
import tt_autograd as tt
from tt_autograd import CheckpointError, checkpoint, checkpoint_sequential


def leaf(*values):
    return tt.tensor(values, requires_grad=True, dtype=tt.float64)


def grads(f, *xs, order=1):
    gs = tt.grad(f().sum(), xs, create_graph=order > 1)
    if order > 1:
        gs = tt.grad(sum(g.sum() for g in gs), xs)
    return [g.tolist() for g in gs]


@pytest.mark.parametrize("order", [1, 2])
def test_same_gradients_also_of_what_the_function_closes_over(order):
    x, w = leaf(0.1, 0.2), leaf(2.0, 3.0)
    f = lambda a, *, scale: (a * w * scale).exp() * a
    plain = grads(lambda: f(x, scale=0.5), x, w, order=order)
    assert grads(lambda: checkpoint(f, x, scale=0.5), x, w, order=order) == plain
    nested = lambda a, scale: checkpoint(f, a * 1, scale=scale)
    assert grads(lambda: checkpoint(nested, x, 0.5, use_reentrant=False), x, w, order=order) == plain


@pytest.mark.parametrize("order", [1, 2])
def test_changes_in_place_within_the_function(order):
    x, w = leaf(0.1, -0.2), leaf(2.0, 3.0)

    def f(a):
        h = (a * w).exp_()
        k = (h * w).add_(1)
        return (k * 2).relu_() * h

    plain = grads(lambda: f(x * 1), x, w, order=order)
    assert grads(lambda: checkpoint(f, x * 1), x, w, order=order) == plain
    assert grads(lambda: checkpoint(lambda a: checkpoint(f, a * 1), x), x, w, order=order) == plain
    y = checkpoint(f, x * 1).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()

    def wrong(a):
        h = a.exp()
        h.add_(1)
        return h

    with pytest.raises(RuntimeError, match="inplace"):
        checkpoint(wrong, x).sum().backward()


def test_nothing_is_kept_in_between():
    x, links = leaf(0.1, 0.2), []

    def f(a):
        h = a.exp()
        links.append(weakref.ref(h.array))
        return h * h

    y = checkpoint(f, x).sum()
    assert links[0]() is None
    y.backward()
    assert len(links) == 2
    assert links[1]() is None
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_random_numbers_are_the_same():
    x, masks = leaf(0.1, 0.2, 0.3), []

    def f(a):
        masks.append((tt.rand(3) > 0.5).tolist())
        return a * tt.randn(3, dtype=tt.float64)

    tt.manual_seed(0)
    y = checkpoint(f, x).sum()
    after = tt.rand(1).item()
    tt.manual_seed(0)
    f(x)
    assert tt.rand(1).item() == after
    tt.manual_seed(5)
    state = tt.rand(1).item()
    tt.manual_seed(5)
    y.backward()
    assert tt.rand(1).item() == state
    assert masks[0] == masks[-1]


def test_misuse():
    x, calls = leaf(1.0), []

    def f(a):
        calls.append(1)
        return a.exp() if len(calls) == 1 else a * a

    with pytest.raises(CheckpointError, match="other operations"):
        checkpoint(f, x).sum().backward()
    with pytest.raises(NotImplementedError, match="use_reentrant"):
        checkpoint(f, x, use_reentrant=True)
    with pytest.raises(NotImplementedError, match="context_fn"):
        checkpoint(f, x, context_fn=f)
    y = x * 1
    z = checkpoint(lambda a: a.exp(), y).sum()
    y.add_(1)
    with pytest.raises(RuntimeError, match="inplace"):
        z.backward()


def test_no_grad_and_functions():
    class Cube(tt.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 3 * x * x

    x = leaf(2.0)
    with tt.no_grad():
        assert not checkpoint(Cube.apply, x).requires_grad
    assert grads(lambda: checkpoint(lambda a: Cube.apply(a.exp()), x), x) == grads(lambda: Cube.apply(x.exp()), x)


def test_sequential():
    x = leaf(0.5)
    steps = [lambda a: a.exp(), lambda a: a * a, lambda a: a * 3]
    y = checkpoint_sequential(steps, 2, x)
    y.sum().backward()
    x2 = leaf(0.5)
    (x2.exp() * x2.exp() * 3).sum().backward()
    assert x.grad.tolist() == pytest.approx(x2.grad.tolist())
    with pytest.raises(ValueError, match="segments"):
        checkpoint_sequential(steps, 4, x)
