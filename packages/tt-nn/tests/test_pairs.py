"""Distances of all pairs: misuse, SciPy's definition by hand, derivatives, both ways of computing them."""

import math

import numpy as np
import pytest
from tt_autograd import Tensor, gradcheck, gradgradcheck, manual_seed, ones, randn, zeros
from tt_nn.functional import cdist, pdist

NORMS = [0.0, 0.5, 1.0, 2.0, 3.0, math.inf]
MM, NO_MM = "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist"


def test_misuse():
    a = ones(3, 2)
    for arguments, error, words in (
        ((a, 3), TypeError, "expected Tensor, got int"),
        ((a, ones(3, 3)), RuntimeError, "same number of columns"),
        ((a[0], a), RuntimeError, "at least 2 dimensions"),
        ((a.long(), a.long()), RuntimeError, "floating-point"),
        ((a, a.double()), RuntimeError, "one floating-point dtype"),
        ((a, a, -1), RuntimeError, "non-negative"),
        ((a, a, "2"), TypeError, "number"),
        ((a, a, 2, "mm"), ValueError, "compute_mode"),
        ((ones(2, 3, 2), ones(3, 4, 2)), RuntimeError, "shape|size"),
    ):
        with pytest.raises(error, match=words):
            cdist(*arguments)
    for arguments, error, words in (
        ((a[0],), RuntimeError, "2D"),
        ((a.long(),), RuntimeError, "floating-point"),
        ((a, -1), RuntimeError, "non-negative"),
        (([[1.0]],), TypeError, "expected Tensor"),
    ):
        with pytest.raises(error, match=words):
            pdist(*arguments)


@pytest.mark.parametrize("p", NORMS)
def test_against_the_definition(p):
    manual_seed(0)
    x, y = randn(2, 1, 4, 3).double(), randn(5, 6, 3).double()
    found = cdist(x, y, p)
    assert found.shape == (2, 5, 4, 6)
    for i, j, k, m in np.ndindex(2, 5, 4, 6):
        want = np.linalg.norm((x[i, 0, k] - y[j, m]).numpy(), p)
        np.testing.assert_allclose(found[i, j, k, m].item(), want)
    rows = pdist(y[0], p)
    np.testing.assert_allclose(rows.numpy(), cdist(y[0], y[0], p).numpy()[np.triu_indices(6, 1)])


@pytest.mark.parametrize("p", NORMS[2:])
@pytest.mark.parametrize("mode", [MM, NO_MM])
def test_derivatives(p, mode):
    manual_seed(0)
    x, y = randn(3, 2).double().requires_grad_(), randn(4, 2).double().requires_grad_()
    assert gradcheck(lambda x, y: cdist(x, y, p, mode), (x, y))
    assert gradcheck(lambda x: pdist(x, p), (x,))
    assert gradgradcheck(lambda x, y: cdist(x, y, p, mode), (x, y))


@pytest.mark.parametrize("p", NORMS)
@pytest.mark.parametrize("mode", [MM, NO_MM])
def test_the_gradient_of_no_distance_is_nothing(p, mode):
    x = ones(3, 2, requires_grad=True)
    found = cdist(x, ones(2, 2), p, mode)
    assert found.sum().item() == 0
    found.sum().backward()
    assert not x.grad.any()


def test_many_rows_take_a_product():
    manual_seed(0)
    x, y = randn(2, 30, 8).double(), randn(2, 5, 8).double()
    np.testing.assert_allclose(cdist(x, y).numpy(), cdist(x, y, compute_mode=NO_MM).numpy(), rtol=1e-12)
    far = 1e4 + x.float()
    assert (cdist(far, far) >= 0).all()  # although rounding may leave less than nothing
    assert cdist(zeros(40, 0), zeros(30, 0)).tolist() == [[0.0] * 30] * 40


def test_empty():
    assert cdist(zeros(0, 2), zeros(3, 2)).shape == (0, 3)
    assert cdist(zeros(2, 0), zeros(3, 0)).tolist() == [[0.0] * 3] * 2
    assert pdist(zeros(1, 2)).shape == (0,)
    assert pdist(zeros(3, 0)).tolist() == [0.0] * 3


@pytest.mark.parametrize("rows", [3, 40])
def test_the_distance_of_nan_is_nan(rows):
    x = np.zeros((rows, 2), np.float32)
    x[1, 0] = np.nan
    found = cdist(Tensor(x), Tensor(x)).numpy()
    assert np.isnan(found[1]).all()
    assert np.isnan(found[:, 1]).all()
    assert np.isnan(found).sum() == 2 * rows - 1
