"""The plain cache keeps the protocol."""

import numpy as np
import pytest
import tt_autograd as tt
from tt_transformer import Cache, DynamicCache


def rows(*values, length=1):
    return tt.tensor(values, dtype=tt.float32).reshape(-1, 1, 1, 1) * tt.ones(1, 2, length, 3)


def test_it_grows_and_forgets():
    cache = DynamicCache()
    assert isinstance(cache, Cache)
    assert cache.length == 0
    cache.update(0, rows(1, length=4), rows(2, length=4))
    k, v = cache.update(1, rows(3, length=4), rows(4, length=4))
    assert (k.shape, v[0, 0, 0, 0].item()) == ((1, 2, 4, 3), 4)
    k, v = cache.update(0, rows(5), rows(6))
    assert k[0, 0, :, 0].tolist() == [1, 1, 1, 1, 5]
    assert v[0, 1, :, 2].tolist() == [2, 2, 2, 2, 6]
    assert cache.length == 5
    cache.reset()
    assert cache.length == 0


def test_it_reorders_rows_and_may_have_more_of_them():
    cache = DynamicCache()
    cache.update(0, rows(1, 2), rows(3, 4))
    cache.update(1, rows(5, 6), rows(7, 8))
    cache.reorder(np.array([1, 1, 0]))
    k, _ = cache.update(0, rows(0, 0, 0), rows(0, 0, 0))
    assert k[:, 0, 0, 0].tolist() == [2, 2, 1]
    _, v = cache.update(1, rows(0, 0, 0), rows(0, 0, 0))
    assert v[:, 0, 0, 0].tolist() == [8, 8, 7]


def test_a_layer_left_out_is_noticed():
    with pytest.raises(IndexError, match="layer 1 comes before layer 0"):
        DynamicCache().update(1, rows(1), rows(1))


def test_keys_of_another_batch_are_noticed():
    cache = DynamicCache()
    cache.update(0, rows(1, 2), rows(3, 4))
    with pytest.raises(ValueError, match=r"keys \(3, 2, 1, 3\) do not go on from \(2, 2, 1, 3\).*reset"):
        cache.update(0, rows(1, 2, 3), rows(4, 5, 6))
