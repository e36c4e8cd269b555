import pytest
import tt_autograd as tt
from tt_autograd import Function, GradcheckError, gradcheck, gradgradcheck


class Wrong(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0] * 2.01


class WrongTwice(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        x = ctx.saved_tensors[0]
        return g * 3 * x * x.detach()


def x64(*values):
    return tt.tensor(values, dtype=tt.float64, requires_grad=True)


@pytest.mark.parametrize("fast", [False, True])
def test_wrong_derivatives_are_found(fast):
    x = x64(1.0, 2.0)
    with pytest.raises(GradcheckError, match="Jacobian mismatch"):
        gradcheck(Wrong.apply, x, fast_mode=fast)
    assert not gradcheck(Wrong.apply, (x,), raise_exception=False, fast_mode=fast)
    assert gradcheck(WrongTwice.apply, x, fast_mode=fast)
    with pytest.raises(GradcheckError):
        gradgradcheck(WrongTwice.apply, x, fast_mode=fast)


@pytest.mark.parametrize("fast", [False, True])
def test_right_derivatives_pass(fast):
    x, y, c = x64(1.0, 2.0), x64(0.5), tt.tensor([2.0, 3.0], dtype=tt.float64)
    f = lambda x, y, c: (x.exp() * y * c, (x * y).sum())
    assert gradcheck(f, (x, y, c), fast_mode=fast)
    assert gradgradcheck(f, (x, y, c), fast_mode=fast)
    assert gradgradcheck(f, (x, y, c), fast_mode=fast, gen_non_contig_grad_outputs=True)


def test_misuse():
    with pytest.raises(ValueError, match="at least one"):
        gradcheck(lambda x: x * 2, tt.tensor([1.0]))
    with pytest.raises(GradcheckError, match="float64"):
        gradcheck(lambda x: x * 2, tt.tensor([1.0], requires_grad=True))
    with pytest.raises(NotImplementedError, match="check_forward_ad"):
        gradcheck(lambda x: x * 2, x64(1.0), check_forward_ad=True)
    with pytest.raises(TypeError, match="unexpected keyword"):
        gradcheck(lambda x: x * 2, x64(1.0), epsilon=1)
