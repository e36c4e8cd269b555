"""The fixture `check`: finite differences against the tape, in a random direction, at first and second order, in float64."""

from typing import Any

import numpy as np
import pytest
from tt_autograd import Tensor

STEP = 1e-6


def tensors(arrays: Any, tracked: bool = True) -> list[Any]:
    """Float64 arrays as leaves; other dtypes, and what is no array, stay without a gradient."""
    return [Tensor(a.copy(), tracked and a.dtype.kind == "f") if isinstance(a, np.ndarray) else a for a in arrays]


def total(f: Any, xs: Any, weights: Any) -> Any:
    """The sum of all floating results of `f`, each multiplied by fixed random weights: a scalar that depends on all of them."""
    ys = f(*xs)
    ys = [y for y in (ys if isinstance(ys, tuple | list) else [ys]) if y.dtype.kind == "f"]
    if not weights:
        rng = np.random.default_rng(1)
        weights.extend(rng.uniform(0.5, 1.5, y.shape) for y in ys)
    result = None
    for y, w in zip(ys, weights, strict=True):
        part = (y * Tensor(w)).sum()
        result = part if result is None else result + part
    return result


def gradients(f: Any, arrays: Any, weights: Any, create_graph: bool = False) -> tuple[list[Any], list[Any]]:
    """The leaves, and the gradients that the tape gives them."""
    xs = tensors(arrays)
    leaves = [x for x in xs if isinstance(x, Tensor) and x.requires_grad]
    total(f, xs, weights).backward(create_graph=create_graph)
    grads = [x.grad if x.grad is not None else Tensor(np.zeros(x.shape)) for x in leaves]
    for x in leaves:
        x.grad = None
    return leaves, grads


def moved(arrays: Any, directions: Any, step: float) -> list[Any]:
    """The float arrays moved by `step` along their directions, the others as they are."""
    turn = iter(directions)
    return [
        np.asarray(a + step * next(turn)) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in arrays
    ]


def check(f: Any, *arrays: Any, order: int = 2, rtol: float = 1e-5, atol: float = 1e-7) -> None:
    """Compare the tape's derivative of `f` at `arrays` with a central difference.

    Args:
        f: takes tensors, returns a tensor or several; results that are not floats are left out.
        arrays: float64 arrays are differentiated with respect to; all else is passed on.
        order: 2 to check the derivative of the gradient too, 1 where there is none.
        rtol: allowed difference, relative.
        atol: allowed difference, absolute.
    """
    rng = np.random.default_rng(0)
    floats = [a for a in arrays if isinstance(a, np.ndarray) and a.dtype.kind == "f"]
    along = [rng.uniform(-1, 1, a.shape) for a in floats]
    weights: list[Any] = []
    _, grads = gradients(f, arrays, weights)
    for a, g in zip(floats, grads, strict=True):
        assert g.shape == a.shape
        assert g.dtype == a.dtype
    taped = sum(float((g.array * v).sum()) for g, v in zip(grads, along, strict=True))
    after, before = (float(total(f, tensors(moved(arrays, along, s), False), weights).array) for s in (STEP, -STEP))
    np.testing.assert_allclose(taped, (after - before) / (2 * STEP), rtol, atol, err_msg="first order")
    if order < 2:
        return
    across = [rng.uniform(-1, 1, a.shape) for a in floats]
    leaves, grads = gradients(f, arrays, weights, create_graph=True)
    pairs = [(g, u) for g, u in zip(grads, across, strict=True) if g.requires_grad]
    taped = 0.0
    if pairs:
        slope = None
        for g, u in pairs:
            part = (g * Tensor(u)).sum()
            slope = part if slope is None else slope + part
        slope.backward()
        taped = sum(float((x.grad.array * v).sum()) for x, v in zip(leaves, along, strict=True) if x.grad is not None)
    after, before = (
        sum(
            float((g.array * u).sum())
            for g, u in zip(gradients(f, moved(arrays, along, s), weights)[1], across, strict=True)
        )
        for s in (STEP, -STEP)
    )
    np.testing.assert_allclose(taped, (after - before) / (2 * STEP), rtol * 10, atol * 10, err_msg="second order")


@pytest.fixture(name="check")
def _check():
    return check
