"""First and second derivatives of elementwise operations, compared with PyTorch's: also where they are not smooth."""

import warnings

import numpy as np
import pytest
import tt_autograd

torch = pytest.importorskip("torch")

INF, NAN = float("inf"), float("nan")
VALUES = np.array([-2.5, -1.0, -0.6, -0.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.5, 7.0])
OTHERS = np.array([-1.5, -1.0, 0.0, 0.4, 0.5, 1.0, 2.0, 3.0])
UNARY = [
    "abs",
    "neg",
    "positive",
    "sign",
    "sgn",
    "exp",
    "exp2",
    "expm1",
    "log",
    "log1p",
    "log2",
    "log10",
    "sqrt",
    "rsqrt",
    "square",
    "reciprocal",
    "sin",
    "cos",
    "tan",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "sigmoid",
    "erf",
    "erfc",
    "erfinv",
    "floor",
    "ceil",
    "round",
    "trunc",
    "frac",
    "nan_to_num",
    "logit",
    "sinc",
    "deg2rad",
    "rad2deg",
    "clone",
]
BINARY = [
    "x+y",
    "x-y",
    "x*y",
    "x/y",
    "x**y",
    "f.remainder(x,y)",
    "f.fmod(x,y)",
    "f.atan2(x,y)",
    "f.maximum(x,y)",
    "f.minimum(x,y)",
    "f.fmax(x,y)",
    "f.fmin(x,y)",
    "f.hypot(x,y)",
    "f.logaddexp(x,y)",
    "f.logaddexp2(x,y)",
    "f.copysign(x,y)",
    "f.xlogy(x,y)",
    'f.div(x,y,rounding_mode="floor")',
    'f.div(x,y,rounding_mode="trunc")',
    "f.rsub(x,y,alpha=2)",
    "f.add(x,y,alpha=3)",
    "f.where(x>y,x,y)",
    "f.where(x>0,x,0.0)*y",
    "f.lerp(x,y,0.25)",
    "f.lerp(x,y,0.75)",
    "f.lerp(x,y,y)",
    "f.addcmul(x,x,y,value=2)",
    "f.addcdiv(x,x,y,value=2)",
    "f.clamp(x,-1,1)*y",
    "f.clamp(x,min=0.5)*y",
    "f.clamp(x,max=0.5)*y",
    "f.clamp(x,y,y+1)",
    "f.clamp(x,y,y-1)",
    "f.clamp(x,min=y)",
    "f.clamp(x,max=y)",
    "x**2*y",
    "x**3*y",
    "x**0.5*y",
    "x**-1*y",
    "x**0*y",
    "x**1*y",
    "x**2.5*y",
    "2**x*y",
    "0.5**x*y",
    "3/x*y",
    "3-x*y",
    "(x*2).float()*y",
    "f.ldexp(x,y)",
    "f.float_power(x,y)",
    "f.logit(x,0.2)*y",
    "x.double()*y",
    "f.round(x,decimals=1)*y",
    "f.nan_to_num(x/y)",
    "x.exp_().clone()*y",
    "x.fill_(2.0)*y",
    "x.mul(1).copy_(y)*x",
    "x.zero_()*y",
    "(x*1).clamp_(0,1)*y",
    "x.clone().add_(y).mul_(x)",
    "f.bernoulli(x*0)*y",
    "x.data*y",
    "x.to(f.float32)*y",
    "x.contiguous()*y",
]


def run(module, text, x, y):
    """The result, its gradients, and the gradients of their weighted sum; or the error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        a, b = (module.tensor(v.copy()).requires_grad_() for v in (x, y))
        try:
            z = eval(text, {"f": module, "x": a * 1, "y": b})
        except RuntimeError as error:
            return error
        weights = np.linspace(0.5, 1.5, z.numel()).reshape(tuple(z.shape))
        (z * module.tensor(weights)).sum().backward(create_graph=True)
        found = [z.detach(), *(g if g is None else g.detach().clone() for g in (a.grad, b.grad))]
        total = sum((g * g).sum() for g in (a.grad, b.grad) if g is not None and g.requires_grad)
        grads, a.grad, b.grad = (a.grad, b.grad), None, None
        if not isinstance(total, int):
            total.backward()
        del grads
        return [*found, *(None if g is None else g.detach() for g in (a.grad, b.grad))]


def compare(text, x, y):
    ours, theirs = run(tt_autograd, text, x, y), run(torch, text, x, y)
    if isinstance(theirs, Exception):
        assert isinstance(ours, RuntimeError), f"PyTorch raises {theirs!r}"
        return
    assert not isinstance(ours, Exception), ours
    for name, a, b in zip(("value", "dx", "dy", "d²x", "d²y"), ours, theirs, strict=True):
        if a is None or b is None:  # PyTorch has no gradient where every second derivative is the constant 0
            assert a is None or not a.numpy().any() or name.startswith("d²"), name
            assert b is None or not b.numpy(force=True).any(), name
            continue
        assert f"torch.{a.dtype}" == str(b.dtype), name
        if "sinc" in text and name.startswith("d²"):  # PyTorch's is NaN at 0
            a, b = a[x != 0], b[torch.tensor(x != 0)]
        close = 1e-5 if "float()" in text or "float32" in text or x.dtype != y.dtype else 1e-9
        np.testing.assert_allclose(a.numpy(), b.resolve_neg().numpy(force=True), close, close, err_msg=name)


@pytest.mark.parametrize("name", UNARY)
def test_unary(name):
    inside = VALUES[np.abs(VALUES) < 1] if name in ("erfinv", "asin", "acos", "atanh") else VALUES
    compare(f"f.{name}(x)*y", inside, np.linspace(1, 2, len(inside)))


@pytest.mark.parametrize("text", BINARY)
def test_binary(text):
    compare(text, VALUES[:, None], OTHERS[None, :])


@pytest.mark.parametrize("text", ["x*y", "x/y", "f.maximum(x,y)", "x**y", "x**2*y"])
def test_gradients_keep_the_dtypes_of_a_mixture(text):
    compare(text, np.array([1.0, 2.0, 3.0], "f"), np.array([0.5, 1.0, 2.0]))
