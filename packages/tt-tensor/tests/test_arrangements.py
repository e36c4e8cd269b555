from itertools import combinations_with_replacement, product

import numpy as np
import pytest
import tt_tensor as tt

MATRIX = tt.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (lambda: tt.block_diag(), TypeError),
        (lambda: tt.block_diag(tt.zeros(1, 1, 1)), tt.ShapeError),
        (lambda: tt.combinations(MATRIX), tt.ShapeError),
        (lambda: tt.combinations(MATRIX[0], -1), RuntimeError),
        (lambda: tt.cartesian_prod(MATRIX, MATRIX[0]), tt.ShapeError),
        (lambda: tt.cartesian_prod(MATRIX[0], tt.tensor([1])), tt.DTypeError),
    ],
)
def test_misuse_raises(wrong, error):
    with pytest.raises(error):
        wrong()


def test_block_diag():
    parts = [MATRIX, tt.tensor([7, 8]), tt.tensor(9), tt.zeros(0, 1)]
    y = tt.block_diag(*parts)
    assert y.shape == (5, 6)
    assert y.dtype == tt.float32
    np.testing.assert_array_equal(y[:3, :2].array, MATRIX.array)
    assert y[3].tolist() == [0, 0, 7, 8, 0, 0]
    assert y[4].tolist() == [0, 0, 0, 0, 9, 0]
    assert y.sum() == MATRIX.sum() + 24
    assert tt.block_diag(tt.tensor([True])).dtype == tt.bool


@pytest.mark.parametrize("r", range(5))
def test_combinations(r):
    x = tt.tensor([5, 6, 7])
    chosen = tt.combinations(x, r, with_replacement=True)
    assert chosen.dtype == tt.int64
    if r:
        assert list(map(tuple, chosen.tolist())) == list(combinations_with_replacement([5, 6, 7], r))
    kept = tt.combinations(x, r)
    assert kept.shape == (() if not r else ([1, 3, 3, 1, 0][r], r)) or not kept.numel()
    assert all(a < b for row in kept.tolist() if r for a, b in zip(row, row[1:]))


def test_cartesian_prod():
    xs = [tt.tensor([1, 2]), tt.tensor([3, 4, 5]), tt.tensor([6])]
    assert list(map(tuple, tt.cartesian_prod(*xs).tolist())) == list(product([1, 2], [3, 4, 5], [6]))
    assert tt.cartesian_prod(xs[0]) is xs[0]
    assert tt.cartesian_prod(xs).shape == (6, 3)
