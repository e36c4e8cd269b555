"""BLAS is held to one thread while the batch is shared out."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits
from tt_nn.blas import one_blas_thread, spread_products
from tt_tensor import get_num_threads, set_num_threads


def blas_threads():
    return {info["num_threads"] for info in threadpool_info() if info["user_api"] == "blas"}


@pytest.fixture
def two():
    before = get_num_threads()
    set_num_threads(2)
    with threadpool_limits(2, "blas"):
        yield
    set_num_threads(before)


def test_what_blas_had_is_given_back_even_after_an_error(two):
    before = blas_threads()

    def work(part):
        raise KeyError(str(blas_threads()))

    with pytest.raises(KeyError, match=r"\{1\}"):
        spread_products(work, [0, 1])
    assert blas_threads() == before


def test_blocks_nest(two):
    before = blas_threads()
    with one_blas_thread:
        with one_blas_thread:
            assert blas_threads() == {1}
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_products_are_those_of_one_thread(two):
    x, w = np.random.default_rng(0).normal(size=(2, 64, 48))
    out = spread_products(lambda rows: x[rows] @ w.T, [slice(0, 30), slice(30, 64)])
    np.testing.assert_allclose(np.concatenate(out), x @ w.T)
