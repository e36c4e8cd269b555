"""The same programs on PyTorch and here: values, gradients, order of hooks, errors."""

import pytest
import torch
import tt_autograd as tt


def leaf(m, *values):
    return m.tensor(values, requires_grad=True)


def accumulation(m):
    x = leaf(m, 1.0, 2.0)
    y = x * x
    y.sum().backward(retain_graph=True)
    (y * x).sum().backward()
    return x.grad


def hooks(m):
    x, order = leaf(m, 1.0, 2.0), []
    y = x * 2
    y.retain_grad()
    for k, t in enumerate((y, x, y)):
        t.register_hook(lambda g, k=k: order.append((k, g.tolist())) or g * (k + 2))
    x.register_post_accumulate_grad_hook(lambda p: order.append(p.grad.tolist()))
    (y * y).sum().backward()
    return x.grad, y.grad, order


def view_of_result(m):
    x = leaf(m, 1.0, 2.0, 3.0, 4.0)
    y = (x * 1).reshape(2, 2)
    y[0].mul_(3)
    y.t()[1].add_(x[:2])
    return y, m.autograd.grad((y * y).sum(), x)[0]


def base_then_views(m):
    x = leaf(m, 1.0, 2.0, 3.0)
    y = x * 1
    a, b = y[:2], y[1:]
    y.mul_(x)
    a.mul_(2)
    return a, b, m.autograd.grad((a.sum() * b).sum(), x)[0]


def untracked_base(m):
    x = leaf(m, 1.0, 2.0)
    z = m.zeros(3, 2)
    row = z[1]
    row.copy_(x * 2)
    for i in range(3):
        z[i] += x * i
    z[0][1] = x[0]
    return z.requires_grad, row.requires_grad, z, m.autograd.grad((z * z).sum(), x)[0]


def saved_original(m):
    x, w = leaf(m, 2.0), leaf(m, 5.0)
    y = x * 1
    y.mul_(w)
    y.exp_()
    return m.autograd.grad(y.sum(), (x, w))


def second_order(m):
    x = leaf(m, 0.5, 1.5)
    (g,) = m.autograd.grad((x.exp() * x).sum(), x, create_graph=True)
    g.pow(2).sum().backward()
    return g, x.grad


def through_grad(m):
    x, w = leaf(m, 2.0), leaf(m, 3.0)
    h = x * w
    return (*m.autograd.grad((h * h).sum(), (h, w)), x.grad is None)


def only_inputs(m):
    x, w = leaf(m, 2.0), leaf(m, 3.0)
    (x * w).sum().backward(inputs=[w])
    return w.grad, x.grad is None


def flags(m):
    x = leaf(m, 2.0)
    y = x * 2
    with m.no_grad():
        z = y * 2
        with m.enable_grad():
            u = y * 3
    d = y.detach()
    return [
        [t.requires_grad, t.is_leaf, t.grad_fn is None, t.retains_grad]
        for t in (x, y, z, u, d, x[0], (x > 1), x.long())
    ]


def functionals(m):
    f = lambda x: (x * x * x).sum() + x[0] * x[1]
    g = lambda x: x * x.sum()
    x, v = m.tensor([1.0, 2.0]), m.tensor([1.0, -1.0])
    F = m.autograd.functional
    return [F.vjp(g, x, v), F.jvp(g, x, v), F.jacobian(g, x), F.hessian(f, x), F.vhp(f, x, v), F.hvp(f, x, v)]


def custom(m):
    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, k):
            ctx.save_for_backward(x)
            return x * x * x, x * k

        @staticmethod
        def backward(ctx, g, h):
            (x,) = ctx.saved_tensors
            return g * 3 * x * x + h, None

    x = leaf(m, 2.0, 3.0)
    a, b = Cube.apply(x, 5)
    (g,) = m.autograd.grad(a.sum(), x, create_graph=True)
    return a, b, g, m.autograd.grad(g.sum(), x)


PROGRAMS = [
    accumulation, hooks, view_of_result, base_then_views, untracked_base, saved_original, second_order, through_grad, only_inputs,
    flags, functionals, custom,
]  # fmt: skip


def plain(x):
    if isinstance(x, tuple | list):
        return [plain(y) for y in x]
    return x.detach().tolist() if hasattr(x, "detach") else x


class Here:
    """`tt_autograd` under the names that PyTorch has."""

    class autograd:
        grad, Function, functional = staticmethod(tt.grad), tt.Function, tt.functional

    def __getattr__(self, name):
        return getattr(tt, name)


def close(a, b):
    if isinstance(a, list):
        return len(a) == len(b) and all(map(close, a, b))
    return a == pytest.approx(b, rel=1e-5)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_same_results(program):
    ours, theirs = plain(program(Here())), plain(program(torch))
    assert close(ours, theirs), (ours, theirs)


def backward_of(f):
    def program(m):
        f(m, leaf(m, 1.0, 2.0)).sum().backward()

    return program


def twice(m, x, f):
    y = f(x).sum()
    y.backward()
    y.backward()


def then(value, change):
    change()
    return value


def saved_changed(m, x):
    y = x * 1
    z = y * y
    y.add_(1)
    return z


FAILURES = {
    "freed": lambda m, x: twice(m, x, lambda x: x * x),
    "freed exp": lambda m, x: twice(m, x, m.exp),
    "leaf in place": lambda m, x: x.add_(1),
    "leaf assigned": lambda m, x: x.__setitem__(0, 1.0),
    "view of leaf": lambda m, x: x[0].add_(1),
    "out=": lambda m, x: m.add(x, 1, out=m.empty(2)),
    "saved changed": lambda m, x: saved_changed(m, x).sum().backward(),
    "no scalar": lambda m, x: (x * 2).backward(),
    "no graph": lambda m, x: x.detach().sum().backward(),
    "shape of gradient": lambda m, x: (x * 2).backward(m.ones(3)),
    "unused": lambda m, x: m.autograd.grad(x.sum(), m.ones(1, requires_grad=True)),
    "int": lambda m, x: m.tensor([1], requires_grad=True),
    "not a leaf": lambda m, x: setattr(x * 2, "requires_grad", False),
    "grad of another shape": lambda m, x: setattr(x, "grad", m.ones(3)),
    "grad of another kind": lambda m, x: setattr(x, "grad", 3.0),
    "numpy": lambda m, x: x.numpy(),
    "hook without grad": lambda m, x: x.detach().register_hook(print),
    "retain without grad": lambda m, x: x.detach().retain_grad(),
    "int in place": lambda m, x: m.zeros(2, dtype=m.int64).add_(x),
    "deepcopy": lambda m, x: __import__("copy").deepcopy(x * 2),
    "detach_ of a view": lambda m, x: (x * 2)[0].detach_(),
}


@pytest.mark.parametrize("name", FAILURES)
def test_same_errors(name):
    with pytest.raises(Exception) as theirs:
        FAILURES[name](torch, leaf(torch, 1.0, 2.0))
    with pytest.raises(theirs.type):
        FAILURES[name](Here(), leaf(tt, 1.0, 2.0))


def test_a_graph_that_saved_nothing_runs_twice_in_both():
    for m in (torch, tt):
        x = leaf(m, 1.0)
        twice(m, x, lambda x: x + 1)
        assert x.grad.tolist() == [2]
