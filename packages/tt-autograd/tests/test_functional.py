import pytest
import tt_autograd as tt
from tt_autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp


def x64(*values):
    return tt.tensor(values, dtype=tt.float64)


def cubes(x):
    return x * x * x


def test_misuse():
    x = x64(1.0, 2.0)
    with pytest.raises(TypeError, match="Tensor"):
        vjp(cubes, 3.0)
    with pytest.raises(RuntimeError, match="v can only be None"):
        vjp(cubes, x)
    with pytest.raises(RuntimeError, match="invalid size"):
        jvp(cubes, x, x64(1.0))
    with pytest.raises(RuntimeError, match="one element"):
        hessian(cubes, x)
    with pytest.raises(RuntimeError, match="strict"):
        jacobian(lambda x: tt.ones(2), x, strict=True)
    with pytest.raises(RuntimeError, match="strict"):
        jacobian(lambda x, y: x * 2, (x, x), strict=True)
    with pytest.raises(NotImplementedError, match="strategy"):
        jacobian(cubes, x, strategy="forward-mode")


def test_products_with_the_jacobian():
    x, v = x64(1.0, 2.0), x64(1.0, 10.0)
    y, g = vjp(cubes, x, v)
    assert (y.tolist(), g.tolist()) == ([1, 8], [3, 120])
    y, d = jvp(cubes, x, v)
    assert (y.tolist(), d.tolist()) == ([1, 8], [3, 120])
    assert not g.requires_grad
    assert not x.requires_grad


def test_jacobian_of_several_inputs_and_results():
    x, y = x64(1.0, 2.0), x64(3.0)
    table = jacobian(lambda x, y: (x * y, y.sum()), (x, y))
    assert [[tuple(b.shape) for b in row] for row in table] == [[(2, 2), (2, 1)], [(2,), (1,)]]
    assert table[0][0].tolist() == [[3, 0], [0, 3]]
    assert table[1][0].tolist() == [0, 0]
    assert jacobian(lambda x: x[:0], x).shape == (0, 2)


def test_hessian_and_products_with_it():
    x, v = x64(1.0, 2.0), x64(1.0, 10.0)
    f = lambda x: (x * x * x).sum() + x[0] * x[1]
    h = hessian(f, x)
    assert h.tolist() == [[6, 1], [1, 12]]
    for product in (vhp, hvp):
        y, p = product(f, x, v)
        assert (y.item(), p.tolist()) == (11, [16, 121])
    blocks = hessian(lambda x, y: (x * y).sum(), (x, x64(3.0, 4.0)))
    assert blocks[0][1].tolist() == [[1, 0], [0, 1]]


def test_create_graph():
    x = tt.tensor([2.0], dtype=tt.float64, requires_grad=True)
    j = jacobian(cubes, x, create_graph=True)
    assert tt.grad(j.sum(), x)[0].tolist() == [12]
    assert x.grad is None
    _, d = jvp(cubes, x, x64(1.0), create_graph=True)
    assert tt.grad(d.sum(), x)[0].tolist() == [12]
