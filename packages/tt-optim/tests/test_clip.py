import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_autograd import Tensor, tensor
from tt_optim import clip_grad_norm, clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from tt_tensor import versions


def parameter(grad):
    g = np.asarray(grad, np.float32)
    p = Tensor(np.zeros_like(g), requires_grad=True)
    p.grad = Tensor(g.copy())
    return p


numbers = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=1, max_size=4), st.floats(0.01, 50), st.sampled_from([1.0, 2.0, 3.0, math.inf]))
def test_the_norm_is_bounded_and_the_direction_stays(grads, bound, order):
    ps = [parameter(g) for g in grads]
    before = np.concatenate([p.grad.array for p in ps])
    total = clip_grad_norm_(ps, bound, order)
    after = np.concatenate([p.grad.array for p in ps])
    assert total.item() == pytest.approx(np.linalg.norm(before.astype(np.float64), order), rel=1e-4, abs=1e-14)
    assert get_total_norm([p.grad for p in ps], order).item() <= bound * (1 + 1e-4)
    if total.item() < bound * 0.99:
        np.testing.assert_array_equal(after, before)
    else:
        scale = min(1.0, bound / (total.item() + 1e-6))
        np.testing.assert_allclose(after, before * scale, rtol=1e-4, atol=1e-30)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_nonfinite_raises_before_anything_changes(value):
    p = parameter([1.0, value, 3.0])
    with pytest.raises(RuntimeError, match="order 2.0 .* non-finite"):
        clip_grad_norm_([p], 0.1, error_if_nonfinite=True)
    np.testing.assert_array_equal(p.grad.array, np.float32([1.0, value, 3.0]))
    clip_grad_norm_([p], 0.1)


def test_value():
    p = parameter([-3.0, 0.25, math.nan, 7.0])
    clip_grad_value_(p, 0.5)
    np.testing.assert_array_equal(p.grad.array, np.float32([-0.5, 0.25, math.nan, 0.5]))


def test_with_a_known_norm():
    ps = [parameter([3.0]), parameter([4.0]), Tensor(np.ones(1, np.float32), requires_grad=True)]
    assert clip_grads_with_norm_(ps, 2.0, 1.0) is None
    assert [p.grad.item() for p in ps[:2]] == [3.0, 4.0]
    clip_grads_with_norm_(iter(ps), 2.0, tensor(4.0))
    assert [p.grad.item() for p in ps[:2]] == pytest.approx([1.5, 2.0])


def test_the_norm_has_the_widest_dtype():
    narrow, wide = (tensor(np.ones(2, dtype)) for dtype in (np.float32, np.float64))
    for both in ([narrow, wide], [wide, narrow]):
        assert get_total_norm(both).dtype == np.float64
    assert get_total_norm([narrow, tensor(np.ones(2, np.float16))]).dtype == np.float32


def test_changes_count():
    p, now = parameter([3.0]), versions.now()
    clip_grad_norm_([p], 1.0)
    assert versions.touched_since(p.grad.array, now)


def test_nothing_to_clip():
    w = tensor([1.0], requires_grad=True)
    assert clip_grad_norm_([w], 1.0).item() == 0.0
    with pytest.warns(UserWarning, match="empty generator"):
        clip_grad_norm_((x for x in ()), 1.0)
    clip_grad_value_([w], 1.0)


def test_other_implementation():
    for foreach in (True, False):
        p = parameter([3.0, 4.0])
        assert clip_grad_norm_([p], 1.0, foreach=foreach).item() == 5.0
        clip_grad_value_([p], 0.1, foreach=foreach)
        np.testing.assert_array_equal(p.grad.array, np.float32([0.1, 0.1]))


def test_old_name():
    assert clip_grad_norm is clip_grad_norm_


@pytest.mark.parametrize(("order", "norm"), [(1.0, 700.0), (2.0, 500.0), (3.0, 449.75), (math.inf, 400.0)])
@pytest.mark.parametrize("together", [True, False])
def test_the_squares_of_halves_do_not_overflow(order, norm, together):
    ps = []
    for g in [[300.0, 400.0]] if together else [[300.0], [400.0]]:
        ps.append(Tensor(np.zeros(len(g), np.float16), requires_grad=True))
        ps[-1].grad = Tensor(np.array(g, np.float16))
    total = clip_grad_norm_(ps, 1.0, order)
    assert (total.item(), total.dtype) == (norm, np.float16)
    after = np.concatenate([p.grad.array for p in ps])
    np.testing.assert_allclose(after, np.array([300.0, 400.0]) / norm, rtol=2e-3)
