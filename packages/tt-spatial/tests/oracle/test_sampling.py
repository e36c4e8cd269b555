"""grid_sample and affine_grid against PyTorch: values, gradients, classes of errors."""

import itertools
import warnings

import numpy as np
import pytest
import torch
import tt_autograd
import tt_spatial.functional as ours
from torch.nn import functional as theirs

BOTH = (torch, theirs), (tt_autograd, ours)
SETTINGS = list(itertools.product(["bilinear", "nearest", "bicubic"], ["zeros", "border", "reflection"], [True, False]))


def array(x):
    return x.detach().numpy()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(5, 7), (1, 4), (1, 1), (3, 4, 5), (2, 1, 3)])
@pytest.mark.parametrize(("mode", "padding_mode", "align_corners"), SETTINGS)
def test_grid_sample(mode, padding_mode, align_corners, shape, dtype):
    if mode == "bicubic" and len(shape) == 3:
        return
    rng = np.random.default_rng(0)
    for scale in (0.9, 3.7):
        x = rng.standard_normal((2, 3, *shape)).astype(dtype)
        grid = (rng.uniform(-scale, scale, (2, *(4, 6, 2)[: len(shape)], len(shape)))).astype(dtype)
        grid.flat[:4] = [-1, 1, 0, 0.5]
        found = []
        for lib, functional in BOTH:
            a, b = lib.tensor(x, requires_grad=True), lib.tensor(grid, requires_grad=True)
            y = functional.grid_sample(a, b, mode, padding_mode, align_corners)
            (y * y).sum().backward()
            found.append([array(y), array(a.grad), array(b.grad)])
        for want, got in zip(*found):
            assert got.dtype == want.dtype
            np.testing.assert_allclose(
                got, want, rtol=1e-3 if dtype == "float32" else 1e-9, atol=2e-3 if dtype == "float32" else 1e-9
            )


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("size", [(2, 1, 3, 4), (2, 1, 1, 4), (2, 3, 2, 3, 4)])
def test_affine_grid(size, align_corners):
    theta = np.random.default_rng(0).standard_normal((2, len(size) - 2, len(size) - 1))
    found = []
    for lib, functional in BOTH:
        t = lib.tensor(theta, requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of grids with one place
            y = functional.affine_grid(t, size, align_corners)
        (y * y * y).sum().backward()
        found.append([array(y), array(t.grad)])
    for want, got in zip(*found):
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, f: f.grid_sample(lib.zeros(1, 1, 3, 4), lib.zeros(1, 2, 2, 3), align_corners=False),
        lambda lib, f: f.grid_sample(lib.zeros(1, 1, 3, 4), lib.zeros(2, 2, 2, 2), align_corners=False),
        lambda lib, f: f.grid_sample(lib.zeros(1, 3, 4), lib.zeros(1, 2, 2, 2), align_corners=False),
        lambda lib, f: f.grid_sample(lib.zeros(1, 1, 3, 4), lib.zeros(1, 2, 2, 2).double(), align_corners=False),
        lambda lib, f: f.grid_sample(lib.zeros(1, 1, 3, 4), lib.zeros(1, 2, 2, 2), "cubic", align_corners=False),
        lambda lib, f: f.grid_sample(
            lib.zeros(1, 1, 3, 4), lib.zeros(1, 2, 2, 2), padding_mode="same", align_corners=False
        ),
        lambda lib, f: f.grid_sample(lib.zeros(1, 1, 0, 4), lib.zeros(1, 2, 2, 2), align_corners=False),
        lambda lib, f: f.grid_sample(
            lib.zeros(1, 1, 1, 3, 4), lib.zeros(1, 2, 2, 2, 3), "bicubic", align_corners=False
        ),
        lambda lib, f: f.grid_sample(3, lib.zeros(1, 2, 2, 2), align_corners=False),
        lambda lib, f: f.affine_grid(lib.zeros(1, 2, 2), (1, 1, 2, 2), align_corners=False),
        lambda lib, f: f.affine_grid(lib.zeros(1, 2, 3), (2, 1, 2, 2), align_corners=False),
        lambda lib, f: f.affine_grid(lib.zeros(1, 2, 3).long(), (1, 1, 2, 2), align_corners=False),
        lambda lib, f: f.affine_grid(lib.zeros(1, 2, 3), (1, 1, 0, 2), align_corners=False),
        lambda lib, f: f.affine_grid(lib.zeros(1, 2, 3), (1, 1, 2), align_corners=False),
    ],
)
def test_errors(wrong):
    caught = []
    for lib, functional in BOTH:
        with pytest.raises(Exception) as error:
            wrong(lib, functional)
        caught.append(error.value)
    assert isinstance(caught[1], type(caught[0])), caught
