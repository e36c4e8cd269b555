"""First and second derivatives of linear algebra, compared with PyTorch's.

Every case is an expression that is evaluated twice: `f` is tt_autograd's functions or torch, the tensors require gradients.
"""

import warnings

import numpy as np
import pytest
import tt_autograd
import tt_tensor
from tt_tensor.ops.matmul import linear_p

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(3)
SQUARE = RNG.standard_normal((3, 3))
FLOATS = {
    "a": RNG.standard_normal((2, 3)),
    "b": RNG.standard_normal((3, 4)),
    "v": RNG.standard_normal(3),
    "u": RNG.standard_normal(2),
    "r": RNG.standard_normal((4, 2, 3)),
    "q": RNG.standard_normal((4, 3, 2)),
    "o": RNG.standard_normal((5, 1, 2, 3)),
    "s": np.array(2.5),
    "A": SQUARE + 2 * np.eye(3),
    "S": SQUARE @ SQUARE.T + np.eye(3),
    "B": RNG.standard_normal((2, 3, 3)) + 2 * np.eye(3),
}

CASES = """
a @ b  a @ v  v @ b  v @ v  r @ q  r @ v  v @ q  a @ q  r @ b  o @ q  linear(a, A, v)  linear(r, A, v)  linear(v, a, u)  linear(r, a)  f.mm(a, b)  f.bmm(r, q)  f.mv(a, v)  f.dot(v, v)  f.inner(a, A)  f.outer(u, v)
f.kron(u, a)  f.addmm(v, A, A, beta=0.5, alpha=2)  f.addmv(u, a, v)  f.addr(a, u, v)  f.baddbmm(s, r, q)  f.addbmm(u, r, q, alpha=2)  f.trace(A)  f.chain_matmul(a, A, b)  f.linalg.multi_dot([v, A, v])
f.einsum("ij,jk", a, b)  f.einsum("ii", A)  f.einsum("ii->i", A)  f.einsum("...ij,...jk", r, q)  f.einsum("bij->b", r)  f.einsum("...i,i", r, v)  f.einsum("ij,jk,kl->il", a, A, b)  f.einsum("ij,k->i", a, v)  f.tensordot(r, q, ([0, 2], [0, 1]))
f.linalg.inv(A)  f.linalg.inv(B)  f.linalg.solve(A, v)  f.linalg.solve(B, A)  f.linalg.solve(A, a, left=False)  f.linalg.solve_triangular(A, B, upper=True)  f.linalg.det(A)  f.linalg.det(B)  f.linalg.slogdet(B)[1]  f.logdet(S)
f.linalg.cholesky(S)  f.linalg.cholesky(S, upper=True)  f.linalg.qr(A)[0]  f.linalg.qr(A)[1]  f.linalg.qr(b.mT)[0]  f.linalg.qr(b.mT)[1]  f.linalg.qr(b)[0]  f.linalg.qr(b)[1]  f.linalg.qr(B)[1]
f.linalg.svdvals(a)  f.linalg.svdvals(B)  f.linalg.svd(a)[1]  f.linalg.svd(b, full_matrices=False)[0] ** 2  f.linalg.svd(a, full_matrices=False)[2] ** 2  f.linalg.svd(b.mT, full_matrices=False)[0] ** 2
f.linalg.eigvalsh(S)  f.linalg.eigh(S)[0]  f.linalg.eigh(S)[1] ** 2  f.linalg.eigh(S, "U")[0]  f.linalg.pinv(a)  f.linalg.pinv(B)  f.linalg.pinv(b.mT)  f.linalg.lstsq(b.mT, b.mT)[0]  f.linalg.matrix_power(A, 3)  f.linalg.matrix_power(A, -2)
f.linalg.cross(A, S)  f.linalg.vecdot(a, v)  f.linalg.norm(a)  f.linalg.norm(a, 1)  f.linalg.norm(a, "nuc")  f.linalg.norm(a, 2)  f.linalg.vector_norm(r, 3, (0, 2))  f.linalg.matrix_norm(r, 1)  f.linalg.matrix_norm(r, "nuc", (0, 1))
f.linalg.matrix_norm(r, -2)  f.linalg.cond(A)
"""
NAMES = [case for line in CASES.strip().splitlines() for case in line.strip().split("  ")]


def names(module):
    if module is torch:
        make, linear = (lambda a: torch.tensor(a, requires_grad=True)), torch.nn.functional.linear
    else:
        make, linear = (lambda a: tt_autograd.Tensor(a, requires_grad=True)), linear_p
    return {"f": module, "linear": linear, **{k: make(a.copy()) for k, a in FLOATS.items()}}


def derivatives(case, module):
    """The value, the gradients, and the gradients of a weighted sum of the gradients."""
    values = names(module)
    leaves = [values[k] for k in FLOATS if k in case.replace("f.linalg", "").replace("f.", "")]
    make = torch.tensor if module is torch else tt_autograd.Tensor
    grad = torch.autograd.grad if module is torch else tt_autograd.grad
    y = eval(case, values)
    leaves = [
        x
        for x, g in zip(leaves, grad([y.sum()], leaves, allow_unused=True, retain_graph=True), strict=True)
        if g is not None
    ]

    def weighted(z):
        return (z * make(np.random.default_rng(4).uniform(0.5, 1.5, tuple(z.shape)))).sum()

    first = grad([weighted(y)], leaves, create_graph=True)
    total = sum(weighted(g) for g in first)
    second = grad([total], leaves, allow_unused=True) if total.requires_grad else [None] * len(leaves)
    return y, first, second


def array(x):
    return np.asarray(0.0) if x is None else x.detach().clone().numpy()


@pytest.mark.parametrize("case", NAMES)
def test_equals_pytorch(case):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = derivatives(case, tt_tensor), derivatives(case, torch)
    np.testing.assert_allclose(array(ours[0]), array(theirs[0]), rtol=1e-8, atol=1e-10)
    for order in (1, 2):
        assert len(ours[order]) == len(theirs[order])
        for mine, yours in zip(ours[order], theirs[order], strict=True):
            np.testing.assert_allclose(array(mine), array(yours), rtol=1e-6, atol=1e-8, err_msg=f"order {order}")
