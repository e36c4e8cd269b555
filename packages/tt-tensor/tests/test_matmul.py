"""How products are cut up: all that matters is that nobody notices."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_tensor import get_num_threads, set_num_threads
from tt_tensor.ops import matmul as source

rng = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def _one_thread():
    """BLAS's own threads are not held by this package alone, so small products wait for one thread."""
    before = get_num_threads()
    set_num_threads(1)
    yield
    set_num_threads(before)


def numbers(*shape, dtype=np.float32):
    return rng.standard_normal(shape).astype(dtype)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.integers(1, 30), st.integers(1, 30), st.sampled_from([0, 4, 8]), st.sampled_from("fd"))
def test_a_few_rows_at_a_time_are_the_same_product(m, k, n, few, dtype):
    a, b, out = numbers(m, k, dtype=dtype), numbers(k, n, dtype=dtype), np.full((m, n + 1), np.nan, dtype)
    source.multiply(a, b, out[:, :n], few)
    np.testing.assert_allclose(out[:, :n], a.astype(float) @ b, rtol=1e-4, atol=1e-4)
    assert np.isnan(out[:, n]).all()


@pytest.mark.parametrize("few", [0, 4, 8])
def test_stacks_with_gaps(few):
    a, b, out = numbers(3, 19, 2, 6)[:, :, 1], numbers(3, 6, 5), np.empty((3, 19, 2, 5), np.float32)[:, :, 0]
    source.multiply(a, b, out, few)
    np.testing.assert_allclose(out, a @ b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rows", [source.TURNED - 1, source.TURNED, 1001])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_products(rows, turned, dtype, monkeypatch):
    monkeypatch.setattr(source, "SMALL", 10**6)  # whatever this CPU prefers
    a, bias = numbers(rows, 130, dtype=dtype), numbers(70, dtype=dtype)
    b = numbers(70, 130, dtype=dtype).T if turned else numbers(130, 70, dtype=dtype)
    asked, few = source.prepared(a, b)
    assert few == (0 if turned and rows < source.TURNED else 16)
    assert asked.flags.c_contiguous == (few > 0)
    np.testing.assert_array_equal(asked, b)
    np.testing.assert_allclose(source.product(a, b, bias), a.astype(float) @ b + bias, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rows", [1, 2, 7, 64, 65])
@pytest.mark.parametrize(("depth", "columns"), [(160, 5), (160, 600), (170, 0), (1, 600), (4000, 200)])
@pytest.mark.parametrize("biased", [False, True])
def test_few_rows_and_a_transposed_factor(rows, depth, columns, biased, monkeypatch):
    monkeypatch.setattr(source, "SMALL", 10**6)
    a, b, bias = numbers(rows, depth), numbers(columns, depth).T, numbers(columns)
    many = rows * columns > source.DIRECT or rows * columns * depth > 10**6
    assert source.other_way_round(a, b) == (many and 1 < rows <= 64 and depth > 100)
    assert not source.other_way_round(a[:, ::2], b[::2])
    assert not source.other_way_round(a, np.ascontiguousarray(b)) or columns == 0
    y = source.product(a, b, bias if biased else None)
    assert y.flags.c_contiguous
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, a.astype(float) @ b + (bias if biased else 0), rtol=1e-4, atol=1e-3)


def test_which_products_are_left_whole(monkeypatch):
    monkeypatch.setattr(source, "SMALL", 10**6)
    a = numbers(1024, 600)
    assert source.prepared(a, numbers(600, 300))[1] == 4
    assert source.prepared(a, numbers(600, 500))[1] == 0  # too large for four rows
    assert source.prepared(a[:, ::2], numbers(300, 50))[1] == 0
    assert source.prepared(a.astype(complex), numbers(600, 50).astype(complex))[1] == 0
    set_num_threads(2)  # all threads of BLAS take part, as long as nobody holds them
    monkeypatch.setattr("tt_tensor.threads._pool.one_blas_thread", None)
    assert source.prepared(a, numbers(600, 300))[1] == 0


@pytest.mark.parametrize("shape", [(1024, 96), (700, 128), (96, 1024), (129, 130)])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_blocks_cover_a_matrix_once(shape, count):
    covered = np.zeros(shape, int)
    parts = source.blocks(covered, count)
    assert 1 <= len(parts) <= count
    for part in parts:
        covered[part] += 1
        assert covered[part].size
    assert (covered == 1).all()
