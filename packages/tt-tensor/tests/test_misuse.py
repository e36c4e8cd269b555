"""Nonsense in every function that takes a tensor: a TypeError that names the function, never one of Python's or NumPy's own."""

import inspect

import pytest
import tt_tensor as tt

X = tt.ones(2, 3)
# They take numbers, lists or dtypes, or do not look at what they get.
OTHER = {
    "arange", "as_tensor", "asarray", "can_cast", "chain_matmul", "empty", "eye", "fork_rng", "from_dlpack", "full", "handling",
    "is_nonzero", "is_tensor", "linspace", "logspace", "manual_seed", "normal", "ones", "polygamma", "primitive", "printoptions",
    "promote_types", "rand", "randint", "randn", "randperm", "range", "result_type", "scalar_tensor", "set_default_dtype",
    "set_printoptions", "set_rng_state", "tensor", "tril_indices", "triu_indices", "where", "zeros", "isin", "bernoulli",
    "searchsorted", "bucketize", "vander", "set_default_device",
}  # fmt: skip
NAMES = [n for n in tt.__all__ if callable(getattr(tt, n)) and not isinstance(getattr(tt, n), type) and n not in OTHER]
ALIASES = {  # names of the function that does the work, where it is another one
    "linalg", "cat", "var", "std", "nonzero", "gt", "ge", "lt", "le", "ne", "mul", "div", "sub", "pow", "isclose", "clamp", "amin", "amax", "acos",
    "outer", "movedim", "transpose", "expand", "repeat", "acosh", "asin", "asinh", "atan", "atanh", "atan2", "flip", "median", "matmul",
    "abs", "trunc", "trapezoid", "cov", "neg", "sign", "quantile", "index_select", "sort", "mm", "mv", "bmm", "dot", "det", "clamp_min", "clamp_max",
}  # fmt: skip


def required(function):
    return [
        p
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]


NEEDED = {n: max(len(required(getattr(tt, n))), 1) for n in NAMES}
# (A number beside a tensor is a 0-d operand.)
CASES = [(n, x) for n in NAMES for x in ("text", None, 3.5) if x != 3.5 or NEEDED[n] == 1]


@pytest.mark.parametrize(("name", "nonsense"), CASES)
def test_first_argument(name, nonsense):
    with pytest.raises((TypeError, RuntimeError)) as caught:
        getattr(tt, name)(nonsense, *[X] * (NEEDED[name] - 1))
    assert any(word in str(caught.value) for word in {name, *ALIASES}), str(caught.value)


@pytest.mark.parametrize("dim", ["text", 1.5, X, [0.5], object()], ids=lambda d: type(d).__name__)
@pytest.mark.parametrize(
    "name", ["sum", "mean", "amax", "all", "std", "logsumexp", "count_nonzero", "sort", "cumsum", "unbind"]
)
def test_dim(name, dim):
    with pytest.raises((TypeError, RuntimeError), match=name):
        getattr(tt, name)(X, dim)


def test_zero_size():
    for order in (1, 2, float("inf"), "nuc", "fro"):
        assert tt.linalg.matrix_norm(tt.zeros(2, 3, 0), order).tolist() == [0, 0]
    assert tt.linalg.cond(tt.zeros(0, 0)).item() == 0
    for f in (tt.unique, tt.unique_consecutive):
        with pytest.raises(tt.ShapeError, match=f.__name__):
            f(tt.zeros(3, 0), dim=0)
        assert f(tt.zeros(3, 0), dim=1).shape == (3, 0)
