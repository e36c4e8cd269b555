"""Elementwise operations, creation and conversion, compared with PyTorch: values, dtypes, shapes, and what raises."""

import warnings

import numpy as np
import pytest
import tt_tensor

torch = pytest.importorskip("torch")

INF, NAN = float("inf"), float("nan")
DTYPES = ["bool", "uint8", "int32", "int64", "float32", "float64"]
SPECIAL = [-INF, -2.5, -1.5, -1.0, -0.5, -0.0, 0.0, 0.3, 0.5, 1.0, 1.5, 2.5, 7.0, 100.0, INF, NAN]

UNARY = [
    "abs",
    "absolute",
    "neg",
    "negative",
    "positive",
    "sign",
    "sgn",
    "signbit",
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
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "atanh",
    "arcsinh",
    "arccosh",
    "arctanh",
    "sigmoid",
    "erf",
    "erfc",
    "erfinv",
    "floor",
    "ceil",
    "round",
    "trunc",
    "fix",
    "frac",
    "isnan",
    "isinf",
    "isfinite",
    "isposinf",
    "isneginf",
    "isreal",
    "nan_to_num",
    "logical_not",
    "bitwise_not",
    "logit",
    "sinc",
    "deg2rad",
    "rad2deg",
    "clone",
    "is_floating_point",
    "is_complex",
    "numel",
]
BINARY = [
    "add",
    "sub",
    "rsub",
    "subtract",
    "mul",
    "multiply",
    "div",
    "divide",
    "true_divide",
    "floor_divide",
    "remainder",
    "fmod",
    "pow",
    "float_power",
    "atan2",
    "arctan2",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "hypot",
    "logaddexp",
    "logaddexp2",
    "ldexp",
    "copysign",
    "heaviside",
    "gcd",
    "lcm",
    "xlogy",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "greater",
    "less_equal",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "nextafter",
    "bitwise_left_shift",
    "bitwise_right_shift",
    "result_type",
]


def values(dtype):
    if dtype == "bool":
        return np.array([True, False, True, True])
    if dtype.startswith("float"):
        return np.array(SPECIAL, dtype)
    return np.array([0, 1, 2, 3, 7, 100] + ([] if dtype == "uint8" else [-1, -2, -100]), dtype)


def pair(dtype_x, dtype_y):
    """Every value of the one against every value of the other."""
    return values(dtype_x)[:, None], values(dtype_y)[None, :]


def outcome(f):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return f()
        except Exception as error:  # noqa: BLE001
            return error


def compare(ours, theirs, rtol=2e-6, atol=0.0):
    """Both raise, or both give the same values, shape and dtype."""
    if isinstance(theirs, Exception):
        assert isinstance(ours, Exception), f"PyTorch raises {theirs!r}, and this gives {ours!r}"
        wanted = RuntimeError if isinstance(theirs, RuntimeError) else type(theirs)
        assert isinstance(ours, wanted), f"{ours!r} is not a {wanted}, as PyTorch's {theirs!r} is"
        return
    if isinstance(ours, Exception):
        raise ours
    if isinstance(theirs, tuple | list) and not isinstance(theirs, torch.Size):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            compare(a, b, rtol, atol)
        return
    if isinstance(theirs, torch.dtype):
        assert str(theirs) == f"torch.{ours}"
        return
    if not isinstance(theirs, torch.Tensor):
        assert ours == theirs or (ours != ours and theirs != theirs), (ours, theirs)
        assert type(ours) is type(theirs) or isinstance(theirs, torch.Size)
        return
    assert f"torch.{ours.dtype}" == str(theirs.dtype)
    assert tuple(ours.shape) == tuple(theirs.shape)
    a, b = ours.numpy(), theirs.detach().resolve_conj().numpy()
    if a.dtype.kind in "fc":
        if a.dtype == np.float64:
            rtol = 1e-13 if rtol == 2e-6 else rtol
        np.testing.assert_allclose(a, b, rtol, atol)
    else:
        np.testing.assert_array_equal(a, b)


def both(f, *arrays):
    return (
        outcome(lambda m=m: f(m, *[m.tensor(a.copy()) if isinstance(a, np.ndarray) else a for a in arrays]))
        for m in (tt_tensor, torch)
    )


# Where the last digits are another library's: x near an asymptote, or PyTorch's own approximation.
LOOSE = {"erfinv": 1e-5, "sinc": 1e-5, "tan": 1e-5, "erf": 1e-5, "logaddexp2": 1e-5, "logaddexp": 1e-5, "float_power": 1e-11, "pow": 5e-6, "exp": 4e-6,
         "exp2": 4e-6, "cosh": 1e-5, "sinh": 1e-5, "sin": 1e-5, "cos": 1e-5, "rsqrt": 4e-6}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_unary(name, dtype):
    ours, theirs = both(lambda m, x: getattr(m, name)(x), values(dtype))
    loose = 1e-10 if dtype == "float64" else LOOSE.get(name, 2e-6)
    compare(
        ours,
        theirs,
        loose if name in LOOSE else 2e-6,
        1e-6 if name in ("sin", "cos", "tan", "sinc") and dtype != "float64" else 1e-15,
    )


# What PyTorch leaves to the processor (shifts by more than the width, an integer to a negative power) or says in another way.
UNDEFINED = {"bitwise_left_shift", "bitwise_right_shift"}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("dtype_y", DTYPES)
@pytest.mark.parametrize("dtype_x", DTYPES)
def test_binary(name, dtype_x, dtype_y):
    if name == "ldexp" and dtype_y == "bool":
        pytest.skip("not implemented in PyTorch")
    x, y = pair(dtype_x, dtype_y)
    if name in UNDEFINED or name in ("floor_divide", "remainder", "fmod", "gcd", "lcm", "ldexp"):
        y = y[(y > 0) & (y < 20)][None]
    if name in ("pow", "float_power", "ldexp", "lcm", "copysign", "nextafter"):
        x, y = x[np.abs(x) < 20][:, None], y[np.abs(y) < 20][None]
    ours, theirs = both(lambda m, x, y: getattr(m, name)(x, y), x, y)
    compare(ours, theirs, LOOSE.get(name, 2e-6), 1e-7 if name.startswith("logadd") else 0.0)


NUMBERS = [True, 2, 3, -1, 0.5, -1.5, 3.0]


@pytest.mark.parametrize(
    "operator", ["+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "&", "|", "^", "<<", ">>"]
)
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_operators_with_a_number(operator, number, dtype):
    x = values(dtype)
    x = x[np.abs(x) < 20]
    if dtype == "uint8" and number == -1:
        pytest.skip("-1 as a uint8 wraps around")
    if operator == "**" and dtype == "bool" and number is True:
        pytest.skip("bools have no power, but PyTorch returns a copy")
    if operator in ("<<", ">>") and (number is True or number < 0):
        pytest.skip("undefined")
    for text in (f"x {operator} n", f"n {operator} x"):
        if text[0] == "n" and operator in ("<<", ">>"):
            continue
        a = x[x > 0] if text[0] == "n" and operator in ("//", "%") else x
        ours, theirs = both(lambda m, x, t=text: eval(t, {"x": x, "n": number}), a)
        compare(ours, theirs, 1e-5)


CASES = """
f.add(x, o, alpha=2)  f.sub(x, o, alpha=0.5)  f.rsub(x, o, alpha=2)  f.add(i, 1, alpha=2)  f.add(i, 1, alpha=2.5)  x.add(1).mul(2).sub(3).div(4)  f.div(x, o, rounding_mode="floor")
f.div(x, o, rounding_mode="trunc")  f.div(i, 2, rounding_mode="floor")  f.div(i, 2, rounding_mode="trunc")  f.div(-i, 2, rounding_mode="trunc")  f.div(i, 0, rounding_mode="floor")  f.div(x, o, rounding_mode="up")
i // 0  i % 0  f.fmod(i, 0)  x // 0  x % 0  i / 0  i ** -1  i ** i  (-i) ** i  2 ** i  2.0 ** i  x ** 2  x ** 3  x ** -1  x ** -2  x ** 0.5  x ** -0.5  x ** 0  x ** 1  x ** 2.5  i ** 2.0  i ** 0.5  u ** 2  s ** 2
f.addcmul(x, o, o, value=2)  f.addcdiv(x, o, o, value=2)  f.addcdiv(i, i, i)  f.addcmul(i, i, i)  f.lerp(x, o, 0.3)  f.lerp(x, o, 0.7)  f.lerp(x, o, o)  f.lerp(x, d, 0.5)
x.clamp(0, 1)  x.clamp(min=0)  x.clamp(max=0.5)  x.clamp(2, 1)  i.clamp(1, 2)  i.clamp(0.5, 2)  x.clamp(o, o + 1)  i.clamp(min=x[0])  x.clamp()  f.clip(x, 0, 1)  x.clamp_min(0)  x.clamp_max(0)  n.clamp(0, 1)
f.where(x > 0, x, o)  f.where(x > 0, x, 0.0)  f.where(x > 0, 1, 0)  f.where(x > 0, 1.0, 0)  f.where(i, x, o)  f.where(x > 0)  f.where(b, x, i)  x.where(b, o)  f.where(b, x, d)  f.where(b, i, 2.5)
f.round(x * 10, decimals=1)  f.round(x * 100, decimals=-1)  f.round(f.tensor([0.5, 1.5, 2.5, -0.5]))  f.nan_to_num(n, 1.0, 2.0, 3.0)  f.nan_to_num(n.double())  f.logit(f.tensor([0.1, 0.9]), 0.2)
f.isclose(x, x + 1e-9)  f.isclose(n, n)  f.isclose(n, n, equal_nan=True)  f.isclose(i, i + 1)  f.allclose(x, x)  f.allclose(x, o)  f.equal(x, x)  f.equal(x, o)  f.isclose(x, d)  f.isclose(i, i, rtol=-1)  f.equal(x, x[0])
x == None  x != None  x == "a"  b + b  b * b  b - b  -b  +b  b + 1  b + 1.0  b & b  ~b  ~i  ~x  x & x  b < b  i + 2.5  i * 0.5  u + i  u + 1  u + 1.5  x + d  x + s  i + s  s + i  i + x  x * d[0, 0]  x + f.tensor(1.0).double()
i * f.tensor(2.5).double()  i + f.tensor(1)  u + f.tensor(300)  h + x  h + 1.0  h * i  h + d  x + "a"  x + None  x + [1]  x + o.T  x * f.ones(4)  f.exp(2.0)
f.tensor([1, 2.5])  f.tensor([True, 2])  f.tensor(3)  f.tensor(3.5)  f.tensor(True)  f.tensor([])  f.tensor([[]])  f.tensor([[1, 2], [3]])  f.tensor(None)  f.tensor("a")  f.tensor([1, None])  f.tensor(2**63)
f.tensor([1, 2], dtype=f.float64)  f.tensor(2.7, dtype=f.int64)  f.tensor([0, 2], dtype=f.bool)  f.tensor(x)  f.tensor([x[0, 0], x[0, 1]])  f.as_tensor([1.0, 2.0])  f.as_tensor(i, dtype=f.float32)  f.scalar_tensor(3)
f.zeros(2, 3)  f.zeros((2, 3))  f.zeros([2])  f.zeros(())  f.zeros(0, 3)  f.zeros(2, dtype=f.int64)  f.zeros(-1)  f.zeros(2.5)  f.ones(2, 3)  f.ones(3, dtype=f.bool)  f.full((2,), 7)  f.full((2,), 7.0)  f.full((2,), True)
f.full((2, 2), 7, dtype=f.float64)  f.full((), 1.5)  f.zeros_like(i)  f.ones_like(x, dtype=f.int32)  f.full_like(i, 3)  f.full_like(x, 3)  f.empty(2, 3).shape  f.empty_like(i).dtype  f.zeros(3, dtype=float)  f.zeros(3, dtype=int)
f.arange(5)  f.arange(1, 4)  f.arange(1, 2.5, 0.5)  f.arange(5.0)  f.arange(5, 0, -2)  f.arange(0)  f.arange(0, 1, 0.1)  f.arange(3, dtype=f.float32)  f.arange(5, 0)  f.arange(0, 5, 0)  f.arange(0, 1, 0.3, dtype=f.float64)
f.linspace(0, 1, 5)  f.linspace(-3, 3, 7, dtype=f.float64)  f.linspace(0, 10, 4, dtype=f.int64)  f.linspace(1, 2, 1)  f.linspace(1, 2, 0)  f.linspace(0, 1, -1)  f.logspace(0, 2, 3)  f.logspace(0, 3, 4, base=2)  f.eye(3)  f.eye(2, 3)
f.eye(3, 2, dtype=f.int64)  f.eye(0)  f.eye(-1)  f.tril_indices(3, 3)  f.tril_indices(3, 4, 1)  f.triu_indices(3, 3, -1)  f.triu_indices(2, 4)  f.meshgrid(i, i, indexing="ij")  f.meshgrid(i, x[0], indexing="xy")
f.meshgrid(x, indexing="ij")  f.meshgrid(i, i, indexing="ji")  f.meshgrid(i, s, indexing="ij")  f.range(0, 2, 0.5)  x.new_zeros(2, 3)  i.new_ones((2,))  i.new_full((2,), 3)  x.new_tensor([1, 2])  i.new_tensor([1, 2])  x.new_empty(3).shape
i.new_tensor([1.5, 2])  i.new_zeros(2, dtype=f.float32)  x.to(f.int64)  x.long()  i.float()  x.double()  x.half()  x.int()  x.short()  x.bool()  x.type(f.int32)  x.to(i)  x.to("cpu")  x.to("cpu", f.float64)  x.to(dtype=f.float16)
x.type_as(i)  n.bool()  x.cpu()  x.clone()  x.T.contiguous()  x.T.contiguous().stride()  x.stride()  x.T.stride()  x.T.is_contiguous()  x.size()  x.size(1)  x.size(-1)  x.size(2)  x.shape  x.dim()  x.ndim  s.size()
x.numel()  x.nelement()  x.element_size()  x.is_floating_point()  i.is_floating_point()  x.is_signed()  u.is_signed()  x.dtype  x.item()  s.item()  f.tensor([[2]]).item()  f.tensor([]).item()  x.tolist()  s.tolist()  bool(x)  bool(s)  bool(f.tensor([]))
float(s)  int(s)  int(f.tensor([3]))  float(x)  [0, 1, 2, 3, 4][i[1]]  [0, 1][x[0, 0]]  len(x)  len(s)  [v.item() for v in i]  list(s)  2 in i  9 in i  "a" in i  f"{s:.3f}"  f"{f.tensor(3)}"  abs(x)  x.fill_(2)  x.zero_()  i.fill_(2.7)
x.copy_(o)  x.copy_(i[:3])  i.copy_(x[0])  x.copy_(f.ones(5))  x.add_(1)  x.mul_(o)  i.add_(1.5)  i.div_(2)  x.sub_(f.ones(4))  x.sqrt_()  x.clamp_(0, 1)  x.neg_()  x.exp_().log_()  x.pow_(2)  i.pow_(2)  x.eq_(o)  x.lt_(0)  x.round_()  i.sigmoid_()
x.addcmul_(o, o)  x.addcdiv_(o, o, value=2)  x.lerp_(o, 0.5)  x.floor_divide_(2)  x.remainder_(2)  b.logical_not_()  i.bitwise_or_(8)  x.logit_(0.1)  x.nan_to_num_()  x.copysign_(o)  x.hypot_(o)  x.atan2_(o)  x.erfinv_()  x.trunc_()  x.frac_()
f.add(x, o, out=f.empty(2, 3))  f.add(x, o, out=f.empty(2, 3, dtype=f.int64))  f.add(x, o, out=f.empty(2, 3, dtype=f.float64))  f.exp(x, out=f.empty(2, 3))  f.eq(x, o, out=f.empty(2, 3))  f.zeros(2, out=f.ones(2))  f.exp(x, out=None)
f.promote_types(f.int64, f.float32)  f.promote_types(f.uint8, f.int8)  f.can_cast(f.float64, f.int32)  f.can_cast(f.int64, f.float32)  f.can_cast(f.float32, f.float64)  f.result_type(i, 1.0)  f.result_type(x, s.double())  f.finfo(f.float32).eps
f.finfo(f.float64).max  f.finfo(f.float16).tiny  f.iinfo(f.int32).max  f.iinfo(f.uint8).min  f.finfo().bits  f.finfo(f.int32)  f.iinfo(f.float32)  f.is_nonzero(s)  f.numel(x)  f.bernoulli(f.tensor([0.0, 1.0]))  f.bernoulli(i)  f.bernoulli(f.tensor([2.0]))
f.randint(5, 3, (2,))  f.rand(2, 3).shape  f.rand(2, dtype=f.float64).dtype  f.rand(2, dtype=f.int64)  f.randn(2).dtype  f.randint(5, (2, 3)).dtype  f.randint(1, 2, (3,))  f.randperm(5).sort()[0]  f.randperm(-1)  f.multinomial(f.tensor([0.0, 1.0]), 1)
f.multinomial(f.tensor([0.0, 1.0]), 3, True)  f.multinomial(f.tensor([-1.0, 1.0]), 1)  f.multinomial(i, 1)  f.multinomial(f.ones(3, 4), 2).shape  f.normal(0.0, 1.0, (2, 3)).shape  f.normal(x, 1.0).shape  f.normal(0.0, -1.0, (2,))
x.uniform_(1, 0)  i.uniform_()  x.normal_(0, -1)  x.exponential_(-1)  x.bernoulli_(2)  f.rand_like(i)  f.rand_like(x).dtype  f.randint_like(x, 5).dtype  x.bernoulli_(1)  x.random_(1)  i.random_(3, 4)  f.Size([2, 3]).numel()  str(x.shape)  x.shape[1:]  x.shape + (1,)
f.float_power(2, i)  f.ldexp(x, i[:3])  x.signbit()  f.heaviside(x, o)  f.heaviside(x, i[0])  f.lerp(x, o, s)  f.xlogy(x, 2)  f.xlogy(2, o)  f.square(b)  x.true_divide(2)  f.atan2(i, i)  f.hypot(i, i)  f.logaddexp(i, i)  f.copysign(i, -1)  f.nextafter(x, o)
""".strip()  # fmt: skip
EXPRESSIONS = [case for line in CASES.splitlines() for case in line.strip().split("  ")]


def names(m):
    rng = np.random.default_rng(0)
    x, o = rng.standard_normal((2, 3)).astype("f"), rng.standard_normal((2, 3)).astype("f") + 2
    arrays = {
        "x": x, "o": o, "d": o.astype("d"), "h": x.astype("e"), "i": np.arange(5), "u": np.arange(4, dtype="u1"), "b": x > 0,
        "s": np.array(2.5, "f"), "n": np.array([NAN, INF, -INF, 1.0], "f"),
    }  # fmt: skip
    return {"f": m, "__builtins__": __builtins__} | {k: m.tensor(a) for k, a in arrays.items()}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression(text):
    ours, theirs = (outcome(lambda m=m: eval(text, names(m))) for m in (tt_tensor, torch))
    compare(ours, theirs)


def test_promotion_table():
    kinds = [
        "bool",
        "uint8",
        "int8",
        "int16",
        "int32",
        "int64",
        "float16",
        "float32",
        "float64",
        "complex64",
        "complex128",
    ]
    for a in kinds:
        for b in kinds:
            ours, theirs = (m.promote_types(getattr(m, a), getattr(m, b)) for m in (tt_tensor, torch))
            assert str(theirs) == f"torch.{ours}", (a, b)
