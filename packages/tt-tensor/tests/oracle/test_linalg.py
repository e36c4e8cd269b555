"""Linear algebra compared with PyTorch: values, dtypes, shapes, and what raises.

Every case is an expression that is evaluated twice: `f` is tt_tensor or torch.
"""

import warnings

import numpy as np
import pytest
import tt_tensor

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(2)
SQUARE = RNG.standard_normal((3, 3))
ARRAYS = {
    "a": RNG.standard_normal((2, 3)),
    "b": RNG.standard_normal((3, 4)),
    "v": RNG.standard_normal(3),
    "u": RNG.standard_normal(2),
    "r": RNG.standard_normal((4, 2, 3)),
    "q": RNG.standard_normal((4, 3, 2)),
    "o": RNG.standard_normal((5, 1, 2, 3)),
    "A": SQUARE + 2 * np.eye(3),
    "S": SQUARE @ SQUARE.T + np.eye(3),
    "B": RNG.standard_normal((2, 3, 3)) + 2 * np.eye(3),
    "f32": RNG.standard_normal((3, 3)).astype(np.float32),
    "g32": RNG.standard_normal((3, 3)).astype(np.float32),
    "h": RNG.standard_normal((3, 3)).astype(np.float16),
    "i": RNG.integers(-9, 9, (2, 3)),
    "j": RNG.integers(-9, 9, (3, 4)),
    "i8": RNG.integers(-99, 99, (2, 3)).astype(np.int8),
    "j8": RNG.integers(-99, 99, (3, 4)).astype(np.int8),
    "i32": RNG.integers(-9, 9, (3,)).astype(np.int32),
    "t": np.array([[True, False], [True, True]]),
    "s": np.array(2.5),
    "e": np.zeros((0, 3)),
    "z": np.zeros((3, 3)),
    "zb": np.stack([np.eye(3), np.zeros((3, 3))]),
    "nan": np.full((2, 2), np.nan),
    "low": np.outer([1.0, 2.0, 3.0], [1.0, 0.5, 2.0]),
}

CASES = """
a @ b  a @ v  v @ b  v @ v  r @ q  r @ v  v @ q  a @ q  r @ b  o @ q  e @ b  b.mT @ e.mT  A @ f32  f32 @ g32  h @ h  i @ j  i8 @ j8  i32 @ i32  t @ t  s @ a  a @ a  r @ a  r @ r  a @ i  f.matmul(a, b)  a.matmul(b)
f.mm(a, b)  f.mm(a, v)  f.mm(a, a)  f.mm(i, j)  f.bmm(r, q)  f.bmm(r, q[:2])  f.bmm(a, b)  f.mv(a, v)  f.mv(a, u)  f.dot(v, v)  f.dot(v, u)  f.dot(a, a)  f.vdot(v, v)  a.mm(b)  r.bmm(q)  a.mv(v)  v.dot(v)
f.inner(a, v)  f.inner(a, A)  f.inner(a, u)  f.inner(a, s)  f.outer(u, v)  f.outer(u, i32)  f.outer(a, v)  f.ger(u, v)  u.outer(v)  f.kron(a, b)  f.kron(u, a)  f.kron(i, a)
f.addmm(A[0], A, A)  f.addmm(A, A, A, beta=0.5, alpha=2)  f.addmm(nan[:1, :1], A, A, beta=0)  f.addmm(i, A, A)  f.addmm(A[:2], A, A)  f.addmm(i, i, j[:, :3])  A.addmm(A, A, alpha=3)  f.addmm(r, A, A)
f.addmv(u, a, v)  f.addmv(s, a, v)  f.addr(a, u, v)  f.baddbmm(q[:, :2], r, q)  f.baddbmm(s, r, q, beta=2)  f.addbmm(s, r, q)  f.addbmm(u, r, q, alpha=2)  f.addbmm(u, r, q[:2])  A.clone().addmm_(A, A)  f.addmv(A, a, v)
f.trace(A)  f.trace(a)  f.trace(i8)  f.trace(v)  A.trace()  f.chain_matmul(a, b)  f.chain_matmul(a, A, A, b)
f.einsum("ij,jk", a, b)  f.einsum("ij,jk->ki", a, b)  f.einsum("ii", A)  f.einsum("ii->i", A)  f.einsum("ba", a)  f.einsum("...ij,...jk", r, q)  f.einsum("bij->b", r)  f.einsum("...i,i", r, v)  f.einsum("i,j", u, v)
f.einsum("ij,jk,kl->il", a, A, b)  f.einsum(a, [0, 1], b, [1, 2], [0, 2])  f.einsum("ij,ij->", a, a)  f.einsum("...ij->ij", r)  f.einsum("ij,jk", a, a)  f.einsum("ij,jk->iz", a, b)  f.einsum("ijk->i", a)  f.einsum("i", a)
f.einsum("ij->ii", A)  f.einsum("ij", a, b)  f.einsum("i1", a)  f.einsum("ij,j", i, i32)  f.einsum("aB,Bc", a, b)  f.einsum("bB", a)  f.einsum("ij,jk", i8, j8)  f.einsum("ij,kl->ijkl", u[None], v[None])
f.tensordot(r, q, 1)  f.tensordot(r, q, ([0, 2], [0, 1]))  f.tensordot(u, v, 0)  f.tensordot(a, a, 1)  f.tensordot(a, a, ([0], [0, 1]))  f.tensordot(a, b, dims=([1], [0]))
f.linalg.inv(A)  f.linalg.inv(B)  f.linalg.inv(f32)  f.linalg.inv(z)  f.linalg.inv(zb)  f.linalg.inv(a)  f.linalg.inv(v)  f.linalg.inv(i)  f.linalg.inv(h)  f.inverse(A)  A.inverse()  f.linalg.inv(e[:, :0])
f.linalg.solve(A, v)  f.linalg.solve(A, S)  f.linalg.solve(B, S)  f.linalg.solve(B, B[:, 0])  f.linalg.solve(A, a, left=False)  f.linalg.solve(z, v)  f.linalg.solve(A, u)  f.linalg.solve(A, f32)  f.linalg.solve(a, v)
f.linalg.solve_triangular(A, S, upper=True)  f.linalg.solve_triangular(A, S, upper=False)  f.linalg.solve_triangular(A, S, upper=True, unitriangular=True)  f.linalg.solve_triangular(A, a, upper=True, left=False)
f.linalg.det(A)  f.linalg.det(B)  f.linalg.det(z)  f.linalg.det(a)  f.linalg.det(i)  f.det(A)  A.det()  f.linalg.slogdet(A)  f.linalg.slogdet(-B)  f.linalg.slogdet(z)  f.slogdet(A)  f.logdet(A)  f.logdet(-A)  S.logdet()
f.linalg.cholesky(S)  f.linalg.cholesky(S, upper=True)  f.linalg.cholesky(-S)  f.linalg.cholesky(a)  f.cholesky(S)  f.linalg.cholesky(f32 @ f32.mT + g32.new_ones(3).diag())
f.linalg.qr(A)  f.linalg.qr(a)  f.linalg.qr(b.mT)  f.linalg.qr(b.mT, "complete")  f.linalg.qr(B)  f.linalg.qr(A, "r").R  f.linalg.qr(A, "x")  f.linalg.qr(v)  f.qr(A)
f.linalg.svdvals(a)  f.linalg.svdvals(B)  f.linalg.svd(a).S  f.linalg.svd(a).U.abs()  f.linalg.svd(a).Vh.abs()  f.linalg.svd(a, full_matrices=False).Vh.abs()  f.linalg.svd(nan)  f.linalg.svd(v)  f.svd(a)[2].abs()  f.linalg.svdvals(e)
f.linalg.eigvalsh(S)  f.linalg.eigvalsh(A, "U")  f.linalg.eigh(S).eigenvalues  f.linalg.eigh(S).eigenvectors.abs()  f.linalg.eigh(a)  f.linalg.eigh(S, "X")  f.linalg.eigvals(f32 @ f32.mT).abs().sort()[0]  f.linalg.eig(a)  f.linalg.eigvals(S).abs().sort()[0]
f.linalg.pinv(a)  f.linalg.pinv(low)  f.linalg.pinv(low, rtol=0.5)  f.linalg.pinv(z)  f.linalg.pinv(B)  f.pinverse(a)  f.linalg.pinv(v)  f.linalg.pinv(S, hermitian=True)
f.linalg.matrix_rank(A)  f.linalg.matrix_rank(low)  f.linalg.matrix_rank(B)  f.linalg.matrix_rank(zb)  f.linalg.matrix_rank(A, atol=1.0, rtol=0.0)  f.linalg.matrix_rank(v)  f.linalg.matrix_rank(A, rtol=0.9)
f.linalg.matrix_power(A, 5)  f.linalg.matrix_power(A, 0)  f.linalg.matrix_power(A, 1)  f.linalg.matrix_power(B, -2)  f.linalg.matrix_power(a, 2)  f.matrix_power(i[:, :2], 3)  A.matrix_power(2)  f.linalg.matrix_power(z, -1)
f.linalg.multi_dot([a, A, b])  f.linalg.multi_dot([v, A, v])  f.linalg.multi_dot([v])  f.linalg.multi_dot([a, r, b])  f.linalg.multi_dot([a, a])
f.linalg.cross(A, S)  f.linalg.cross(A, S, dim=0)  f.linalg.cross(v, u)  f.linalg.cross(A, v)  f.cross(A, S, dim=0)  f.cross(b, b)  f.linalg.cross(A, S[:1])  f.linalg.cross(i, i)  f.linalg.vecdot(a, v)  f.linalg.vecdot(a, a, dim=0)
f.linalg.lstsq(b, A).solution  f.linalg.lstsq(b.mT, b.mT, driver="gelsd")  f.linalg.lstsq(b.mT, b.mT, driver="gels").residuals  f.linalg.lstsq(b.mT, b.mT)  f.linalg.lstsq(B, B[:, 0])  f.linalg.lstsq(a, A)  f.linalg.lstsq(low, A, driver="gelss")
f.linalg.norm(a)  f.linalg.norm(r)  f.linalg.norm(a, 1)  f.linalg.norm(v, 1)  f.linalg.norm(a, "fro")  f.linalg.norm(a, "nuc")  f.linalg.norm(r, "fro")  f.linalg.norm(a, 2)  f.linalg.norm(a, -2)  f.linalg.norm(i)  f.linalg.norm(a, dim=1)
f.linalg.norm(r, 2, dim=(0, 2))  f.linalg.norm(a, 3, dim=1)  f.linalg.norm(a, 0, dim=1, keepdim=True)  f.linalg.norm(a, 3)  f.linalg.norm(v, "fro")  f.linalg.norm(a, float("inf"))  f.linalg.norm(v, -float("inf"))
f.linalg.vector_norm(a)  f.linalg.vector_norm(r, 3, (0, 2))  f.linalg.vector_norm(a, float("inf"), 0)  f.linalg.vector_norm(e)  f.linalg.vector_norm(e, float("inf"))  f.linalg.vector_norm(i)  f.linalg.vector_norm(f32, dtype=f.float64)
f.linalg.matrix_norm(r)  f.linalg.matrix_norm(r, 1)  f.linalg.matrix_norm(r, -1, (0, 1))  f.linalg.matrix_norm(r, "nuc", (0, 1), True)  f.linalg.matrix_norm(r, 2)  f.linalg.matrix_norm(r, -float("inf"), keepdim=True)  f.linalg.matrix_norm(a, 3)
f.linalg.matrix_norm(v)  f.linalg.matrix_norm(a, dim=(0, 0))  f.linalg.matrix_norm(i)  f.linalg.cond(A)  f.linalg.cond(a)  f.linalg.cond(A, "fro")  f.linalg.cond(B, 1)  f.linalg.cond(A, -2)  f.linalg.cond(a, 1)
"""
NAMES = [case for line in CASES.strip().splitlines() for case in line.strip().split("  ")]

# NumPy has no solver for triangular systems: a zero on the diagonal raises here, and gives inf in PyTorch.


def names(module):
    make = tt_tensor.tensor if module is tt_tensor else torch.tensor
    return {"f": module, **{k: make(a.copy()) for k, a in ARRAYS.items()}}


def outcome(run):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return run(), None
        except Exception as error:  # noqa: BLE001
            return None, error


def compare(ours, theirs):
    if isinstance(theirs, tuple | list):
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            compare(a, b)
        return
    assert isinstance(ours, tt_tensor.Tensor), type(ours)
    expected = theirs.numpy()
    assert tuple(ours.shape) == expected.shape
    assert ours.array.dtype == expected.dtype
    tolerance = {"float16": 4e-3, "float32": 2e-5}.get(expected.dtype.name, 1e-10)
    np.testing.assert_allclose(ours.array, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("case", NAMES)
def test_equals_pytorch(case):
    ours, our_error = outcome(lambda: eval(case, names(tt_tensor)))
    theirs, their_error = outcome(lambda: eval(case, names(torch)))
    if their_error is None:
        if our_error is not None:
            raise our_error
        compare(ours, theirs)
    else:
        assert our_error is not None, f"PyTorch raises {type(their_error).__name__}: {their_error}"
        kind = next(k for k in (IndexError, TypeError, RuntimeError) if isinstance(their_error, k))
        assert isinstance(our_error, kind), f"{type(our_error).__name__}: {our_error}; PyTorch: {their_error}"


def test_result_names():
    A, B = (m.eye(3) for m in (tt_tensor, torch))
    for f in ("qr", "svd", "eigh", "slogdet", "eig"):
        ours, theirs = getattr(tt_tensor.linalg, f)(A), getattr(torch.linalg, f)(B)
        assert all(hasattr(theirs, name) for name in ours._fields)
    ours, theirs = tt_tensor.linalg.lstsq(A, A), torch.linalg.lstsq(B, B)
    assert all(hasattr(theirs, name) for name in ours._fields)


def test_dlpack_both_ways():
    x = torch.arange(6.0).reshape(2, 3)
    ours = tt_tensor.from_dlpack(x.T)
    assert ours.array.base is not None
    x[0, 0] = 9
    assert ours[0, 0].item() == 9
    back = torch.from_dlpack(ours)
    assert back.data_ptr() == x.data_ptr()
    back[0, 1] = 7
    assert x[1, 0] == 7
    ours.add_(1)
    assert x[0, 0] == 10
    with pytest.raises(BufferError):
        tt_tensor.from_dlpack(torch.ones(2, requires_grad=True))
