"""Derivatives of products and decompositions of matrices, against finite differences to the second order."""

import numpy as np
import pytest
import tt_tensor as tt
from tt_autograd import Tensor
from tt_tensor import linalg
from tt_tensor.ops.matmul import linear_p

rng = np.random.default_rng(5)
START = rng.bit_generator.state


@pytest.fixture(autouse=True)
def _same_numbers():
    """Whichever tests ran before, in this process or in another."""
    rng.bit_generator.state = START


def r(*shape):
    return rng.uniform(-1, 1, shape)


def regular(*shape):
    return r(*shape) + 2 * np.eye(shape[-1])


def symmetric(x):
    return x + x.mT


def definite(x):
    return x @ x.mT + x.shape[-1] * np.eye(x.shape[-1])


# The sign of a vector is arbitrary, and so is what depends on it: compare what does not.
def eigh_invariant(x):
    values, vectors = linalg.eigh(symmetric(x))
    return values, vectors * vectors, vectors @ (values.unsqueeze(-1) * vectors.mT)


def svd_invariant(x, full_matrices=False):
    U, S, Vh = linalg.svd(x, full_matrices=full_matrices)
    k = S.shape[-1]
    return S, U[..., :k] @ Vh[..., :k, :]


def svd_squares(x):
    U, _, Vh = linalg.svd(x, full_matrices=False)
    return U * U, Vh * Vh


PRODUCTS = {
    "matmul 1-D 1-D": (tt.matmul, r(3), r(3)),
    "matmul 2-D 1-D": (tt.matmul, r(2, 3), r(3)),
    "matmul 1-D 2-D": (tt.matmul, r(3), r(3, 2)),
    "matmul 2-D 2-D": (tt.matmul, r(2, 3), r(3, 4)),
    "matmul 3-D 1-D": (tt.matmul, r(4, 2, 3), r(3)),
    "matmul 1-D 3-D": (tt.matmul, r(3), r(4, 3, 2)),
    "matmul 3-D 2-D": (tt.matmul, r(4, 2, 3), r(3, 2)),
    "matmul 2-D 3-D": (tt.matmul, r(2, 3), r(4, 3, 2)),
    "matmul 3-D 3-D": (tt.matmul, r(4, 2, 3), r(4, 3, 2)),
    "matmul broadcast": (tt.matmul, r(2, 1, 2, 3), r(4, 3, 2)),
    "matmul operator": (lambda x, y: x @ y, r(2, 3), r(3, 2)),
    "linear": (linear_p, r(4, 3), r(2, 3), r(2)),
    "linear without bias": (linear_p, r(4, 3), r(2, 3)),
    "linear of a vector": (linear_p, r(3), r(2, 3), r(2)),
    "linear 4-D": (linear_p, r(2, 2, 2, 3), r(2, 3), r(2)),
    "linear, bias broadcast": (linear_p, r(4, 3), r(2, 3), r(1)),
    "mm": (tt.mm, r(2, 3), r(3, 2)),
    "bmm": (tt.bmm, r(2, 2, 3), r(2, 3, 2)),
    "mv": (tt.mv, r(2, 3), r(3)),
    "dot": (tt.dot, r(3), r(3)),
    "inner": (tt.inner, r(2, 3), r(4, 3)),
    "outer": (tt.outer, r(2), r(3)),
    "addmm": (lambda c, a, b: tt.addmm(c, a, b, beta=0.5, alpha=2), r(2), r(2, 3), r(3, 2)),
    "addmv": (tt.addmv, r(1), r(2, 3), r(3)),
    "baddbmm": (lambda c, a, b: tt.baddbmm(c, a, b, alpha=2), r(2, 1), r(2, 2, 3), r(2, 3, 2)),
    "addbmm": (tt.addbmm, r(2, 2), r(3, 2, 3), r(3, 3, 2)),
    "kron": (tt.kron, r(2), r(2, 3)),
    "trace": (tt.trace, r(2, 3)),
    "tensordot": (lambda a, b: tt.tensordot(a, b, ([0, 2], [1, 0])), r(2, 3, 4), r(4, 2, 2)),
    "tensordot of nothing": (lambda a, b: tt.tensordot(a, b, 0), r(2), r(3)),
    "chain_matmul": (tt.chain_matmul, r(2, 3), r(3, 4), r(4, 2)),
    "multi_dot": (lambda *xs: linalg.multi_dot(xs), r(3), r(3, 4), r(4)),
    "cross": (linalg.cross, r(2, 3), r(1, 3)),
    "cross, dim 0": (lambda a, b: linalg.cross(a, b, dim=0), r(3, 2), r(3, 2)),
    "vecdot": (linalg.vecdot, r(2, 3), r(3)),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(check, name):
    check(*PRODUCTS[name])


@pytest.mark.parametrize(
    ("equation", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk", [(2, 3), (3, 4)]),
        ("bij,bjk->bki", [(2, 3, 4), (2, 4, 2)]),
        ("i,j->ij", [(2,), (3,)]),
        ("ij->", [(2, 3)]),
        ("ij->ji", [(2, 3)]),
        ("ij->i", [(2, 3)]),
        ("ii->i", [(3, 3)]),
        ("ii->", [(3, 3)]),
        ("iij,jj->i", [(2, 2, 3), (3, 3)]),
        ("ij,k->i", [(2, 3), (4,)]),
        ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 2)]),
        ("...i,...i->...", [(2, 3), (4, 1, 3)]),
        ("...ij->ij", [(2, 2, 3)]),
        ("ij,ij->ij", [(1, 3), (2, 3)]),
        ("ij,ij->", [(1, 3), (2, 3)]),
        ("ij,j->i", [(2, 3), (1,)]),
        ("i,i,i->i", [(2,), (2,), (2,)]),
    ],
)
def test_einsum(check, equation, shapes):
    check(lambda *xs: tt.einsum(equation, *xs), *(r(*s) for s in shapes))


LINALG = {
    "inv": (linalg.inv, regular(2, 3, 3)),
    "solve": (linalg.solve, regular(2, 3, 3), r(2, 3, 2)),
    "solve, broadcast": (linalg.solve, regular(3, 3), r(2, 3, 2)),
    "solve, vector": (linalg.solve, regular(3, 3), r(3)),
    "solve, vectors": (linalg.solve, regular(2, 3, 3), r(2, 3)),
    "solve, right": (lambda A, B: linalg.solve(A, B, left=False), regular(3, 3), r(2, 3)),
    "solve_triangular": (lambda A, B: linalg.solve_triangular(A, B, upper=True), regular(3, 3), r(3, 2)),
    "solve_triangular, unit": (
        lambda A, B: linalg.solve_triangular(A, B, upper=False, unitriangular=True), regular(3, 3), r(3, 2),
    ),
    "det": (linalg.det, r(2, 3, 3)),
    "slogdet": (linalg.slogdet, regular(2, 3, 3)),
    "logdet": (tt.logdet, definite(r(3, 3))),
    "cholesky": (lambda x: linalg.cholesky(definite(x)), r(2, 3, 3)),
    "cholesky, upper": (lambda x: linalg.cholesky(definite(x), upper=True), r(3, 3)),
    "qr": (linalg.qr, regular(2, 3, 3)),
    "qr, tall": (linalg.qr, r(4, 2)),
    "qr, wide": (linalg.qr, r(2, 4)),
    "qr, wide, R": (lambda x: linalg.qr(x).R, r(2, 4)),
    "qr, wide, Q": (lambda x: linalg.qr(x).Q, r(2, 4)),
    "qr, tall, Q": (lambda x: linalg.qr(x).Q, r(4, 2)),
    "qr, tall, R": (lambda x: linalg.qr(x).R, r(4, 2)),
    "qr, complete": (lambda x: linalg.qr(x, "complete"), r(2, 3)),
    "svd": (svd_invariant, r(2, 3, 3)),
    "svd, tall": (svd_invariant, r(4, 2)),
    "svd, wide": (svd_invariant, r(2, 4)),
    "svd, full": (lambda x: svd_invariant(x, True), r(4, 2)),
    "svd, tall, squares": (svd_squares, r(4, 2)),
    "svd, wide, squares": (svd_squares, r(2, 4)),
    "svdvals": (linalg.svdvals, r(2, 3, 4)),
    "eigh": (eigh_invariant, r(2, 3, 3)),
    "eigvalsh": (lambda x: linalg.eigvalsh(symmetric(x)), r(2, 3, 3)),
    "pinv": (linalg.pinv, r(2, 3, 2)),
    "pinv, wide": (linalg.pinv, r(2, 3)),
    "lstsq": (lambda A, B: linalg.lstsq(A, B).solution, r(4, 2), r(4, 2)),
    "lstsq, residuals": (lambda A, B: linalg.lstsq(A, B, driver="gelsd").residuals, r(4, 2), r(4, 2)),
    "matrix_power": (lambda x: linalg.matrix_power(x, 5), r(3, 3)),
    "matrix_power, negative": (lambda x: linalg.matrix_power(x, -3), regular(3, 3)),
    "vector_norm": (lambda x: linalg.vector_norm(x, 3, dim=1), r(2, 3)),
    "matrix_norm": (linalg.matrix_norm, r(2, 3, 4)),
    "matrix_norm, nuc": (lambda x: linalg.matrix_norm(x, "nuc", dim=(0, 2)), r(3, 2, 4)),
    "matrix_norm, 2": (lambda x: linalg.matrix_norm(x, 2), r(2, 3, 4)),
    "matrix_norm, -2": (lambda x: linalg.matrix_norm(x, -2, keepdim=True), r(2, 3, 4)),
    "matrix_norm, 1": (lambda x: linalg.matrix_norm(x, 1), r(2, 3, 4)),
    "matrix_norm, -inf": (lambda x: linalg.matrix_norm(x, -float("inf"), keepdim=True), r(2, 3, 4)),
    "norm": (linalg.norm, r(2, 3, 4)),
    "cond": (linalg.cond, regular(3, 3)),
    "cond, fro": (lambda x: linalg.cond(x, "fro"), regular(3, 3)),
}  # fmt: skip


@pytest.mark.parametrize("name", LINALG)
def test_linalg(check, name):
    check(*LINALG[name], rtol=1e-4, atol=1e-6)


def test_det_of_a_singular_matrix(check):
    check(linalg.det, np.outer([1.0, 2, 3], [3.0, 1, 2]) + np.diag([0.0, 0, 1]), order=1)
    check(linalg.det, np.zeros((3, 3)), order=1)


def test_zero_sizes():
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    w = Tensor(np.ones((2, 3)), requires_grad=True)
    b = Tensor(np.ones(2), requires_grad=True)
    linear_p(x, w, b).sum().backward()
    assert x.grad.shape == (0, 3)
    assert (w.grad.array == 0).all()
    assert (b.grad.array == 0).all()


def test_what_has_no_derivative():
    x = Tensor(regular(3, 3), requires_grad=True)
    with pytest.raises((NotImplementedError, RuntimeError), match="eig"):
        linalg.eig(x)
    with pytest.raises(RuntimeError, match="no derivative"):
        linalg.qr(Tensor(r(3, 2), requires_grad=True), "complete").R.sum().backward()
    assert linalg.matrix_rank(x).item() == 3


def test_float32_stays_float32():
    x = Tensor(regular(3, 3).astype(np.float32), requires_grad=True)
    for f in (
        linalg.inv,
        linalg.det,
        linalg.svdvals,
        linalg.pinv,
        lambda x: linalg.qr(x).Q,
        lambda x: linalg.eigh(x)[0],
    ):
        y = f(x).sum()
        y.backward()
        assert y.dtype == x.grad.dtype == np.float32
