"""Convolutions, alone and in whole networks."""

from collections.abc import Callable
from typing import Any

from .common import Step, Workload, fill, wave


def convolution(
    n: int, c: int, size: int, o: int, kernel: int, padding: int, stride: int = 1, groups: int = 1, tracked: bool = True
) -> Callable[[Any], Step]:
    """conv2d of n images of c channels to o, forward, and backward to the weight, the bias and (if tracked) the input."""

    def make(torch: Any) -> Step:
        layer = torch.nn.Conv2d(c, o, kernel, stride, padding, groups=groups)
        fill(torch, layer)
        x = wave(torch, (n, c, size, size), 1).requires_grad_(tracked)
        g = None

        def step() -> float:
            nonlocal g
            layer.zero_grad()
            x.grad = None
            y = layer(x)
            if g is None:
                g = wave(torch, tuple(y.shape), 2)
            y.backward(g)
            return float(y.detach()[0, 0, 0, 0]) + float(layer.weight.grad[0, 0, 0, 0]) / n

        return step

    return make


def _cases() -> dict[str, Workload]:
    """The shapes that the speed of convolution is asked for, and others that it must not be bad at."""
    asked = [
        ((64, 1, 28, 8, 5, 0), {}, 1.0),
        ((64, 3, 32, 32, 3, 1), {}, 1.0),
        ((64, 32, 16, 64, 3, 1), {}, 0.9),
        ((64, 64, 16, 64, 3, 1), {}, 0.9),
        ((32, 64, 32, 64, 3, 1), {}, 0.9),
        ((64, 6, 14, 16, 5, 0), {}, 0.9),
        ((32, 64, 16, 64, 3, 1), {"groups": 64}, 0.9),
        ((64, 1, 28, 8, 5, 0), {"tracked": False}, None),
        ((64, 3, 32, 32, 3, 1), {"tracked": False}, None),
    ]
    cases = {}
    for shape, settings, ratio in asked:
        n, c, size, o, kernel, padding = shape
        name = f"conv {n}x{c}x{size}x{size} to {o}, {kernel}x{kernel}, padding {padding}"
        name += "".join(f", {key} {value}" for key, value in settings.items() if key != "tracked")
        name += ", input not tracked" if settings.get("tracked") is False else ""
        cases[name] = Workload(convolution(*shape, **settings), ratio, 1.5)
    return cases


WORKLOADS = _cases()
