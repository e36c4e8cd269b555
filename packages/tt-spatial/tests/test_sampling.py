"""Images read at places: misuse, the plain definition, what moves an image in a known way, derivatives, odd places."""

import itertools
import math

import numpy as np
import pytest
from tt_autograd import gradcheck, gradgradcheck, manual_seed, rand, randn, tensor, zeros
from tt_spatial.functional import affine_grid, grid_sample, interpolate, pad

SETTINGS = list(itertools.product(["bilinear", "nearest", "bicubic"], ["zeros", "border", "reflection"], [True, False]))


def identity(n, count=1, dtype=None):
    """θ of the map that leaves all places where they are."""
    return tensor(np.eye(n, n + 1)[None].repeat(count, 0), dtype=dtype)


def test_misuse():
    x, grid = zeros(1, 1, 3, 4), zeros(1, 2, 2, 2)
    for arguments, error, words in (
        ((3, grid), TypeError, "expected Tensor, got int"),
        ((x, [[0.0, 0.0]]), TypeError, "expected Tensor, got list"),
        ((x, grid, "cubic"), ValueError, "expected mode to be one of"),
        ((x, grid, "nearest", "circular"), ValueError, "expected padding_mode to be one of"),
        ((x[0], grid), RuntimeError, "4D or 5D input"),
        ((x, grid[None]), RuntimeError, "as many dimensions"),
        ((x, zeros(2, 2, 2, 2)), RuntimeError, "same batch size"),
        ((x, zeros(1, 2, 2, 3)), RuntimeError, "size 2 in last dimension"),
        ((x[:, :, :0], grid), RuntimeError, "non-empty spatial dimensions"),
        ((x[None], zeros(1, 2, 2, 2, 3), "bicubic"), RuntimeError, "only supports 4D"),
        ((x, grid.double()), RuntimeError, "one floating dtype"),
        ((x.long(), grid.long()), RuntimeError, "one floating dtype"),
    ):
        with pytest.raises(error, match=words):
            grid_sample(*arguments, align_corners=False)
    theta = identity(2)
    for arguments, error, words in (
        (([[1.0]], (1, 1, 2, 2)), TypeError, "expected Tensor"),
        ((theta.long(), (1, 1, 2, 2)), ValueError, "floating point type"),
        ((theta, (1, 1, 2)), NotImplementedError, "4D and 5D"),
        ((theta, (1, 1, 2, 2, 2)), ValueError, "Nx3x4"),
        ((theta[0], (1, 1, 2, 2)), ValueError, "Nx2x3"),
        ((theta, (1, 1, 0, 2)), ValueError, "positive output size"),
        ((theta, (2, 1, 2, 2)), RuntimeError, "1 images"),
    ):
        with pytest.raises(error, match=words):
            affine_grid(*arguments, align_corners=False)
    with pytest.warns(UserWarning, match="align_corners=False"):
        assert affine_grid(theta, (1, 1, 1, 2)).tolist() == [[[[-0.5, 0.0], [0.5, 0.0]]]]
    with pytest.warns(UserWarning, match="align_corners=False"):
        grid_sample(x, grid)


@pytest.mark.parametrize(("mode", "padding_mode", "align_corners"), SETTINGS)
@pytest.mark.parametrize("shape", [(2, 3, 5, 4), (1, 1, 1, 6), (2, 2, 3, 1, 4)])
def test_the_identity_and_mirrors(mode, padding_mode, align_corners, shape):
    n = len(shape) - 2
    if mode == "bicubic" and n == 3:
        return
    manual_seed(0)
    x = randn(*shape)
    theta = identity(n, shape[0], x.dtype)
    still = grid_sample(x, affine_grid(theta, shape, align_corners), mode, padding_mode, align_corners)
    np.testing.assert_allclose(still.numpy(), x.numpy(), atol=2e-5)
    theta[:, 0, 0] = -1
    mirrored = grid_sample(x, affine_grid(theta, shape, align_corners), mode, padding_mode, align_corners)
    np.testing.assert_allclose(mirrored.numpy(), x.flip(-1).numpy(), atol=2e-5)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("align_corners", [True, False])
def test_a_finer_grid_is_interpolation(mode, align_corners):
    manual_seed(0)
    x = randn(2, 3, 5, 4).double()
    grid = affine_grid(identity(2, 2), (2, 3, 9, 11), align_corners)
    want = interpolate(x, (9, 11), mode=mode, align_corners=align_corners)
    np.testing.assert_allclose(grid_sample(x, grid, mode, "border", align_corners).numpy(), want.numpy(), atol=1e-12)


def test_bilinear_is_the_mean_of_neighbours():
    manual_seed(0)
    x, grid = randn(2, 3, 4, 5).double(), (rand(2, 6, 2, 2) * 3 - 1.5).double()
    got = grid_sample(x, grid, align_corners=True)
    framed = pad(x, (3, 3, 3, 3)).numpy()
    for b, i, j in np.ndindex(2, 6, 2):
        column, row = (grid[b, i, j].numpy() + 1) / 2 * [4, 3] + 3
        c, r = math.floor(column), math.floor(row)
        u, v = column - c, row - r
        corners = framed[b, :, r : r + 2, c : c + 2]
        want = np.einsum("chw,h,w->c", corners, [1 - v, v], [1 - u, u])
        np.testing.assert_allclose(got[b, :, i, j].numpy(), want, atol=1e-12)


def test_padding():
    line = tensor([[[[1.0, 2.0, 4.0]]]])
    places = tensor([-2.0, -1.5, -1.0, 0.0, 1.0, 1.5, 2.0])
    grid = places.reshape(1, 1, 7, 1) * tensor([1.0, 0.0])
    for padding_mode, want in {
        "zeros": [0, 0.5, 1, 2, 4, 2, 0],
        "border": [1, 1, 1, 2, 4, 4, 4],
        "reflection": [2, 1.5, 1, 2, 4, 3, 2],
    }.items():
        assert grid_sample(line, grid, "bilinear", padding_mode, True).flatten().tolist() == want
    corners = {  # the corners' corners: the mirror stands half a place further out
        "zeros": [0, 0, 0.5, 2, 2, 0, 0],
        "border": [1, 1, 1, 2, 4, 4, 4],
        "reflection": [2, 1.25, 1, 2, 4, 3.5, 2],
    }
    for padding_mode, want in corners.items():
        assert grid_sample(line, grid, "bilinear", padding_mode, False).flatten().tolist() == want


@pytest.mark.parametrize(("mode", "padding_mode", "align_corners"), SETTINGS)
def test_derivatives(mode, padding_mode, align_corners):
    manual_seed(1)
    x, grid = randn(1, 2, 3, 4).double(), (rand(1, 2, 3, 2) * 2.6 - 1.3).double()
    inputs = x.requires_grad_(), grid.requires_grad_()

    def f(x, grid):
        return grid_sample(x, grid, mode, padding_mode, align_corners)

    assert gradcheck(f, inputs)
    if mode != "nearest":
        assert gradgradcheck(f, inputs)


def test_affine_grid_is_linear():
    manual_seed(0)
    for n, size in ((2, (2, 1, 3, 4)), (3, (2, 1, 2, 3, 1))):
        theta = randn(2, n, n + 1).double().requires_grad_()
        assert gradcheck(lambda theta, size=size: affine_grid(theta, size, False), (theta,))
        assert affine_grid(theta, size, True).shape == (2, *size[2:], n)


@pytest.mark.parametrize(("mode", "padding_mode", "align_corners"), SETTINGS)
def test_places_that_are_none(mode, padding_mode, align_corners):
    x = tensor(np.full((1, 1, 2, 3), 5.0, np.float32))
    grid = tensor([[[[math.nan, 0.0], [0.0, math.nan], [1e30, 0.0], [0.0, 0.0]]]])
    found = grid_sample(x, grid, mode, padding_mode, align_corners).flatten().tolist()
    assert math.isnan(found[0])
    assert math.isnan(found[1])
    assert found[2] == (0 if padding_mode == "zeros" else pytest.approx(5.0))
    if (mode, padding_mode) != ("bicubic", "zeros"):  # which sees two places outside
        assert found[3] == pytest.approx(5.0)


def test_what_is_not_looked_at_does_not_count():
    x = tensor([[[[math.nan, math.inf, 1.0]]]])
    grid = tensor([[[[1.0, 0.0], [5.0, 0.0], [-7.0, 0.0]]]])
    assert grid_sample(x, grid, align_corners=True).flatten().tolist() == [1.0, 0.0, 0.0]
    for padding_mode in ("border", "reflection"):  # the neighbour behind the end has no weight
        assert grid_sample(x, grid[:, :, :1], "bilinear", padding_mode, True).item() == 1.0


def test_empty_and_half():
    assert grid_sample(zeros(0, 2, 3, 4), zeros(0, 5, 6, 2), align_corners=True).shape == (0, 2, 5, 6)
    assert grid_sample(zeros(2, 2, 3, 4), zeros(2, 0, 6, 2), align_corners=True).shape == (2, 2, 0, 6)
    assert grid_sample(zeros(2, 0, 3, 4), zeros(2, 5, 6, 2), align_corners=True).shape == (2, 0, 5, 6)
    manual_seed(0)
    x, grid = randn(2, 3, 4, 5), rand(2, 3, 3, 2)
    half = grid_sample(x.half(), grid.half(), align_corners=False)
    assert half.dtype == np.float16
    exact = grid_sample(x.half().float(), grid.half().float(), align_corners=False)
    assert (half == exact.half()).all()
