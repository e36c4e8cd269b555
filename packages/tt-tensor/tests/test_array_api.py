"""The array API namespace has the standard's names and signatures, and gives what the reference implementation gives."""

import inspect

import numpy as np
import pytest
import tt_tensor as tt
from tt_tensor import array_api as xp

strict = pytest.importorskip("array_api_strict")
strict.set_array_api_strict_flags(api_version="2024.12", enabled_extensions=("linalg",))

NEW_IN_2025 = {"broadcast_shapes", "isin"}
MINE = {"ArrayAPIStrictFlags", "Device", "ModuleType", "fft", "__version__"}
NAMES = [n for n in strict.__all__ if "array_api_strict_flags" not in n and n not in NEW_IN_2025 | MINE]
COMPLEX_ONLY = {"eig", "eigvals", "EigResult"}  # new in 2025.12
LINALG = [n for n in strict.linalg.__all__ if n not in COMPLEX_ONLY]


@pytest.mark.parametrize("name", NAMES + [f"linalg.{n}" for n in LINALG])
def test_name_and_signature(name):
    ours, theirs = (
        getattr(m.linalg if name.startswith("linalg.") else m, name.removeprefix("linalg.")) for m in (xp, strict)
    )
    if inspect.isfunction(theirs):
        kinds = {p.name: (p.kind, p.default) for p in inspect.signature(ours).parameters.values()}
        for p in inspect.signature(theirs).parameters.values():
            if p.name in ("device", "fill_value", "stacklevel"):
                assert p.name in kinds or p.name == "stacklevel"
                continue
            positional = p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL)
            assert positional or p.name in kinds, (name, p.name)
            if p.kind is p.KEYWORD_ONLY:
                assert kinds[p.name][0] is p.KEYWORD_ONLY
        required = [p for p in inspect.signature(theirs).parameters.values() if p.kind is not p.KEYWORD_ONLY]
        mine = [p for p in inspect.signature(ours).parameters.values() if p.kind is not p.KEYWORD_ONLY]
        assert len(mine) == len(required)


A = np.array([[1.5, -2.5, 0.25], [3.0, 0.5, -0.75]])
B = np.array([[2.0, 0.5, 4.0]])
I = np.array([[5, -3, 0], [2, 7, 1]])
J = np.array([[2, 3, 1]])
L = np.array([[True, False, True], [False, False, True]])
M = np.array([True, False, True])
C = np.array([1 + 2j, -0.5j, 3.0])
S = np.array([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 4.0]])
V = np.array([3, 1, 2, 1, 3, 3])
F32, U8, I8 = A.astype(np.float32), np.abs(I).astype(np.uint8), I.astype(np.int8)


def calls():
    """(label, function of the namespace, arrays)."""

    def case(name, *arrays, **settings):
        def call(m, *xs):
            owner, _, last = name.rpartition(".")
            given = settings | {"dtype": getattr(m, settings["dtype"])} if "dtype" in settings else settings
            return getattr(m.linalg if owner else m, last)(*xs, **given)

        label = " ".join([name, *(str(getattr(a, "dtype", a)) for a in arrays), str(settings or "")])
        return pytest.param(call, arrays, id=label)

    for name in ["abs", "ceil", "floor", "negative", "positive", "round", "sign", "square", "trunc"]:
        yield from (case(name, a) for a in (A, F32, I, I8))
    for name in [
        "exp",
        "expm1",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
        "tanh",
        "asinh",
        "atan",
        "isfinite",
        "isinf",
        "isnan",
        "signbit",
        "reciprocal",
    ]:
        yield from (case(name, a) for a in (A, F32))
    for name in ["sqrt", "log", "log1p", "log2", "log10"]:
        yield from (case(name, np.abs(a)) for a in (A, F32))
    yield from (case(name, A / 4) for name in ("asin", "acos", "atanh"))
    yield case("acosh", np.abs(A) + 1)
    for name in [
        "exp",
        "sin",
        "tan",
        "sqrt",
        "log",
        "conj",
        "real",
        "imag",
        "abs",
        "isfinite",
        "square",
        "negative",
        "sign",
    ]:
        yield case(name, C)
    for name in ["add", "subtract", "multiply", "maximum", "minimum"]:
        pairs = (
            (A, B),
            (F32, B),
            (I, J),
            (U8, J.astype(np.int16)),
            (A, B[0, 0]),
            (F32, np.asarray(2.0)),
            (A, 2),
            (F32, 0.5),
        )
        yield from (case(name, *pair) for pair in pairs)
    for name in ["equal", "not_equal", "less", "less_equal", "greater", "greater_equal"]:
        yield from (case(name, *pair) for pair in ((A, B), (I, J), (I8, J), (I, 2)))
    for name in ["divide", "atan2", "copysign", "hypot", "logaddexp", "nextafter"]:
        yield from (case(name, *pair) for pair in ((A, B), (F32, B.astype(np.float32))))
    for name in ["floor_divide", "remainder"]:
        yield from (case(name, *pair) for pair in ((A, B), (I, J), (-I, J), (I8, J.astype(np.int8))))
    yield from (case("pow", *pair) for pair in ((np.abs(A), B), (I, J), (F32, 2)))
    for name in ["bitwise_and", "bitwise_or", "bitwise_xor"]:
        yield from (case(name, *pair) for pair in ((I, J), (L, M), (U8, J.astype(np.uint8))))
    yield from (case(name, I, J) for name in ("bitwise_left_shift", "bitwise_right_shift"))
    yield from (case("bitwise_invert", a) for a in (I, L, U8))
    yield from (case(name, L, M) for name in ("logical_and", "logical_or", "logical_xor"))
    yield case("logical_not", L)
    yield from (case("clip", A, **s) for s in ({"min": 0.0}, {"max": 1.0}, {"min": -1.0, "max": 1.0}, {}))
    yield case("clip", I, min=0, max=3)
    axes = (
        {},
        {"axis": 0},
        {"axis": -1, "keepdims": True},
        {"axis": (0, 1)},
        {"axis": (1,), "keepdims": True},
        {"axis": ()},
    )
    for name in ["sum", "prod"]:
        yield from (case(name, a, **s) for a in (A, F32, I, I8, U8) for s in axes)
        yield case(name, F32, dtype="float64")
    for name in ["mean", "std", "var", "max", "min"]:
        yield from (case(name, a, **s) for a in (A, F32) for s in axes)
    yield from (case(name, I, axis=0) for name in ("max", "min"))
    yield from (case(name, A, axis=0, correction=1.0) for name in ("std", "var"))
    for name in ["all", "any", "count_nonzero"]:
        yield from (case(name, a, **s) for a in (L, I, A) for s in axes)
    for name in ["argmax", "argmin"]:
        yield from (case(name, a, **s) for a in (A, I) for s in ({}, {"axis": 1}, {"axis": 0, "keepdims": True}))
    for name in ["cumulative_sum", "cumulative_prod"]:
        yield from (case(name, a, axis=1, include_initial=i) for a in (A, I8, U8) for i in (False, True))
        yield case(name, V)
    yield from (case("diff", A, **s) for s in ({}, {"axis": 0}, {"n": 2}))
    yield case("sort", A, descending=True)
    yield from (case(name, I, axis=0) for name in ("sort", "argsort"))
    yield from (case("argsort", V, descending=d) for d in (False, True))
    yield from (case(f"unique_{name}", V) for name in ("all", "counts", "inverse", "values"))
    yield from (case(f"unique_{name}", I) for name in ("all", "counts", "inverse", "values"))
    yield case("nonzero", L)
    yield case("searchsorted", np.sort(V), V, side="right")
    yield from (case("where", L, *pair) for pair in ((A, B), (I, A.astype(np.int8)), (F32, 0.0)))
    yield case("take", A, np.array([2, 0]), axis=1)
    yield case("take_along_axis", A, np.array([[2], [0]]), axis=1)
    yield case("reshape", A, (3, -1))
    yield case("permute_dims", A, (1, 0))
    yield case("expand_dims", A, axis=1)
    yield case("squeeze", B, 0)
    yield from (case("flip", A, **s) for s in ({}, {"axis": 0}))
    yield from (case("roll", A, 1, **s) for s in ({}, {"axis": 1}))
    yield case("tile", A, (2, 1, 2))
    yield from (case("repeat", A, 2, **s) for s in ({}, {"axis": 1}))
    yield case("moveaxis", A[None], 0, 2)
    yield case("broadcast_to", B, (2, 3))
    yield case("broadcast_arrays", A, B)
    yield case("unstack", A, axis=1)
    yield from (
        pytest.param(lambda m, *xs, f=f: getattr(m, f)(xs, axis=0), (A, F32), id=f) for f in ("concat", "stack")
    )
    yield pytest.param(lambda m, *xs: m.concat(xs, axis=None), (A, B), id="concat None")
    yield from (case(name, S, k=1) for name in ("tril", "triu"))
    yield from (case(name, A) for name in ("zeros_like", "ones_like", "matrix_transpose"))
    yield case("full_like", A, 3)
    yield from (case(name, (2, 3)) for name in ("zeros", "ones"))
    yield case("full", (2,), 3)
    yield from (case("arange", *a) for a in ((5,), (1, 6, 2), (5, 1, -2), (3, 1)))
    yield case("arange", 0.0, 1.0, 0.25, dtype="float64")
    yield case("eye", 2, 3, k=1, dtype="float64")
    yield case("linspace", 0, 1, 5, endpoint=False, dtype="float64")
    yield from (case("meshgrid", V[:2], V, indexing=i) for i in ("xy", "ij"))
    yield from (case("matmul", *pair) for pair in ((A, S), (I, I.T.copy()), (S, S[0]), (I8, J[0].astype(np.int8))))
    yield case("tensordot", A, S, axes=1)
    yield from (case(name, A, B) for name in ("vecdot", "linalg.vecdot"))
    yield from (
        case(f"linalg.{name}", S)
        for name in ["cholesky", "det", "inv", "pinv", "svdvals", "eigvalsh", "matrix_rank", "diagonal", "trace"]
    )
    yield from (
        case(f"linalg.{name}", S)
        for name in ["slogdet", "qr", "eigh", "svd", "matrix_norm", "vector_norm", "matrix_transpose"]
    )
    yield case("linalg.cholesky", S, upper=True)
    yield case("linalg.solve", S, S[0])
    yield case("linalg.solve", S, S)
    yield case("linalg.cross", A, B)
    yield case("linalg.outer", S[0], S[1])
    yield case("linalg.matrix_power", S, 3)
    yield case("linalg.trace", A, offset=1)
    yield from (case("linalg.matrix_norm", A, ord=o, keepdims=True) for o in (1, -1, 2, -2, np.inf, -np.inf, "nuc"))
    yield from (case("linalg.vector_norm", A, ord=o, axis=1) for o in (0, 1, 2, 3.5, np.inf, -np.inf))


def compare(ours, theirs):
    if isinstance(theirs, tuple | list):
        assert type(ours) is not tt.Tensor
        assert len(ours) == len(theirs)
        assert getattr(ours, "_fields", None) == getattr(theirs, "_fields", None)
        for mine, yours in zip(ours, theirs, strict=True):
            compare(mine, yours)
        return
    expected = np.asarray(theirs)
    assert isinstance(ours, tt.Tensor)
    assert tuple(ours.shape) == expected.shape
    assert ours.dtype == expected.dtype
    np.testing.assert_allclose(ours.array, expected, rtol=2e-6 if expected.dtype == np.float32 else 1e-10, atol=1e-12)


@pytest.mark.parametrize(("call", "arrays"), list(calls()))
def test_value(call, arrays):
    with np.errstate(all="ignore"):
        ours, theirs = (
            call(m, *(m.asarray(a) if isinstance(a, np.ndarray | np.generic) else a for a in arrays))
            for m in (xp, strict)
        )
    if not isinstance(theirs, tuple | list) and not any(isinstance(a, np.ndarray) for a in arrays):
        theirs = np.asarray(theirs)
        if ours.dtype == np.float32:  # made from nothing: the default floats are float32 here, and float64 there
            theirs = theirs.astype(np.float32)
    compare(ours, theirs)


def test_types():
    assert xp.isdtype(xp.float32, "real floating")
    assert xp.isdtype(xp.int8, ("bool", "integral"))
    assert not xp.isdtype(xp.bool, "numeric")
    assert xp.isdtype(xp.uint8, xp.uint8)
    with pytest.raises(ValueError, match="kind"):
        xp.isdtype(xp.int8, "integer")
    assert xp.result_type(xp.int8, xp.uint8) == xp.int16
    assert xp.result_type(xp.asarray(1.0, dtype=xp.float64), xp.ones(2)) == xp.float64
    assert xp.result_type(xp.ones(2), 2.0) == xp.float32
    assert xp.can_cast(xp.int8, xp.int16)
    assert not xp.can_cast(xp.int16, xp.int8)
    assert xp.finfo(xp.float32).bits == 32
    assert xp.iinfo(xp.int8).max == 127
    x = xp.ones(2)
    assert xp.astype(x, xp.float32, copy=False) is x
    assert xp.astype(x, xp.int8).dtype == xp.int8
    with pytest.raises(TypeError, match="imaginary"):
        xp.astype(xp.asarray(C), xp.float32)


def test_info():
    info = xp.__array_namespace_info__()
    assert info.capabilities()["boolean indexing"]
    assert info.default_dtypes()["real floating"] == xp.float32
    assert set(info.dtypes(kind="signed integer")) == {"int8", "int16", "int32", "int64"}
    assert info.default_device() in info.devices()
    assert not hasattr(xp, "fft")


def test_array_namespace():
    x = tt.ones(2)
    assert x.__array_namespace__() is xp
    assert x.__array_namespace__(api_version="2024.12") is xp
    with pytest.raises(ValueError, match="2024"):
        x.__array_namespace__(api_version="2031.12")
    assert x.to_device("cpu") is x


def test_asarray_and_copies():
    x = xp.asarray([1.0, 2.0])
    assert x.dtype == xp.float32
    assert xp.asarray(x) is x
    assert xp.asarray(x, copy=True) is not x
    a = np.zeros(2)
    assert np.shares_memory(xp.asarray(a).array, a)
    for bad in (lambda: xp.asarray([1.0], copy=False), lambda: xp.asarray(x, dtype=xp.float64, copy=False)):
        with pytest.raises(ValueError, match="copy"):
            bad()
    with pytest.raises(ValueError, match="copy"):
        xp.reshape(xp.ones((2, 3)).mT, (6,), copy=False)
    with pytest.raises(ValueError):
        xp.squeeze(xp.ones((2, 3)), 0)
