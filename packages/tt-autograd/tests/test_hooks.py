import pytest
import tt_autograd as tt


def leaf(*values):
    return tt.tensor(values, requires_grad=True)


def test_misuse():
    x = tt.tensor([1.0])
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        x.register_hook(print)
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        x.register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="non-leaf"):
        (leaf(1.0) * 2).register_post_accumulate_grad_hook(print)
    y = leaf(1.0)
    y.register_hook(lambda g: 3)
    with pytest.raises(TypeError, match="None or a Tensor"):
        y.sum().backward()
    z = leaf(1.0, 2.0)
    z.register_hook(lambda g: g.sum())
    with pytest.raises(RuntimeError, match="changed the size"):
        z.sum().backward()


def test_a_leaf_hook_sees_the_whole_gradient_once():
    x, seen = leaf(1.0, 2.0), []
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 2 + x * x).sum().backward()
    assert seen == [[4, 6]]


def test_returned_values_replace_the_gradient_in_order():
    x = leaf(1.0)
    y = x * 2
    first = y.register_hook(lambda g: g + 1)
    y.register_hook(lambda g: g * 10)
    y.sum().backward(retain_graph=True)
    assert x.grad.item() == 40
    first.remove()
    first.remove()
    x.grad = None
    y.sum().backward()
    assert x.grad.item() == 20


def test_handles_are_contexts():
    x = leaf(1.0)
    with x.register_hook(lambda g: g * 0):
        x.sum().backward()
    assert x.grad.item() == 0
    x.sum().backward()
    assert x.grad.item() == 1


def test_hooks_run_for_grad_too_and_on_wanted_tensors_only():
    x, w, seen = leaf(1.0), leaf(3.0), []
    x.register_hook(lambda g: seen.append("x"))
    w.register_hook(lambda g: g * 2)
    assert tt.grad((x * w).sum(), w)[0].item() == 2
    assert seen == []


def test_retained_gradients_come_after_the_hooks():
    x = leaf(1.0)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 5)
    y.sum().backward()
    assert y.grad.item() == 5
    assert x.grad.item() == 10


def test_after_accumulation():
    x, seen = leaf(1.0), []

    def use(p):
        seen.append(p.grad.item())
        p.grad = None

    handle = x.register_post_accumulate_grad_hook(use)
    (x * 3).sum().backward()
    assert seen == [3]
    assert x.grad is None
    handle.remove()
    (x * 3).sum().backward()
    assert seen == [3]


def test_node_hooks():
    x, y = leaf(2.0), leaf(5.0)
    z = x * y
    seen = []
    z.grad_fn.register_prehook(lambda gs: (gs[0] * 2,))
    z.grad_fn.register_hook(lambda inputs, outputs: seen.append([g.item() for g in (*inputs, *outputs)]))
    z.sum().backward()
    assert seen == [[10, 4, 2]]
    assert x.grad.item() == 10


def test_hooks_on_one_of_several_results():
    x, seen = leaf(1.0, 2.0), []
    a, b = x.unbind()
    a.register_hook(lambda g: seen.append(g.item()))
    a.register_hook(lambda g: g * 3)
    (a * 2 + b).backward()
    assert seen == [2]
    assert x.grad.tolist() == [6, 1]


def test_hooks_are_differentiable_with_create_graph():
    x = leaf(3.0)
    y = x * x
    y.register_hook(lambda g: g * x)
    (g,) = tt.grad(y.sum(), x, create_graph=True)
    assert g.item() == 18
    assert tt.grad(g.sum(), x)[0].item() == 12
