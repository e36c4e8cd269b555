"""group_norm against its formula in float64: short and long channels, blocks and threads, and means far from 0."""

import numpy as np
import pytest
from tt_autograd import Tensor
from tt_nn import functional as F

# no places, one place, columns that are repeated, columns as they are, and a sample that does not fit a block
SHAPES = [(2, 4, 0), (3, 4), (3, 4, 7), (5, 8, 9, 9), (2, 4, 100, 100)]


def formula(x, w, b, g, groups, eps=1e-5):
    """Values and gradients."""
    shape, column = x.shape, (-1, *(1,) * (x.ndim - 2))
    x, w, b, g = (np.asarray(v, "float64") for v in (x, w, b, g))
    rows, h = x.reshape(len(x) * groups, -1), (g * w.reshape(column)).reshape(len(x) * groups, -1)
    off = rows - rows.mean(1, keepdims=True)
    scale = 1 / np.sqrt((off * off).mean(1, keepdims=True) + eps)
    hat = off * scale
    inner = (h * hat).mean(1, keepdims=True) * hat + h.mean(1, keepdims=True)
    dx, hat, dims = (scale * (h - inner)).reshape(shape), hat.reshape(shape), (0, *range(2, len(shape)))
    return hat * w.reshape(column) + b.reshape(column), dx, (g * hat).sum(dims), g.sum(dims)


@pytest.mark.parametrize("offset", [0.0, 100.0])
@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_values_and_gradients(shape, groups, offset, threads):
    rng = np.random.default_rng(0)
    x, g = (rng.standard_normal(shape).astype("float32") for _ in range(2))
    w, b = (rng.standard_normal(shape[1]).astype("float32") for _ in range(2))
    x = x + np.float32(offset)
    inputs = [Tensor(v).requires_grad_() for v in (x, w, b)]
    y = F.group_norm(inputs[0], groups, inputs[1], inputs[2])
    y.backward(Tensor(g))
    if not x.size:
        assert y.shape == inputs[0].grad.shape == shape
        assert [v.grad.tolist() for v in inputs[1:]] == [[0] * 4] * 2
        return
    for got, wanted in zip((y.detach(), *(v.grad for v in inputs)), formula(x, w, b, g, groups)):
        np.testing.assert_allclose(got.array, wanted, rtol=2e-5, atol=2e-4 * max(1, np.abs(wanted).max()))


def test_parts_that_are_not_given():
    x = Tensor(np.random.default_rng(0).standard_normal((2, 4, 80)).astype("float32")).requires_grad_()
    given = F.group_norm(x, 2, Tensor(np.ones(4, "float32")), Tensor(np.zeros(4, "float32")))
    np.testing.assert_array_equal(F.group_norm(x, 2).detach().array, given.detach().array)


def test_instances_without_channels():
    assert F.instance_norm(Tensor(np.ones((1, 0, 6, 6), "float32"))).shape == (1, 0, 6, 6)


def test_a_single_value_has_no_variance():
    with pytest.raises(ValueError, match=r"more than 1 value.*\(1, 4\).*num_groups=4"):
        F.group_norm(Tensor(np.ones((1, 4), "float32")), 4)
    assert F.group_norm(Tensor(np.ones((2, 4), "float32")), 4).tolist() == [[0] * 4] * 2


def test_a_square_that_overflows_is_seen_by_its_neighbours_only():
    x = Tensor(np.array([[[1e20], [1.0], [1.0], [1.0]]], "float32"))
    y = F.local_response_norm(x, 3, alpha=3.0, beta=1.0)
    np.testing.assert_allclose(y.array[0, :, 0], [0, 0, 1 / 4, 1 / 3])
