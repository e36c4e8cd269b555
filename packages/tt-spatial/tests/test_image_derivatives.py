"""First and second derivatives of everything but convolution by finite differences, in float64."""

import numpy as np
import pytest
import tt_spatial.functional as F
from tt_autograd import Tensor, gradcheck, gradgradcheck

CALLS = {
    "max_pool1d": (lambda x: F.max_pool1d(x, 3, 2, 1), (2, 2, 7)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2), (2, 2, 4, 5)),
    "max_pool2d overlapping": (lambda x: F.max_pool2d(x, 3, 2, 1), (2, 2, 4, 5)),
    "max_pool2d dilated": (lambda x: F.max_pool2d(x, 2, 1, 1, 2), (1, 2, 4, 5)),
    "max_pool2d indices": (lambda x: F.max_pool2d(x, 2, return_indices=True)[0], (2, 4, 5)),
    "max_pool3d": (lambda x: F.max_pool3d(x, 2, ceil_mode=True), (1, 2, 3, 4, 3)),
    "max_unpool2d": (lambda x: F.max_unpool2d(x, F.max_pool2d(Tensor(np.arange(32.0).reshape(2, 4, 4)), 2, return_indices=True)[1], 2), (2, 2, 2)),
    "avg_pool1d": (lambda x: F.avg_pool1d(x, 3, 2, 1), (2, 2, 7)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2), (2, 2, 4, 5)),
    "avg_pool2d edges": (lambda x: F.avg_pool2d(x, 3, 2, 1, True, False), (2, 2, 4, 5)),
    "avg_pool2d all": (lambda x: F.avg_pool2d(x, 4), (2, 2, 4, 4)),
    "avg_pool3d": (lambda x: F.avg_pool3d(x, 2, divisor_override=3), (1, 2, 3, 4, 3)),
    "lp_pool2d": (lambda x: F.lp_pool2d(x * x + 1, 3, 2), (1, 2, 4, 4)),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (3, 2)), (2, 2, 4, 5)),
    "adaptive_max_pool2d": (lambda x: F.adaptive_max_pool2d(x, (3, 2)), (2, 2, 4, 5)),
    "pad": (lambda x: F.pad(x, (1, 2, -1, 1), value=2.0), (2, 2, 3, 4)),
    "pad reflect": (lambda x: F.pad(x, (1, 2, 2, 1), "reflect"), (2, 2, 3, 4)),
    "pad replicate": (lambda x: F.pad(x, (1, 2, 2, 1), "replicate"), (2, 2, 3, 4)),
    "pad circular": (lambda x: F.pad(x, (1, 2, -1, 1), "circular"), (2, 2, 3, 4)),
    "nearest": (lambda x: F.interpolate(x, (5, 3)), (1, 2, 3, 4)),
    "bilinear": (lambda x: F.interpolate(x, (5, 3), mode="bilinear"), (1, 2, 3, 4)),
    "bicubic": (lambda x: F.interpolate(x, (5, 3), mode="bicubic", align_corners=True), (1, 2, 3, 4)),
    "bicubic antialias": (lambda x: F.interpolate(x, (2, 3), mode="bicubic", antialias=True), (1, 2, 5, 4)),
    "trilinear": (lambda x: F.interpolate(x, (3, 2, 3), mode="trilinear"), (1, 1, 2, 3, 2)),
    "unfold": (lambda x: F.unfold(x, 2, padding=1), (1, 2, 3, 3)),
    "fold": (lambda x: F.fold(x, (3, 4), 2), (1, 8, 6)),
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), (1, 4, 2, 2)),
    "channel_shuffle": (lambda x: F.channel_shuffle(x, 2), (1, 4, 2, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_derivative(name):
    call, shape = CALLS[name]
    x = Tensor(np.random.default_rng(0).permutation(int(np.prod(shape))).reshape(shape) * 0.7).requires_grad_()

    def cubed(x):
        y = call(x)
        return y * y * y / 100

    assert gradcheck(call, (x,))
    assert gradgradcheck(cubed, (x,), atol=1e-3)
