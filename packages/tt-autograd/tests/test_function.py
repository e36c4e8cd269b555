import pytest
import tt_autograd as tt
from tt_autograd import Function, once_differentiable


def leaf(*values, dtype=tt.float32):
    return tt.tensor(values, requires_grad=True, dtype=dtype)


class Product(Function):
    @staticmethod
    def forward(ctx, x, y, power=1):
        ctx.save_for_backward(x, y)
        ctx.power = power
        return x * y

    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x, None


class Split(Function):
    @staticmethod
    def forward(x):
        return x[0] * 1, x[1] * 1, (x > 0).long()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.shape = inputs[0].shape

    @staticmethod
    def backward(ctx, a, b, c):
        return tt.stack([a, b]).reshape(ctx.shape)


def broken(answer):
    class Broken(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, g):
            return answer

    return Broken


def test_misuse():
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match="instantiated"):
        Product()
    with pytest.raises(RuntimeError, match="incorrect number of gradients"):
        broken(()).apply(x).sum().backward()
    with pytest.raises(RuntimeError, match="incorrect number of gradients"):
        broken((x, x)).apply(x).sum().backward()
    with pytest.raises(RuntimeError, match="invalid gradient at index 0"):
        broken(tt.ones(3)).apply(x).sum().backward()
    with pytest.raises(TypeError, match="Tensor or None"):
        broken(3.0).apply(x).sum().backward()
    with pytest.raises(NotImplementedError):
        Function.apply(x)
    with pytest.raises(TypeError):
        Product.apply(x, y=x)
    y = Product.apply(x, x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.backward()


def test_first_and_second_order():
    x, y = leaf(2.0, 3.0, dtype=tt.float64), leaf(5.0, 7.0, dtype=tt.float64)
    z = Product.apply(x, y, 3)
    assert z.grad_fn.name() == "ProductBackward"
    assert tt.gradcheck(lambda x, y: Product.apply(x, y), (x, y))
    assert tt.gradgradcheck(lambda x, y: Product.apply(x, y), (x, y))
    assert not Product.apply(x.detach(), y.detach()).requires_grad
    with tt.no_grad():
        assert not Product.apply(x, y).requires_grad


def test_several_results_and_setup_context():
    x = leaf(1.0, -2.0)
    a, b, c = Split.apply(x)
    assert (a.requires_grad, b.requires_grad, c.requires_grad) == (True, True, False)
    (a * 3).backward()
    assert x.grad.tolist() == [3, 0]


def test_needs_input_grad_and_materialized_gradients():
    seen = []

    class Two(Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.set_materialize_grads(False)
            seen.append(ctx.needs_input_grad)
            out = x + y, x - y
            ctx.mark_non_differentiable(out[1])
            return out

        @staticmethod
        def backward(ctx, a, b):
            seen.append((a is None, b is None))
            return a, a

    x, y = leaf(1.0), tt.tensor([2.0])
    a, b = Two.apply(x, y)
    assert not b.requires_grad
    a.sum().backward()
    assert seen == [(True, False), (False, True)]


def test_once_differentiable():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * x * g

    x = leaf(3.0)
    (g,) = tt.grad(Square.apply(x).sum(), x, create_graph=True)
    assert g.item() == 6
    with pytest.raises(RuntimeError, match="once_differentiable"):
        tt.grad(g.sum(), x)
    Square.apply(x).sum().backward()
    assert x.grad.item() == 6


def test_dirty_inputs():
    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            x.mul_(2)
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf(3.0)
    y = x * 1
    z = Double.apply(y)
    assert z is y
    z.sum().backward()
    assert x.grad.item() == 2
    with pytest.raises(RuntimeError, match="leaf"):
        Double.apply(leaf(1.0))


def test_an_input_that_is_returned_is_a_view():
    class Same(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 10

    x = leaf(3.0)
    y = x * 1
    z = Same.apply(y)
    assert z is not y
    z.sum().backward(retain_graph=True)
    assert x.grad.item() == 10


def test_saved_values_that_change_are_detected():
    x = leaf(3.0)
    w = tt.tensor([2.0])
    y = Product.apply(x, w)
    w.add_(1)
    with pytest.raises(RuntimeError, match="inplace"):
        y.sum().backward()


def test_results_can_be_saved():
    class Exp(Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    x = leaf(0.5, dtype=tt.float64)
    assert tt.gradcheck(Exp.apply, x)
    assert tt.gradgradcheck(Exp.apply, x)
