"""BLAS has one thread once the pool multiplies matrices."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits
from tt_nn.blas import spread_products
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


def test_blas_keeps_to_one_thread_from_then_on(two):
    assert blas_threads() == {2}
    assert spread_products(lambda part: blas_threads(), [0, 1]) == [{1}, {1}]
    assert blas_threads() == {1}
    with threadpool_limits(2, "blas"):  # whoever changes that is not asked twice
        spread_products(lambda part: None, [0, 1])
        assert blas_threads() == {1}


@pytest.mark.parametrize(("threads", "parts"), [(1, [0, 1]), (2, [0])])
def test_one_thread_leaves_blas_as_it_is(two, threads, parts):
    set_num_threads(threads)
    spread_products(lambda part: None, parts)
    assert blas_threads() == {2}


def test_products_are_those_of_one_thread(two):
    x, w = np.random.default_rng(0).normal(size=(2, 64, 48))
    out = spread_products(lambda rows: x[rows] @ w.T, [slice(0, 30), slice(30, 64)])
    np.testing.assert_allclose(np.concatenate(out), x @ w.T)
