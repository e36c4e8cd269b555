"""Winograd's minimal filtering: F(4x4, 3x3) takes 36 multiplications in place of 144 for a tile of 4 x 4 results.

Along one dimension 4 results of a kernel of 3 need 6 inputs, and y = Aᵀ [(G w) ⊙ (Bᵀ x)] multiplies polynomials by evaluating
them at six points: 6 products in place of 12. The same points serve kernels of 2, 4 and 5, with tiles of 5, 3 and 2 results.
In two dimensions everything is applied to rows and to columns, and the products of all channels become 36 products of matrices,
one for each pair of points.

The transforms are products of matrices as well: `tiles.py`.

Source:
    Lavin and Gray, Fast algorithms for convolutional neural networks, 2015. The points, which decide about the rounding error,
    are 0, ±3/4, ±3/2 and ∞: the error in float32 is five times that of the direct sum, with Lavin's (0, ±1, ±2, ∞) ten times.
"""

from functools import cache, reduce
from math import prod
from operator import iadd
from typing import Any

import numpy as np
from tt_nn.blas import spread_products
from tt_tensor.threads import pieces

from .geometry import Geometry, Sizes, shared
from .scratch import scratch, shaped
from .tiles import POINTS, Block, Plan, matrices

WORK = 32 * 10**6  # multiplications that are worth a thread: those of the direct sum
# Of one image they must be more, because BLAS, whose own threads else share out the products of such images, is held to one then.
WORK_OF_ONE = 2 * 10**8
LARGE = 1 << 20  # elements of the weight's gradient at the points, up to which it is added to at once


@cache
def kernel_matrix(kernel: Sizes) -> Any:
    """G ⊗ G as `[6 · 6, kernel]`: from a kernel to its points."""
    rows, columns = (matrices(k)[1] for k in kernel)
    return np.kron(rows, columns).astype(np.float32)


def transformed(weight: Any, matrix: Any) -> Any:
    """The kernels `[groups, P, Q, *kernel]` at the points: `[6, 6, groups, P, Q]`."""
    return (matrix @ weight.reshape(-1, matrix.shape[1]).T).reshape(POINTS, POINTS, *weight.shape[:3])


def by_group(x: Any, groups: int) -> Any:
    """`[6, 6, tiles, channels]` as `[6, 6, groups, tiles, channels of a group]`, without a copy."""
    return x.reshape(*x.shape[:3], groups, -1).swapaxes(2, 3)


def convolve(x: Any, points: Any, bias: Any, out: Sizes, before: Sizes, kernel: Sizes) -> Any:
    """The convolution of `[N, C, H, W]` with kernels at the points, `[6, 6, groups, C, O]`, begun `before` places outside."""
    n, c = x.shape[:2]
    groups = points.shape[2]
    o = groups * points.shape[4]
    y = np.empty((n, o, *out), x.dtype)
    parts = shared(n, (o, c // groups, *kernel), out, WORK)
    plan = Plan(parts, x.shape[1:], y.shape[1:], before, kernel)
    order = plan.order
    points = points.swapaxes(0, order.outer)

    def work(share: tuple[slice, tuple[Block, ...]]) -> None:
        part, some = share
        r, v, m, z = scratch(x.dtype, *plan.room(c, x.shape[2:]), *plan.room(o, out)[::-1])
        for images in pieces(part, plan.group):
            xs, ys = x[images], y[images]
            for outer in some:
                lines = order.begin(xs, outer.into, outer.read, r)
                half = order.room(ys, outer.tiles, z)
                for inner in plan.inner:
                    inputs = order.points(lines, inner.into, inner.read, v, c)
                    results = shaped(m, *inputs.shape[:3], o)
                    np.matmul(by_group(inputs, groups), points, by_group(results, groups))
                    order.half(results, inner.back, inner.write, half)
                order.end(half, outer.back, outer.write, ys)
            if bias is not None:
                written = ys[(*(slice(None),) * (2 + order.outer), slice(some[0].write.start, some[-1].write.stop))]
                written += bias[:, None, None]

    spread_products(work, plan.shares(WORK_OF_ONE / (o * c // groups * prod(kernel) * prod(out))))
    return y


def forward(x: Any, weight: Any, bias: Any, geometry: Geometry) -> Any:
    """The convolution of `[N, C, H, W]` with `[O, C/groups, *kernel]`, of stride 1."""
    kernel = weight.shape[2:]
    before = tuple(p for p, _ in geometry.padding)
    weight = weight.reshape(geometry.groups, -1, *weight.shape[1:]).swapaxes(1, 2)
    points = transformed(weight, kernel_matrix(kernel))
    return convolve(x, points, bias, geometry.out_size(x.shape[2:], kernel), before, kernel)


def input_gradient(g: Any, weight: Any, size: Sizes, geometry: Geometry) -> Any:
    """The gradient of the input: the convolution of the result's gradient with the kernels turned by 180 degrees."""
    kernel = weight.shape[2:]
    before = tuple(p for p, _ in geometry.transposed(kernel).padding)
    weight = weight.reshape(geometry.groups, -1, *weight.shape[1:])
    return convolve(g, transformed(weight, kernel_matrix(kernel)[:, ::-1]), None, size, before, kernel)


def weight_gradient(g: Any, x: Any, kernel: Sizes, geometry: Geometry) -> Any:
    """The gradient of the weight: Gᵀ [Σ (A g) ⊙ (Bᵀ x)] G, summed over all tiles of all images."""
    n, c = x.shape[:2]
    (o, *out), groups = g.shape[1:], geometry.groups
    parts = shared(n, (o, c // groups, *kernel), tuple(out), WORK)
    plan = Plan(parts, x.shape[1:], g.shape[1:], tuple(p for p, _ in geometry.padding), kernel)
    order = plan.order

    def work(share: tuple[slice, tuple[Block, ...]]) -> Any:
        part, some = share
        shape = (POINTS, POINTS, groups, o // groups, c // groups)
        few = POINTS if prod(shape) <= LARGE else 1
        r, v, s, m, product = scratch(
            x.dtype, *plan.room(c, x.shape[2:]), *plan.room(o, tuple(out)), prod(shape) // POINTS * few
        )
        total = None
        for images in pieces(part, plan.group):
            for outer in some:
                lines = order.begin(x[images], outer.into, outer.read, r)
                slopes = order.begin(g[images], outer.back.T, outer.write, s)
                for inner in plan.inner:
                    inputs = by_group(order.points(lines, inner.into, inner.read, v, c), groups)
                    results = by_group(order.points(slopes, inner.back.T, inner.write, m, o), groups).swapaxes(3, 4)
                    if total is None:
                        total = np.matmul(results, inputs)
                    else:
                        for points in pieces(slice(0, POINTS), few):
                            total[points] += np.matmul(
                                results[points], inputs[points], shaped(product, few, *shape[1:])
                            )
        return total

    total = reduce(iadd, spread_products(work, plan.shares(WORK_OF_ONE / (o * c // groups * prod(kernel) * prod(out)))))
    back = kernel_matrix(kernel).reshape(POINTS, POINTS, -1).swapaxes(0, order.outer).reshape(POINTS**2, -1)
    return (total.reshape(POINTS**2, -1).T @ back).reshape(o, c // groups, *kernel)
