"""Attention: bad input, masks, dropout, tiles, and derivatives against finite differences."""

import math

import numpy as np
import pytest
from tt_autograd import Tensor, gradcheck, gradgradcheck
from tt_tensor import handling, manual_seed
from tt_tensor.errors import DTypeError, ShapeError
from tt_transformer import attention_kernel, attention_small, attention_tiles, attention_work
from tt_transformer.attention_kernel import attention_p
from tt_transformer.functional import scaled_dot_product_attention as attend


def floats(*shape, seed=0, dtype=np.float32):
    return Tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


@pytest.fixture(params=[0, 1 << 16], ids=["cut", "whole"], autouse=True)
def few(request, monkeypatch):
    """Up to how many scores are computed as a whole: everything here is tested both ways."""
    monkeypatch.setattr(attention_small, "FEW", request.param)


Q, K, V = floats(2, 4, 8), floats(2, 5, 8, seed=1), floats(2, 5, 6, seed=2)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (TypeError, "argument 'query' must be Tensor, not list", lambda: attend([1.0], K, V)),
        (TypeError, "argument 'attn_mask' must be Tensor", lambda: attend(Q, K, V, np.ones((4, 5), bool))),
        (ShapeError, "at least two dimensions", lambda: attend(Q[0, 0], K, V)),
        (ShapeError, "same width", lambda: attend(Q, K[..., :3], V)),
        (ShapeError, "same length", lambda: attend(Q, K, V[:, :3])),
        (ShapeError, "cannot be broadcast", lambda: attend(Q, K[[0, 1, 1]], V)),
        (ShapeError, r"attn_mask of shape \(3, 5\)", lambda: attend(Q, K, V, floats(3, 5) > 0)),
        (DTypeError, "dtypes differ", lambda: attend(Q, K, V.double())),
        (DTypeError, "expected floating", lambda: attend(Q.long(), K.long(), V.long())),
        (DTypeError, "attn_mask dtype", lambda: attend(Q, K, V, floats(4, 5).long())),
        (RuntimeError, "is_causal", lambda: attend(Q, K, V, floats(4, 5), is_causal=True)),
        (RuntimeError, "between 0 and 1", lambda: attend(Q, K, V, dropout_p=-0.1)),
        (RuntimeError, "between 0 and 1", lambda: attend(Q, K, V, dropout_p=math.nan)),
        (ShapeError, "must divide", lambda: attend(floats(5, 4, 8), floats(2, 5, 8), V, enable_gqa=True)),
        (IndexError, "at least three", lambda: attend(Q[0], K[0], V[0], enable_gqa=True)),
    ],
)
def test_misuse(error, message, call):
    with pytest.raises(error, match=message):
        call()


def plainly(q, k, v, mask=None, kept=1.0):
    """The formula in float64."""
    q, k, v = (x.array.astype(float) for x in (q, k, v))
    s = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    p = np.exp(s - s.max(-1, keepdims=True)) * (1.0 if mask is None else mask)
    total = p.sum(-1, keepdims=True)
    return np.divide(p, total, out=np.zeros_like(p), where=total > 0) * kept @ v


def test_masks_agree():
    """True takes part: a bool mask, the scores -inf where it is False, and the triangle of is_causal are one and the same."""
    keep = np.tri(4, 5, dtype=bool)
    wanted = plainly(Q, K, V, keep)
    for y in (
        attend(Q, K, V, is_causal=True),
        attend(Q, K, V, Tensor(keep)),
        attend(Q, K, V, Tensor(np.where(keep, 0, -np.inf).astype(np.float32))),
    ):
        assert y.dtype == np.float32
        np.testing.assert_allclose(y.array, wanted, 1e-5, 1e-6)


@pytest.mark.parametrize("length", [5, 64, 65, 130, 300])
def test_no_leak(length):
    """What comes later changes nothing before, not even if it is so large that exp overflows."""
    x = floats(2, 3, length, 8)
    before = attend(x, x, x, is_causal=True).array
    for at in (1, length // 2, length - 1):
        y = x.clone()
        y[..., at:, :] = 1e4
        after = attend(y, y, y, is_causal=True).array
        np.testing.assert_allclose(after[..., :at, :], before[..., :at, :], 1e-5, 1e-6)


def test_a_query_without_keys_gets_zeros_and_gives_no_gradient():
    keep = np.ones((4, 5), bool)
    keep[2] = False
    q, k = (x.detach().requires_grad_() for x in (Q, K))
    y = attend(q, k, V, Tensor(keep))
    assert not y.array[:, 2].any()
    y.sum().backward()
    assert not q.grad.array[:, 2].any()
    assert np.isfinite(k.grad.array).all()


@pytest.mark.parametrize("factor", [1e-3, 1.0, 50.0, 1e4])
def test_scores_of_any_size(factor):
    for causal in (False, True):
        y = attend(Q * factor, K, V, is_causal=causal)
        wanted = plainly(Q * factor, K, V, np.tri(4, 5) if causal else None)
        if factor < 1e3 or not causal:
            np.testing.assert_allclose(y.array, wanted, 1e-4, 1e-5)
        assert np.isfinite(y.array).all()


def small(**changes):
    """float64 inputs with a gradient."""
    q, k, v = (
        floats(2, 1, 5, 3, dtype=float),
        floats(2, 7, 3, seed=1, dtype=float),
        floats(2, 7, 2, seed=2, dtype=float),
    )
    return [x.requires_grad_() for x in (q, k, v)]


@pytest.fixture(params=[0.0, 100.0], ids=["computed again", "kept"])
def kept(request, monkeypatch):
    """How much memory the exponentials may take."""
    monkeypatch.setattr(attention_kernel, "KEPT", request.param)


@pytest.mark.parametrize("settings", [{}, {"is_causal": True}, {"dropout_p": 0.3}, {"scale": 0.0}], ids=str)
def test_derivatives(settings, kept):
    def seeded(*xs):
        manual_seed(3)
        return attend(*xs, **settings)

    gradcheck(seeded, small())
    gradgradcheck(seeded, small())


def test_derivative_of_a_mask(kept):
    for shape in ((5, 7), (2, 1, 7), (1, 5, 1)):
        mask = floats(*shape, seed=5, dtype=float).requires_grad_()
        gradcheck(attend, [*small(), mask])
        gradgradcheck(attend, [*small(), mask])
        gradcheck(lambda q, k, v, m: attend(q, k, v, m, scale=0.0), [*small(), mask])


@pytest.mark.parametrize("low", [-1e9, float(np.finfo(np.float32).min)])
def test_a_row_of_equal_large_numbers_hides_nothing(low, kept, monkeypatch):
    """The output is the mean of the values, and what backward computes again belongs to the same weights."""
    monkeypatch.setattr(attention_tiles, "SCORES", 8)
    monkeypatch.setattr(attention_tiles, "COLUMNS", 4)
    mask = floats(4, 5, seed=3)
    mask[0] = low
    q, k, v = (x.clone().requires_grad_() for x in (Q, K, V))
    y = attend(q, k, v, mask)[:, 0]
    np.testing.assert_allclose(y.array, V.array.mean(-2), rtol=0, atol=1e-6)
    y.sum().backward()
    np.testing.assert_allclose(v.grad.array, 0.2, rtol=1e-6)
    np.testing.assert_allclose(q.grad.array[:, 1:], 0)
    dp = V.array.sum(-1)
    ds = (dp - dp.mean(-1, keepdims=True)) / 5
    np.testing.assert_allclose(q.grad.array[:, 0], np.vecdot(ds[:, None], K.array.mT) / math.sqrt(8), rtol=0, atol=1e-5)


def test_only_masks_with_numbers_that_overflow_are_looked_through(monkeypatch):
    """A mask of zeros and infinities, the usual one, takes no longer than another."""
    least = np.finfo(np.float32).min
    mask = np.float32([0, -np.inf, np.inf, np.nan, 1, least])
    monkeypatch.setattr(attention_work, "LOG", 1.5)
    np.testing.assert_array_equal(attention_work.in_units(mask), [0, -np.inf, np.inf, np.nan, 1.5, least])
    with monkeypatch.context() as without:
        without.delattr(np, "isinf")
        scaled = attention_work.in_units(mask[:-1])
    np.testing.assert_array_equal(scaled, [0, -np.inf, np.inf, np.nan, 1.5])


@pytest.mark.parametrize("size", [1e3, 1e6, 1e15])
def test_scores_far_from_zero_have_the_derivatives_of_a_choice(size, kept):
    """The value of the best key is taken as it is."""
    q, k, v = (x.clone().requires_grad_() for x in (Q * size, K * size, V))
    attend(q, k, v).sum().backward()
    best = (Q.array @ K.array.mT).argmax(-1)
    np.testing.assert_allclose(v.grad.array[..., 0], (best[..., None] == np.arange(5)).sum(-2), rtol=1e-6)
    assert max(q.grad.abs().max(), k.grad.abs().max()) <= 1e-5 * size


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_float32_masks_go_with_every_dtype(dtype):
    """Other numbers than those of the mask count where they would be infinite in float16."""
    q, k, v = (x.to(dtype) for x in (Q, K, V))
    mask = floats(4, 5, seed=3)
    mask[0] = float(np.finfo(np.float32).min)
    mask.requires_grad_()
    y = attend(q, k, v, mask)
    assert y.dtype == dtype
    np.testing.assert_allclose(y.array, attend(Q, K, V, mask).array, rtol=0, atol=2e-3)
    y.float().square().sum().backward()
    assert mask.grad.dtype == np.float32
    assert mask.grad.isfinite().all()


@pytest.mark.parametrize("few", [0], ids=["cut"], indirect=True)
@pytest.mark.parametrize("long", [1, 512])
@pytest.mark.parametrize("settings", [{}, {"is_causal": True}, {"dropout_p": 0.3}], ids=str)
def test_tiles_change_nothing(settings, long, kept, monkeypatch):
    """The sums are taken in another order, and no other score is seen; derivatives are right in small sheets too."""
    monkeypatch.setattr(attention_tiles, "SCORES", 8)
    monkeypatch.setattr(attention_tiles, "ROWS", 2)
    monkeypatch.setattr(attention_tiles, "CAUSAL_ROWS", 2)
    monkeypatch.setattr(attention_tiles, "LONG", long)
    monkeypatch.setattr(attention_tiles, "COLUMNS", 4)
    test_derivatives(settings, kept)


@pytest.mark.parametrize("length", [5, 70])
@pytest.mark.parametrize("settings", [{}, {"is_causal": True}, {"dropout_p": 0.3}], ids=str)
@pytest.mark.parametrize("factor", [1.0, 300.0])  # the latter's exponentials overflow
def test_what_is_kept_changes_nothing(factor, settings, length, monkeypatch):
    found = []
    for share in (0.0, 100.0):
        monkeypatch.setattr(attention_kernel, "KEPT", share)
        manual_seed(3)
        q, k, v = (floats(3, 2, length, 6, seed=n).requires_grad_() for n in range(3))
        y = attend(q * factor, k, v, **settings)
        y.backward(floats(*y.shape, seed=3))
        found.append([y.detach().array, *(x.grad.array for x in (q, k, v))])
    for again, kept in zip(*found):
        np.testing.assert_allclose(kept, again, rtol=1e-4, atol=1e-5 * factor)


def test_small_gradients_of_large_scores_lose_no_digits():
    q, k = (Tensor(np.full((1, 4, 8), 4.8, "float32")).requires_grad_() for _ in range(2))  # scores of 65, sums of 1e28
    v = floats(1, 4, 8).requires_grad_()
    attend(q, k, v).backward(Tensor(np.full((1, 4, 8), 1e-12, "float32")))
    np.testing.assert_allclose(v.grad.array, 1e-12, rtol=1e-5)


class TestDropout:
    def test_keeps_the_mean_and_the_share(self):
        one = Tensor(np.eye(200, dtype=np.float32))
        manual_seed(0)
        y = attend(one * 0, one * 0, one, dropout_p=0.25).array * 200  # the weights themselves
        values, counts = np.unique(y.round(3), return_counts=True)
        np.testing.assert_allclose(values, [0, 4 / 3], 1e-3)
        assert abs(counts[0] / y.size - 0.25) < 0.01

    def test_is_decided_by_the_seed(self):
        def draw():
            return attend(Q, K, V, dropout_p=0.5).array

        manual_seed(1)
        a, b = draw(), draw()
        manual_seed(1)
        np.testing.assert_array_equal(a, draw())
        assert (a != b).any()

    def test_all_and_nothing(self):
        assert not attend(Q, K, V, dropout_p=1.0).array.any()
        np.testing.assert_array_equal(attend(Q, K, V, dropout_p=0.0).array, attend(Q, K, V).array)

    def test_backward_drops_the_same(self):
        """A weight that was dropped carries no gradient to its value."""
        one, v = Tensor(np.eye(70, dtype=np.float32)), floats(300, 70, 2, seed=4).requires_grad_()
        manual_seed(0)
        weights = attend(one, one, one.expand(300, 70, 70), dropout_p=0.5).array
        manual_seed(0)
        y = attend(one, one, v, dropout_p=0.5)
        g = floats(*y.shape, seed=5)
        (y * g).sum().backward()
        np.testing.assert_allclose(v.grad.array, weights.swapaxes(-1, -2) @ g.array, 1e-3, 1e-5)


def test_handlers_see_one_operation_each_way():
    seen = []

    def handler(op, arrays, params):
        seen.append(op.name)
        return op(*arrays, **params)

    q = Q.detach().requires_grad_()
    with handling(handler):
        attend(q, K, V).sum().backward()
    assert seen.count("attention") == seen.count("attention_backward") == 1
    assert "softmax" not in seen


def test_float16_is_computed_in_float32():
    q, k, v = (x.half() for x in (Q, K, V))
    y = attend(q, k, v)
    assert y.dtype == np.float16
    np.testing.assert_allclose(y.array, plainly(q, k, v), 2e-3, 1e-3)


def test_layout_follows_the_query():
    """Heads that come from a [B, T, C] projection go back to [B, T, C] without a copy."""
    x = floats(2, 10, 12)
    q = x.view(2, 10, 3, 4).transpose(1, 2)
    y = attend(q, q, q)
    assert y.transpose(1, 2).array.flags.c_contiguous


def test_memory_is_linear_in_the_length():
    import tracemalloc

    def peak(length):
        x = floats(1, 1, length, 4).requires_grad_()
        tracemalloc.start()
        attend(x, x, x, is_causal=True).sum().backward()
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    assert peak(2048) < 2.5 * peak(1024) < 2048 * 2048


def test_empty():
    for shape in ((0, 3, 4), (2, 0, 4)):
        x = floats(*shape).requires_grad_()
        y = attend(x, x, x)
        y.sum().backward()
        assert y.shape == x.grad.shape == shape
    assert not attend(Q, K[:, :0], V[:, :0]).array.any()


def test_keys_without_a_number_count_the_same():
    q, v = floats(2, 3, 0).requires_grad_(), floats(2, 3, 4)
    y = attend(q, q, v, is_causal=True)
    np.testing.assert_allclose(y.array[:, 2], v.array.mean(1), 1e-5)
    y.sum().backward()
    assert q.grad.shape == (2, 3, 0)
    assert attention_p.name == "attention"
