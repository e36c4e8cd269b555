"""Linear algebra: what raises, the laws that define each result, and NumPy as a second opinion."""

import numpy as np
import pytest
import tt_tensor as tt
from hypothesis import given
from hypothesis import strategies as st
from tt_tensor import Tensor, einsum, linalg, matmul, tensor
from tt_tensor.ops.matmul import linear_p

rng = np.random.default_rng(7)
START = rng.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers():
    """Whichever tests ran before, in this process or in another."""
    rng.bit_generator.state = START


def r(*shape, dtype=np.float64):
    return Tensor(rng.uniform(-1, 1, shape).astype(dtype))


def zeros(*shape, dtype=np.float32):
    return Tensor(np.zeros(shape, dtype))


MISUSE = [
    (lambda: matmul(zeros(2, 3), zeros(2, 3)), RuntimeError, "2x3 and 2x3"),
    (lambda: matmul(zeros(4, 2, 3), zeros(5, 3, 2)), RuntimeError, "4x2x3 and 5x3x2"),
    (lambda: matmul(zeros(), zeros(2)), RuntimeError, "1-D"),
    (lambda: matmul(zeros(2), 3), TypeError, "matmul"),
    (lambda: zeros(2, 2) @ zeros(2, 2, dtype=np.float64), RuntimeError, "same dtype.*float32 != float64"),
    (lambda: zeros(2, 2, 2) @ zeros(2, 2, 2, dtype=np.int64), RuntimeError, "same dtype"),
    (lambda: zeros(2, 2, dtype=bool) @ zeros(2, 2, dtype=bool), RuntimeError, "bool"),
    (lambda: linear_p(zeros(2, 3), zeros(2, 4)), RuntimeError, r"\(2, 3\).*\(2, 4\)"),
    (lambda: linear_p(zeros(2, 3), zeros(4, 3), zeros(5)), RuntimeError, "linear"),
    (lambda: linear_p(zeros(2, 3), zeros(4, 3), zeros(4, dtype=np.float64)), RuntimeError, "bias has dtype"),
    (lambda: tt.mm(zeros(2), zeros(2, 2)), RuntimeError, "matrix"),
    (lambda: tt.mm(zeros(2, 2), [1]), TypeError, "mm"),
    (lambda: tt.bmm(zeros(2, 2, 2), zeros(3, 2, 2)), RuntimeError, "2 matrices against 3"),
    (lambda: tt.mv(zeros(2, 2), zeros(2, 2)), RuntimeError, "vector"),
    (lambda: tt.dot(zeros(2), zeros(3)), RuntimeError, "2 and 3"),
    (lambda: tt.inner(zeros(2), zeros(3)), RuntimeError, "last dimensions"),
    (lambda: tt.outer(zeros(2, 2), zeros(2)), RuntimeError, "outer"),
    (lambda: tt.addmm(zeros(3, 3, dtype=np.float64), zeros(3, 3), zeros(3, 3)), RuntimeError, "dtype"),
    (lambda: tt.addmm(zeros(5, 3, 3), zeros(3, 3), zeros(3, 3)), RuntimeError, "expanded"),
    (lambda: tt.trace(zeros(2)), RuntimeError, "matrix"),
    (lambda: tt.chain_matmul(zeros(2, 2)), RuntimeError, "at least 2"),
    (lambda: linalg.multi_dot([zeros(2, 2), zeros(2, 2, 2), zeros(2, 2)]), RuntimeError, "tensor 1"),
    (lambda: tt.tensordot(zeros(2, 3), zeros(2, 3), 1), RuntimeError, "size 3 in dim 1"),
    (lambda: tt.tensordot(zeros(2, 3), zeros(2, 3), ([0], [0, 1])), RuntimeError, "same length"),
    (lambda: tt.tensordot(zeros(2), zeros(2), 2), RuntimeError, "dims=2"),
    (lambda: einsum("ij,jk", zeros(2, 3), zeros(2, 3)), RuntimeError, "'j'.*size 2"),
    (lambda: einsum("ij->iz", zeros(2, 3)), RuntimeError, "'z'"),
    (lambda: einsum("ij->ii", zeros(2, 3)), RuntimeError, "more than once"),
    (lambda: einsum("ijk->i", zeros(2, 3)), RuntimeError, "2 dimensions"),
    (lambda: einsum("i->i", zeros(2, 3)), RuntimeError, "2 dimensions"),
    (lambda: einsum("ij", zeros(2, 3), zeros(2)), RuntimeError, "1 operands"),
    (lambda: einsum("i1", zeros(2, 3)), RuntimeError, "'1'"),
    (lambda: linalg.inv(zeros(2, 3)), RuntimeError, "2 by 3"),
    (lambda: linalg.inv(zeros(2)), RuntimeError, "at least 2"),
    (lambda: linalg.det(zeros(2, 2, dtype=np.int64)), RuntimeError, "int64"),
    (lambda: linalg.inv(zeros(2, 2, dtype=np.float16)), RuntimeError, "float16"),
    (lambda: linalg.inv(zeros(2, 2)), linalg.LinAlgError, "singular"),
    (lambda: linalg.solve(zeros(2, 2), zeros(2)), RuntimeError, "singular"),
    (lambda: linalg.solve(zeros(2, 2), zeros(3)), RuntimeError, "2x2 and 3x1"),
    (lambda: linalg.solve(zeros(2, 2), zeros(2, 1, dtype=np.float64)), RuntimeError, "same dtype"),
    (lambda: linalg.cholesky(-tt.eye(2)), linalg.LinAlgError, "positive-definite"),
    (lambda: linalg.qr(zeros(2, 2), "full"), RuntimeError, "'full'"),
    (lambda: linalg.eigh(zeros(2, 2), "X"), RuntimeError, "'X'"),
    (lambda: linalg.eig(Tensor(np.full((2, 2), np.nan))), linalg.LinAlgError, "NaN"),
    (lambda: linalg.cross(zeros(2), zeros(2)), RuntimeError, "length 3"),
    (lambda: linalg.cross(zeros(3), zeros(1, 3)), RuntimeError, "number of dimensions"),
    (lambda: linalg.cross(zeros(3), zeros(3), dim=1), IndexError, "range"),
    (lambda: linalg.norm(zeros(2, 3, 4), "fro"), RuntimeError, "3D"),
    (lambda: linalg.matrix_norm(zeros(2, 2), 3), RuntimeError, "order 3"),
    (lambda: linalg.matrix_norm(zeros(2)), (RuntimeError, IndexError), "matrix_norm"),
    (lambda: linalg.matrix_norm(zeros(2, 2), dim=(0, 0)), RuntimeError, "dim"),
    (lambda: linalg.vector_norm(zeros(0), float("inf")), RuntimeError, "norm"),
    (lambda: linalg.lstsq(zeros(2, 2), zeros(3, 1)), RuntimeError, "rows"),
    (lambda: linalg.lstsq(zeros(2, 2), zeros(2, 1), driver="x"), RuntimeError, "driver"),
    (lambda: linalg.matrix_power(zeros(2, 3), 2), RuntimeError, "square"),
]


@pytest.mark.parametrize(("call", "error", "words"), MISUSE)
def test_misuse(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_the_singular_matrix_of_a_batch_is_named():
    a = np.stack([np.eye(2), np.eye(2), np.ones((2, 2))]).reshape(3, 1, 2, 2)
    for call in (linalg.inv, lambda x: linalg.solve(x, tt.eye(2, dtype=tt.float64))):
        with pytest.raises(linalg.LinAlgError, match="Batch element 2, 0"):
            call(Tensor(a))
    with pytest.raises(linalg.LinAlgError, match="Batch element 2, 0"):
        linalg.cholesky(Tensor(a - 2 * (a == 1).all(axis=(2, 3), keepdims=True)))
    assert issubclass(linalg.LinAlgError, RuntimeError)


@given(st.data())
def test_matmul_is_the_sum_of_products(data):
    side = st.integers(0, 4)
    n, k, m = (data.draw(side) for _ in range(3))
    lead = data.draw(st.lists(st.integers(1, 3), max_size=2))
    other = data.draw(st.sampled_from([[], lead, lead[1:], [1] * len(lead)]))
    dtype = data.draw(st.sampled_from([np.float64, np.float32, np.int64, np.int32, np.int8, np.uint8, np.complex128]))
    a, b = (
        (np.random.default_rng(0).uniform(-9, 9, s)).astype(np.int8).astype(dtype)
        for s in ([*lead, n, k], [*other, k, m])
    )
    if data.draw(st.booleans()):
        a = np.ascontiguousarray(a.mT).mT
    if not lead and data.draw(st.booleans()):
        a = a[0] if n else a
    y = matmul(Tensor(a), Tensor(b))
    expected = np.matmul(a, b)
    assert y.dtype == dtype
    assert tuple(y.shape) == expected.shape
    np.testing.assert_allclose(y.array, expected, rtol=1e-5)


@pytest.mark.parametrize("large", [2**20, 2**31, 2**60])
def test_large_integers_are_exact(large):
    a = np.array([[large, 1], [-large, 3]])
    np.testing.assert_array_equal(matmul(Tensor(a), Tensor(a)).array, a @ a)


def test_small_integers_wrap():
    a = np.full((2, 3), 100, np.int8)
    np.testing.assert_array_equal(matmul(Tensor(a), Tensor(a.T.copy())).array, a @ a.T)


def test_float16_is_summed_in_float32():
    x = Tensor(np.full((1, 4096), 1, np.float16))
    assert matmul(x, x.mT).item() == 4096
    assert (x @ x.mT).dtype == np.float16


@given(st.lists(st.integers(0, 3), max_size=3), st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_linear_is_a_product_and_a_sum(lead, inputs, outputs, biased):
    x, w, b = r(*lead, inputs), r(outputs, inputs), r(outputs)
    y = linear_p(x, w, b) if biased else linear_p(x, w)
    expected = x.array @ w.array.T + (b.array if biased else 0)
    assert tuple(y.shape) == expected.shape
    np.testing.assert_allclose(y.array, expected, atol=1e-12)


def test_out_and_in_place():
    a, b, out = r(2, 3), r(3, 2), zeros(2, 2, dtype=np.float64)
    assert matmul(a, b, out=out) is out
    np.testing.assert_array_equal(out.array, a.array @ b.array)
    out.addmm_(a, b, beta=0.5)
    np.testing.assert_allclose(out.array, 1.5 * (a.array @ b.array))
    for f in (tt.mm, tt.inner):
        f(a, b if f is tt.mm else a, out=out)
    linalg.inv(r(2, 2), out=out)
    linalg.solve(r(2, 2), r(2, 2), left=False, out=out)


def test_addmm_without_its_input_ignores_nan():
    nan = Tensor(np.full((2, 2), np.nan))
    assert not tt.addmm(nan, r(2, 3), r(3, 2), beta=0).isnan().any()


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk", [(2, 3), (3, 4)]),
        ("ij,jk->ki", [(2, 3), (3, 4)]),
        ("ba", [(2, 3)]),
        ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
        ("ii->i", [(3, 3)]),
        ("iij,jj,i->", [(2, 2, 3), (3, 3), (2,)]),
        ("...ij,...jk->...ik", [(5, 1, 2, 3), (4, 3, 2)]),
        ("...ij->...", [(5, 2, 3)]),
        ("ij,ij->ij", [(1, 3), (2, 3)]),
        ("ij,ij->", [(1, 3), (2, 1)]),
        ("ij->", [(0, 3)]),
        ("i,i->i", [(0,), (0,)]),
        (",ij->ij", [(), (2, 3)]),
        (" i j , j k -> i k ", [(2, 3), (3, 4)]),
        ("a,b,c->cab", [(2,), (3,), (4,)]),
        ("ij,jk,kl,lm->im", [(2, 3), (3, 4), (4, 5), (5, 2)]),
    ],
)
def test_einsum(equation, shapes):
    xs = [r(*s) for s in shapes]
    y = einsum(equation, *xs)
    expected = np.einsum(equation.replace(" ", ""), *(x.array for x in xs))
    assert tuple(y.shape) == expected.shape
    np.testing.assert_allclose(y.array, expected, atol=1e-12)


def test_einsum_by_lists_and_of_a_list():
    a, b = r(2, 3), r(3, 4)
    for y in (einsum(a, [0, 1], b, [1, 2], [0, 2]), einsum("ij,jk", [a, b]), einsum(a, [..., 1], b, [1, 2])):
        np.testing.assert_allclose(y.array, a.array @ b.array)


def test_tensordot_and_kron():
    a, b = r(2, 3, 4), r(4, 3, 5)
    for dims in (1, ([2, 1], [0, 1]), (2, 0)):
        np.testing.assert_allclose(tt.tensordot(a, b, dims).array, np.tensordot(a.array, b.array, dims))
    np.testing.assert_allclose(tt.kron(r(2), b).array.shape, (4, 3, 10))
    np.testing.assert_allclose(tt.kron(a, b).array, np.kron(a.array, b.array))


def test_chain_multiplies_in_the_cheaper_order():
    seen = []

    def watch(op, arrays, params):
        seen.append(tuple(a.shape for a in arrays))
        return op(*arrays, **params)

    a, b, c = r(2, 100), r(100, 100), r(100, 1)
    with tt.handling(watch):
        y = tt.chain_matmul(a, b, c)
    assert seen == [((100, 100), (100, 1)), ((2, 100), (100, 1))]
    np.testing.assert_allclose(y.array, a.array @ b.array @ c.array)


BATCHES = [(3, 3), (2, 3, 3), (1, 2, 3, 3), (0, 3, 3)]


@pytest.mark.parametrize("shape", BATCHES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_laws(shape, dtype):
    a = r(*shape, dtype=dtype) + 2 * np.eye(3, dtype=dtype)
    identity = np.broadcast_to(np.eye(3), shape)

    def near(x, y):
        assert x.dtype == dtype
        np.testing.assert_allclose(
            x.array, getattr(y, "array", y), *((1e-4, 1e-4) if dtype == np.float32 else (1e-9, 1e-10))
        )

    near(a @ linalg.inv(a), identity)
    near(a @ linalg.solve(a, a), a)
    near(linalg.solve(a, a, left=False) @ a, a)
    near(a @ linalg.pinv(a) @ a, a)
    s = a @ a.mT
    L = linalg.cholesky(s)
    near(L @ L.mT, s)
    near(linalg.cholesky(s, upper=True), L.mT)
    Q, R = linalg.qr(a)
    near(Q @ R, a)
    near(Q.mT @ Q, identity)
    U, S, Vh = linalg.svd(a)
    near((U * S[..., None, :]) @ Vh, a)
    near(linalg.svdvals(a), S)
    values, vectors = linalg.eigh(s)
    near((vectors * values[..., None, :]) @ vectors.mT, s)
    near(linalg.eigvalsh(s, "U"), values)
    near(linalg.det(a) * linalg.det(linalg.inv(a)), np.ones(shape[:-2]))
    sign, logabsdet = linalg.slogdet(a)
    near(sign * logabsdet.exp(), linalg.det(a))
    near(linalg.matrix_power(a, 3), a @ a @ a)
    near(linalg.matrix_power(a, -2), linalg.inv(a @ a))
    near(linalg.matrix_power(a, 0), identity)
    near(linalg.solve_triangular(R, R, upper=True), identity)
    near(linalg.lstsq(a, a).solution, identity)
    values, vectors = linalg.eig(a)
    assert values.dtype == (np.complex64 if dtype == np.float32 else np.complex128)
    np.testing.assert_allclose(a.array @ vectors.array, vectors.array * values.array[..., None, :], atol=1e-4)


def test_lstsq():
    A, B = r(5, 2), r(5, 3)
    x, residuals, rank, s = linalg.lstsq(A, B, driver="gelsd")
    expected = np.linalg.lstsq(A.array, B.array)
    for ours, theirs in zip((x, residuals, rank, s), expected, strict=True):
        np.testing.assert_allclose(ours.array, theirs)
    assert linalg.lstsq(A, B).residuals.numel() == 0
    assert tuple(linalg.lstsq(A[None], B[None, :, 0]).solution.shape) == (1, 2)


def test_rank_and_pinv_of_less_than_full_rank():
    a = Tensor(np.outer([1.0, 2], [1.0, 2, 3]))
    assert linalg.matrix_rank(a).item() == 1
    assert linalg.matrix_rank(a, atol=100).item() == 0
    np.testing.assert_allclose(linalg.pinv(a).array, np.linalg.pinv(a.array))
    assert (linalg.pinv(zeros(2, 3)).array == 0).all()


@pytest.mark.parametrize("ord", ["fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
@pytest.mark.parametrize("keepdim", [False, True])
def test_matrix_norm(ord, keepdim):
    x = r(2, 3, 4)
    for dim in ((-2, -1), (0, 2), (2, 0)):
        expected = np.linalg.norm(x.array, ord, dim, keepdim)
        y = linalg.matrix_norm(x, ord, dim, keepdim)
        assert tuple(y.shape) == expected.shape
        np.testing.assert_allclose(y.array, expected)
    np.testing.assert_allclose(linalg.norm(x[0], ord).array, np.linalg.norm(x.array[0], ord))


def test_norm_chooses():
    x = r(2, 3)
    np.testing.assert_allclose(linalg.norm(x).item(), np.linalg.norm(x.array))
    np.testing.assert_allclose(linalg.norm(x, 1).item(), np.linalg.norm(x.array, 1))
    np.testing.assert_allclose(linalg.norm(x, 1, dim=1).array, np.abs(x.array).sum(1))
    np.testing.assert_allclose(linalg.norm(x[0], 3).item(), (np.abs(x.array[0]) ** 3).sum() ** (1 / 3))
    assert linalg.vector_norm(tensor([3.0, 4.0]), dtype=tt.float64).dtype == tt.float64


def test_cond():
    a = Tensor(np.diag([4.0, 2.0, 1.0]))
    assert [linalg.cond(a, p).item() for p in (None, 2, -2, 1, np.inf)] == [4.0, 4.0, 0.25, 4.0, 4.0]
