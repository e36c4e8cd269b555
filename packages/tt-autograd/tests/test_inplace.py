import subprocess
import sys
import threading

import numpy as np
import pytest
import tt_autograd as tt
import tt_tensor
from tt_autograd import derivative, grad_mode, inplace, no_grad
from tt_tensor.primitive import primitive


def leaf(*values):
    return tt.tensor(values, requires_grad=True)


def test_misuse():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        x.add_(1)
    with pytest.raises(RuntimeError, match="leaf Variable"):
        x[0] = 3
    with pytest.raises(RuntimeError, match="view of a leaf"):
        x[0].mul_(2)
    with pytest.raises(RuntimeError, match="automatic differentiation"):
        tt.add(x, 1, out=tt.empty(2))
    with pytest.raises(RuntimeError, match="automatic differentiation"):
        tt.add(tt.ones(2), 1, out=x * 1)
    with pytest.raises(RuntimeError, match="shape"):
        (x * 1).add_(tt.ones(3, 2))
    with pytest.raises(RuntimeError, match="tt_tensor"):
        tt_tensor.zeros(2).add_(x)
    assert x.tolist() == [1, 2]


def test_out_of_no_grad_is_allowed():
    x, out = leaf(1.0), tt.empty(1)
    with no_grad():
        assert tt.add(x, 1, out=out) is out
    assert out.item() == 2


def test_a_tensor_becomes_the_result():
    x = leaf(1.0, 2.0)
    y = x * 1
    before = y.array
    y += 1
    y.mul_(x)
    assert y.array is before
    assert y.tolist() == [2, 6]
    y.sum().backward()
    assert x.grad.tolist() == [3, 5]


def test_an_untracked_tensor_gets_on_the_tape():
    x = leaf(1.0, 2.0)
    z = tt.zeros(2)
    z.add_(x * 3)
    assert z.requires_grad
    z.sum().backward()
    assert x.grad.tolist() == [3, 3]


def test_values_needed_for_the_derivative_survive():
    x, w = leaf(2.0), leaf(5.0)
    y = x * 1
    y.mul_(w)  # needs y as it was
    y.sum().backward()
    assert w.grad.item() == 2
    u = x * 1
    u.exp_()  # needs what it is now
    u.sum().backward(retain_graph=True)
    u.add_(1)
    with pytest.raises(RuntimeError, match="inplace"):
        u.sum().backward()


def test_changing_a_value_that_was_saved_before_raises():
    x = leaf(2.0)
    y = x * 1
    z = y * y
    y.add_(1)
    with pytest.raises(RuntimeError, match="inplace"):
        z.sum().backward()


def test_a_view_changes_its_base():
    x = leaf(1.0, 2.0, 3.0)
    base = x * 1
    view = base[1:]
    view.mul_(10)
    assert base.tolist() == [1, 20, 30]
    (base * tt.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert x.grad.tolist() == [1, 20, 30]
    assert grad_mode.unusual == 1
    del base, view
    assert grad_mode.unusual == 0


def test_a_base_changes_its_views_and_views_each_other():
    x = leaf(1.0, 2.0, 3.0)
    base = x * 1
    a, b, row = base[:2], base[1:], base.reshape(3, 1)
    base.mul_(2)
    (row * row).sum().backward(retain_graph=True)
    assert x.grad.tolist() == [8, 16, 24]
    x.grad = None
    a.mul_(5)
    assert b.tolist() == [20, 6]
    b.sum().backward()
    assert x.grad.tolist() == [0, 10, 2]
    assert a._base is base
    assert a._is_view()


def test_views_of_views():
    x = tt.arange(6.0).requires_grad_()
    m = (x * 1).reshape(2, 3)
    column = m.t()[1]
    column[0].mul_(7)
    m.sum().backward()
    assert x.grad.tolist() == [1, 7, 1, 1, 1, 1]


def test_an_untracked_base_learns_from_its_view():
    x = leaf(1.0, 2.0)
    z = tt.zeros(2, 2)
    row, other = z[1], z[0]
    row.copy_(x * 2)
    assert z.requires_grad
    assert other.requires_grad
    assert row.requires_grad
    (z * z).sum().backward()
    assert x.grad.tolist() == [8, 16]
    out = tt.zeros(3, 2)
    for i in range(3):
        out[i] += x * i
    out[0][1] = x[0] * 100
    out.sum().backward()
    assert x.grad.tolist() == [8 + 3 + 100, 16 + 3]


def test_a_base_that_is_gone():
    x = leaf(1.0, 2.0)
    z = tt.zeros(4).reshape(2, 2)
    z[0] = x
    z.t()[1].mul_(3)
    z.sum().backward()
    assert x.grad.tolist() == [1, 3]
    both = tt.zeros(3)
    a, b = both[:2], both[1:]
    del both
    a.add_(x)
    b.sum().backward()
    assert x.grad.tolist() == [1, 4]


def fail(*_):
    raise AssertionError("the objects of the process were looked through")


@pytest.mark.parametrize(
    "write",
    [
        lambda z, y: z.add_(y),
        lambda z, y: z.mul_(y),
        lambda z, y: z.copy_(y),
        lambda z, y: z.index_add_(0, tt.tensor([0, 2]), y[:2]),
        lambda z, y: z.scatter_(0, tt.zeros(1, 2, dtype=tt.int64), y),
        lambda z, y: z.__setitem__(0, y[0]),
        lambda z, y: z.__setitem__((slice(None), 1), y[:, 1]),
        lambda z, y: z.__setitem__(tt.tensor([2, 0]), y[:2]),
    ],
)
@pytest.mark.parametrize(
    "make", [lambda: tt.zeros(3, 2), lambda: tt.ones(6).view(3, 2) * 2, lambda: tt.arange(6.0).view(2, 3).T]
)
def test_memory_that_nothing_else_looks_at_is_not_searched_for(monkeypatch, make, write):
    y = (tt.ones(3, 2, requires_grad=True) * 1) * 1
    z = make()
    monkeypatch.setattr(inplace.gc, "get_referrers", fail)
    write(z, y)


@pytest.mark.parametrize(
    "look",
    [
        lambda z: z[1:],
        lambda z: z.T,
        lambda z: z.detach(),
        lambda z: z.view(2, 3)[0],
        lambda z: tt.from_numpy(z.numpy()),
    ],
)
def test_memory_that_something_looks_at_is_searched_for(monkeypatch, look):
    y, z = tt.ones(3, 2, requires_grad=True) * 1, tt.zeros(3, 2)
    other = look(z)
    monkeypatch.setattr(inplace.gc, "get_referrers", fail)
    for x in (z, other):
        with pytest.raises(AssertionError, match="looked through"):
            x.add_(y.sum())


def test_who_shares_memory_is_found_though_a_debugger_looked_at_the_import():
    program = """
import sys
def look(frame, *_):
    frame.f_locals  # which holds what it shows, until Python 3.13
    return look
sys.settrace(look)
import tt_autograd as tt
sys.settrace(None)
y, z = tt.ones(2, requires_grad=True), tt.zeros(4)
view = z[:2]
z[:2] = y
print(view.requires_grad)
"""
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "True\n"


def test_looking_for_tensors_leaves_alone_what_other_threads_are_making():
    made, begun, found = [], threading.Event(), threading.Event()

    def numbers():
        begun.set()
        found.wait()
        yield 1

    class Last(tt.Tensor):  # which has the other thread go on while the tensors are looked through
        @property
        def array(self):
            found.set()
            thread.join()

    last = Last.__new__(Last)
    thread = threading.Thread(target=lambda: made.append(tuple(numbers())))
    thread.start()
    begun.wait()
    z = tt.zeros(4)
    view = z[:2]
    z[:2] = tt.ones(2, requires_grad=True)
    assert type(last) is Last
    assert view.requires_grad
    assert made == [(1,)]


def test_memory_shared_with_detached_tensors_raises():
    x = leaf(1.0, 2.0)
    y = x * 1
    with no_grad():
        view = y[0]
    with pytest.raises(RuntimeError, match="no_grad"):
        view.mul_(x[1])


def test_assignment():
    x, v = leaf(1.0, 2.0, 3.0), leaf(7.0)
    y = x * 1
    y[1] = v[0] * 2
    y[[0, 2]] = 0.5
    y[y > 100] = 0.0
    assert y.tolist() == [0.5, 14, 0.5]
    y.sum().backward()
    assert x.grad.tolist() == [0, 0, 0]
    assert v.grad.tolist() == [2]


def test_a_chain_of_changes_at_second_order():
    x = tt.tensor([1.0, 2.0], dtype=tt.float64, requires_grad=True)

    def f(x):
        y = x * x
        y[0].mul_(x[1])
        y.mul_(x)
        y[1:] += y[:1]
        return y.sum()

    assert tt.gradcheck(f, x)
    assert tt.gradgradcheck(f, x)


def test_dtype_of_the_target_stays():
    x = tt.tensor([1.0], dtype=tt.float64, requires_grad=True)
    y = tt.zeros(1)
    y.add_(x * 2)
    assert y.dtype == tt.float32
    y.sum().backward()
    assert x.grad.dtype == tt.float64
    i = tt.zeros(1, dtype=tt.int64)
    with pytest.raises(RuntimeError, match="cast"):
        i.add_(x)
    i.copy_(x)
    assert not i.requires_grad


def test_retained_gradients_follow():
    x = leaf(1.0)
    y = x * 1
    y.retain_grad()
    y.mul_(2)
    (y * 5).sum().backward()
    assert y.grad.item() == 5


def test_versions():
    x = leaf(1.0, 2.0)
    y = x * 1
    assert y._version == 0
    y.add_(1)
    assert y._version == 1
    assert np.shares_memory(y[0].array, y.array)
    assert y[0]._version == 1


def test_a_new_dimension_can_be_written_through():
    x = leaf(1.0, 2.0)
    y = x * 3
    y[None].mul_(x[None])
    y[:, None].add_(1)
    y.sum().backward()
    assert y.tolist() == [4, 13]
    assert x.grad.tolist() == [6, 12]
    assert tt.gradcheck(lambda v: v * v, tt.tensor([1.0, 2.0], dtype=np.float64)[None].requires_grad_())


@pytest.mark.parametrize("name", ["topk", "sort", "max", "kthvalue", "mode", "median", "cummax"])
def test_values_that_were_chosen_can_be_changed(name):
    x = leaf(3.0, 1.0, 2.0)
    arguments = {"topk": (2,), "sort": (), "kthvalue": (2,)}.get(name, (0,))
    values, indices = getattr(x * 1, name)(*arguments)
    values /= 2.0  # where a value came from is all that its derivative needs
    (values * values).sum().backward()
    expected = np.zeros(3, np.float32)
    for k in np.atleast_1d(indices.numpy()):
        expected[k] += x.detach()[k].item() / 2
    assert x.grad.tolist() == expected.tolist()
    values, indices = getattr(x * 1, name)(*arguments)
    with no_grad():
        indices.zero_()
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        values.sum().backward()


def test_a_result_is_computed_again_where_its_rule_asks_for_that():
    calls = []

    @primitive()
    def root(x, *, scale):
        calls.append(1)
        return np.sqrt(x) * scale

    derivative(root, lambda g, x, again, scale: g * scale * scale / again * 0.5)
    for changed in (False, True):
        x = leaf(4.0, 9.0)
        h = x * 1
        y = root(h, scale=np.float32(3))
        if changed:
            y += 100
        calls.clear()
        y.sum().backward(retain_graph=True)
        assert x.grad.tolist() == [0.75, 0.5]
        assert len(calls) == changed
    with no_grad():
        h.zero_()
    with pytest.raises(RuntimeError, match="root: one of the variables"):
        y.sum().backward()


def test_a_quotient_may_be_changed():
    for shape in ((), (3,), (2, 3)):
        x = tt.tensor(np.full(shape, 3.0, np.float32), requires_grad=True)
        y = tt.tensor(np.float32(-2.0), requires_grad=True)
        z = (x * 1) / y
        z *= 10
        z.sum().backward()
        assert (x.grad.numpy() == -5).all()
        assert y.grad.item() == -7.5 * x.numel()
