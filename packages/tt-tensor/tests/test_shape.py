"""Views share memory, copies do not, and a shape that does not fit raises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from tt_tensor import (
    DTypeError,
    ShapeError,
    Tensor,
    arange,
    broadcast_shapes,
    broadcast_tensors,
    cat,
    flip,
    rot90,
    stack,
    tensor,
    tril,
    triu,
    zeros,
)

BOX = np.arange(60, dtype=np.float32).reshape(3, 4, 5)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x.reshape(7),
        lambda x: x.reshape(-1, -1),
        lambda x: x.reshape(2, -2),
        lambda x: x.view(7),
        lambda x: x.permute(0),
        lambda x: x.permute(0, 0, 1),
        lambda x: x.t(),
        lambda x: x[0, 0].mT,
        lambda x: x.expand(3, 4),
        lambda x: x.expand(3, 4, 6),
        lambda x: x.expand(-1, 3, 4, 5),
        lambda x: x.flatten(2, 0),
        lambda x: x.unflatten(0, (2, 2)),
        lambda x: x.movedim((0, 0), (1, 2)),
        lambda x: x.permute(2, 1, 0).view(-1),
        lambda x: broadcast_tensors(x, zeros(3)),
        lambda x: broadcast_shapes(x.shape, 3),
        lambda x: cat([]),
        lambda x: cat([x, x[:, 1:]]),
        lambda x: cat([tensor(1.0)]),
        lambda x: stack([]),
        lambda x: stack([x, x[0]]),
        lambda x: x.split(0),
        lambda x: x.split([1, 1]),
        lambda x: x.chunk(0),
        lambda x: x.tensor_split(0),
        lambda x: x.flip(0, 0),
        lambda x: x.roll((1, 2), 0),
        lambda x: rot90(x, 1, (0, 0)),
        lambda x: x.repeat(2),
        lambda x: x.repeat_interleave(-1),
        lambda x: x.repeat_interleave(tensor([1, 2]), 0),
        lambda x: x.narrow(0, 2, 2),
        lambda x: x.diagonal(0, 1, 1),
        lambda x: tril(x[0, 0]),
        lambda x: x.unfold(0, 4, 1),
        lambda x: x.unfold(0, 2, 0),
    ],
)
def test_what_does_not_fit_raises_a_shape_error(wrong):
    with pytest.raises(ShapeError, match=r"\w+: "):
        wrong(tensor(BOX))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda x: x.transpose(0, 3),
        lambda x: x.flatten(0, 3),
        lambda x: x.unsqueeze(-5),
        lambda x: x.squeeze(3),
        lambda x: x.unbind(3),
        lambda x: tensor(1.0).unbind(),
        lambda x: x.select(0, 3),
        lambda x: x.narrow(0, 4, 0),
        lambda x: x.flip(3),
    ],
)
def test_a_dimension_out_of_range_is_an_index_error(wrong):
    with pytest.raises(IndexError):
        wrong(tensor(BOX))


@pytest.mark.parametrize(
    "wrong",
    [lambda: cat(tensor([1.0])), lambda: flip([1.0], 0), lambda: zeros(2).reshape("a"), lambda: zeros(2).sum("a")],
)
def test_the_wrong_kind_of_argument_is_a_type_error(wrong):
    with pytest.raises(TypeError):
        wrong()


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.reshape(12, 5),
        lambda x: x.view(-1),
        lambda x: x.view(np.dtype("int32")),
        lambda x: x.permute(2, 0, 1),
        lambda x: x.transpose(0, 1),
        lambda x: x[0].t(),
        lambda x: x.T,
        lambda x: x.mT,
        lambda x: x.movedim(0, -1),
        lambda x: x.unsqueeze(1),
        lambda x: x[:1].squeeze(),
        lambda x: x[:1].expand(6, 4, 5),
        lambda x: x.flatten(),
        lambda x: x.unflatten(1, (2, 2)),
        lambda x: x.split(2)[0],
        lambda x: x.chunk(2)[1],
        lambda x: x.tensor_split((1,), 2)[1],
        lambda x: x.unbind(1)[3],
        lambda x: x.narrow(1, 1, 2),
        lambda x: x.select(1, 2),
        lambda x: x.diagonal(0, 1, 2),
        lambda x: x.unfold(2, 2, 1),
        lambda x: x.contiguous(),
        lambda x: x[..., None],
    ],
)
def test_views_share_memory(view):
    x = tensor(BOX.copy())
    assert np.shares_memory(view(x).array, x.array)


@pytest.mark.parametrize(
    "copy",
    [
        lambda x: x.flip(0),
        lambda x: x.roll(1),
        lambda x: cat([x]),
        lambda x: x.repeat(1, 1, 1),
        lambda x: x.T.contiguous(),
        lambda x: x.T.reshape(-1),
    ],
)
def test_copies_do_not(copy):
    x = tensor(BOX.copy())
    assert not np.shares_memory(copy(x).array, x.array)


def test_writing_into_a_diagonal_writes_into_the_matrix():
    x = zeros(3, 3)
    x.diagonal()[:] = 1.0
    assert (x.array == np.eye(3)).all()
    x.diag().zero_()  # a copy
    assert (x.array == np.eye(3)).all()


@given(hnp.arrays(np.int64, SHAPES), st.randoms())
def test_permuting_back_is_the_identity(a, random):
    dims = list(range(a.ndim))
    random.shuffle(dims)
    y = tensor(a).permute(*dims) if dims else tensor(a)
    np.testing.assert_array_equal(y.array, a.transpose(dims))
    back = [dims.index(k) for k in range(a.ndim)]
    np.testing.assert_array_equal((y.permute(*back) if dims else y).array, a)


@given(hnp.arrays(np.float32, hnp.array_shapes(max_dims=3)), st.data())
def test_split_and_cat_undo_each_other(a, data):
    x = tensor(a)
    dim = data.draw(st.integers(-a.ndim, a.ndim - 1))
    parts = x.split(data.draw(st.integers(1, 5)), dim)
    np.testing.assert_array_equal(cat(parts, dim).array, a)
    np.testing.assert_array_equal(stack(x.unbind(dim), dim).array, a)
    np.testing.assert_array_equal(cat(x.tensor_split(data.draw(st.integers(1, 4)), dim), dim).array, a)
    np.testing.assert_array_equal(cat(x.chunk(data.draw(st.integers(1, 4)), dim), dim).array, a)


@given(hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=3)), st.integers(-3, 3))
def test_triangles_add_up(a, k):
    np.testing.assert_array_equal((tril(tensor(a), k) + triu(tensor(a), k + 1)).array, np.where(np.isnan(a), np.nan, a))


@given(hnp.mutually_broadcastable_shapes(num_shapes=1, base_shape=(3, 4)))
def test_expanding_is_numpys_broadcasting(shapes):
    a = np.arange(np.prod(shapes.input_shapes[0], dtype=int)).reshape(shapes.input_shapes[0])
    y = tensor(a).expand(shapes.result_shape)
    np.testing.assert_array_equal(y.array, np.broadcast_to(a, shapes.result_shape))
    turned = tensor(a.T.copy()).permute(*range(a.ndim)[::-1]) if a.ndim else tensor(a)
    np.testing.assert_array_equal(turned.expand(shapes.result_shape).array, np.broadcast_to(a, shapes.result_shape))


def test_joining_promotes():
    assert cat([tensor([1]), tensor([1.0])]).dtype == np.float32
    assert stack([tensor([True]), tensor([1])]).dtype == np.int64
    assert cat([tensor([1.0]), zeros(0)]).shape == (1,)
    out = zeros(2)
    assert cat([tensor([1.0]), tensor([2.0])], out=out) is out
    assert out.array.tolist() == [1, 2]
    with pytest.raises(DTypeError):
        cat([tensor([1.0])], out=tensor([1]))


def test_turning_four_times_is_the_identity():
    x = arange(6).reshape(2, 3)
    for k in range(-4, 5):
        np.testing.assert_array_equal(rot90(x, k).array, np.rot90(x.array, k))


def test_repeats():
    x = arange(6).reshape(2, 3)
    np.testing.assert_array_equal(x.tile((2, 1, 2)).array, np.tile(x.array, (2, 1, 2)))
    np.testing.assert_array_equal(x.repeat_interleave(tensor([0, 2, 1]), 1).array, np.repeat(x.array, [0, 2, 1], 1))
    np.testing.assert_array_equal(x.roll(2, -1).array, np.roll(x.array, 2, -1))
    assert tensor(1.0).repeat(2).shape == (2,)


def test_joined_tensors_can_be_viewed_whatever_the_layout_of_their_parts():
    x = arange(6).reshape(2, 3).t()
    assert cat([x, x]).view(-1).shape == stack([x, x]).view(-1).shape == (12,)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.complex64, np.bool_])
@pytest.mark.parametrize(
    "shape", [(256, 256), (64, 1024), (64, 3, 32, 32), (2, 128, 256), (1, 70_000), (5, 7), (), (0, 9)]
)
def test_copies_in_row_major_order(kind, shape):
    """Whatever lies where in memory: powers of two apart, few side by side, with gaps, backwards, or one place for all."""
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(kind)
    wide = np.broadcast_to(x, (64, *shape))
    views = [x.T, wide.T, np.moveaxis(wide, 0, 1) if shape else wide]
    if x.ndim > 1:
        views += [np.moveaxis(x, 1, -1), x[..., ::-1].T, x[:, ::2].T, np.asfortranarray(x), x.swapaxes(0, 1)]
    for view in views:
        got = Tensor(view).contiguous().array
        assert got.flags.c_contiguous
        assert got.dtype == kind
        np.testing.assert_array_equal(got, view)
