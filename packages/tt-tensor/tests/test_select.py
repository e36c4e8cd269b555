"""select against np.where, bit for bit: every dtype, values that arithmetic would change, shapes, strides and threads."""

import numpy as np
import pytest
from tt_tensor import get_num_threads, set_num_threads, tensor, where
from tt_tensor.ops import select as module
from tt_tensor.ops.select import FEW, select

SPECIAL = [np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0]


@pytest.fixture(params=[1, 2])
def threads(request, monkeypatch):
    before = get_num_threads()
    set_num_threads(request.param)
    monkeypatch.setattr(module, "PIECE", 1000)
    monkeypatch.setattr(module, "HUGE", 1000)
    yield
    set_num_threads(before)


def same(mask, x, y):
    got, wanted = select(mask, x, y), np.where(mask, x, y)
    assert got.dtype == wanted.dtype
    assert got.shape == wanted.shape
    assert got.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "i4", "i8", "u1", "?", "c8"])
def test_is_where(dtype, threads):
    rng = np.random.default_rng(0)
    shape = (3, FEW)
    mask = rng.random(shape) > 0.5
    x, y = (rng.standard_normal(shape).astype(dtype) for _ in range(2))
    if x.dtype.kind in "fc":
        x[:, : len(SPECIAL)], y[:, : len(SPECIAL)] = SPECIAL, SPECIAL[::-1]
    zero, one = np.zeros((), dtype), np.ones((), dtype)
    for a, b in [
        (x, y),
        (zero, y),
        (x, zero),
        (one, y),
        (x, one),
        (-zero if dtype[0] == "f" else zero, y),
        (one, zero),
    ]:
        same(mask, a, b)
    same(mask, x[0], y)  # broadcast
    same(mask[:, :1] & np.ones(FEW, bool), x[:, :1], y)
    same(mask[None], x, y)
    same(mask.T, x.T, y.T)
    same(mask[:, ::2], x[:, ::2], y[:, 1::2])
    same(mask[0, 0], x, y)
    same(mask[:0], x[:0], y[:0])


def test_a_result_has_memory_of_its_own():
    x = tensor(np.arange(2 * FEW, dtype="float32"))
    y = where(x >= 0, x, 0.0)
    y += 1
    assert x.tolist() == list(range(2 * FEW))


def test_masked_fill_broadcasts_and_converts():
    x = tensor(np.zeros((2, FEW), "int64"))
    filled = x.masked_fill(tensor(np.arange(FEW) % 2 == 0), 2.7)
    assert filled.dtype == x.dtype
    assert filled.sum().item() == 2 * FEW


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8"])
@pytest.mark.parametrize("value", [1e30, float("nan"), float("inf"), 2**70, 2j, tensor(float("nan"))])
def test_whole_numbers_do_not_wrap_around(dtype, value):
    x = tensor(np.zeros(2, dtype))
    for fill in (lambda: x.masked_fill(x == 0, value), lambda: x.masked_fill_(x == 0, value), lambda: x.fill_(value)):
        with pytest.raises(RuntimeError, match=f"fill.*{dtype}.*overflow"):
            fill()
    assert x.tolist() == [0, 0]


def test_minus_one_is_the_largest_of_the_unsigned():
    assert tensor(np.zeros(1, "uint8")).fill_(-1).tolist() == [255]
    assert tensor(np.zeros(1, "float32")).fill_(2**70).tolist() == [2.0**70]
    assert tensor(np.zeros(1, "int8")).fill_(tensor(-128 + 0j)).tolist() == [-128]
    with pytest.raises(RuntimeError, match="1j cannot be converted to float32"):
        tensor(np.zeros(1, "float32")).fill_(1j)
