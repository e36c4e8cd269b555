"""Convolutions, pooling and normalization, alone and in whole networks."""

from collections.abc import Callable
from typing import Any

from .common import Step, Workload, fill, training_step, wave


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


def mapped(make: Callable[[Any, int], Any], shape: tuple[int, ...]) -> Callable[[Any], Step]:
    """A layer `make(torch.nn, channels)` on maps of a shape, forward and backward."""

    def build(torch: Any) -> Step:
        layer = make(torch.nn, shape[1])
        x = wave(torch, shape, 1).requires_grad_()
        g = None

        def step() -> float:
            nonlocal g
            layer.zero_grad()
            x.grad = None
            y = layer(x)
            if g is None:
                g = wave(torch, tuple(y.shape), 2)
            y.backward(g)
            return float(y.detach()[0, 0, 0, 0]) + float(x.grad[0, 0, 0, 0])

        return step

    return build


LAYERS: dict[str, Callable[[Any, int], Any]] = {
    "max-pool 2x2": lambda nn, c: nn.MaxPool2d(2),  # noqa: ARG005
    "max-pool 3x3, stride 2, padding 1": lambda nn, c: nn.MaxPool2d(3, 2, 1),  # noqa: ARG005
    "batch norm": lambda nn, c: nn.BatchNorm2d(c),
    "average pool 2x2": lambda nn, c: nn.AvgPool2d(2),  # noqa: ARG005
    "relu of maps": lambda nn, c: nn.ReLU(),  # noqa: ARG005
}
MAPS = ((64, 32, 32, 32), (64, 64, 16, 16), (32, 64, 32, 32), (64, 6, 28, 28), (64, 16, 10, 10), (8, 256, 7, 7))


def _maps() -> dict[str, Workload]:
    """Everything but convolution, on the maps of usual CNNs."""
    cases = {
        f"{name} {'x'.join(map(str, shape))}": Workload(
            mapped(make, shape), 1.0 if name.startswith(("max", "batch")) else None
        )
        for name, make in LAYERS.items()
        for shape in (MAPS if name.startswith(("max", "batch")) else MAPS[:2])
    }
    for mode in ("nearest", "bilinear"):
        shape = (16, 32, 16, 16)
        name = f"upsample {mode} {'x'.join(map(str, shape))}"
        cases[name] = Workload(mapped(lambda nn, c, m=mode: nn.Upsample(scale_factor=2, mode=m), shape))  # noqa: ARG005
    return cases


# (batch, channels, size, to, kernel, padding), settings, the ratio that is asked for
CONVOLUTIONS: list[tuple[tuple[int, int, int, int, int, int], dict[str, Any], float | None]] = [
    ((64, 1, 28, 8, 5, 0), {}, 1.0),
    ((64, 3, 32, 32, 3, 1), {}, 1.0),
    ((64, 32, 16, 64, 3, 1), {}, 0.9),
    ((64, 64, 16, 64, 3, 1), {}, 0.9),
    ((32, 64, 32, 64, 3, 1), {}, 0.9),
    ((64, 6, 14, 16, 5, 0), {}, 0.9),
    ((32, 64, 16, 64, 3, 1), {"groups": 64}, 0.9),
    ((64, 1, 28, 8, 5, 0), {"tracked": False}, None),
    ((64, 3, 32, 32, 3, 1), {"tracked": False}, None),
    ((32, 64, 32, 128, 3, 1), {"stride": 2}, None),
    ((32, 64, 32, 128, 1, 0), {"stride": 2}, None),
    ((32, 128, 16, 128, 3, 1), {}, None),
    ((32, 256, 8, 256, 3, 1), {}, None),
    ((8, 256, 14, 1024, 1, 0), {}, None),
    ((8, 3, 64, 64, 7, 3), {"stride": 2}, None),
    ((1, 3, 224, 64, 7, 3), {"stride": 2, "tracked": False}, None),
    ((1, 64, 56, 64, 3, 1), {}, None),
    ((4, 32, 33, 48, 3, 1), {}, None),
    ((16, 16, 20, 32, 5, 2), {}, None),
    ((32, 64, 16, 64, 3, 1), {"groups": 4}, None),
]


def _convolutions() -> dict[str, Workload]:
    """The shapes that the speed of convolution is asked for, and others that it must not be bad at."""
    cases = {}
    for shape, settings, ratio in CONVOLUTIONS:
        n, c, size, o, kernel, padding = shape
        name = f"conv {n}x{c}x{size}x{size} to {o}, {kernel}x{kernel}, padding {padding}"
        name += "".join(f", {key} {value}" for key, value in settings.items() if key != "tracked")
        name += ", input not tracked" if settings.get("tracked") is False else ""
        cases[name] = Workload(convolution(*shape, **settings), ratio, 1.5)
    return cases


def network(torch: Any, layers: list[Any], batch: int, shape: tuple[int, ...]) -> Step:
    """A step of SGD of a sequence of layers that classifies pictures."""
    model = torch.nn.Sequential(*layers)
    fill(torch, model)
    optim = torch.optim.SGD(model.parameters(), lr=1e-3)
    x, y = wave(torch, (batch, *shape), 1), torch.arange(batch) % 10
    return training_step(model, optim, torch.nn.CrossEntropyLoss(), x, y)


def lenet(torch: Any) -> Step:
    """LeNet-5 on 64 digits of 28x28."""
    nn = torch.nn
    layers = [
        nn.Conv2d(1, 6, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
    ]
    layers += [nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return network(torch, layers, 64, (1, 28, 28))


def vgg(torch: Any) -> Step:
    """A small VGG with batch normalization on 32 pictures of 32x32."""
    nn = torch.nn
    layers, c = [], 3
    for width in (32, 64, 128):
        for _ in range(2):
            layers += [nn.Conv2d(c, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
            c = width
        layers.append(nn.MaxPool2d(2))
    return network(torch, [*layers, nn.Flatten(), nn.Linear(2048, 10)], 32, (3, 32, 32))


NETWORKS = {
    "LeNet-5, batch 64, SGD": Workload(lenet, 1.0, 1.5),
    "VGG of 6 convolutions, batch 32 of 3x32x32, SGD": Workload(vgg, 1.0, 1.5),
}
WORKLOADS = _convolutions() | NETWORKS | _maps()
