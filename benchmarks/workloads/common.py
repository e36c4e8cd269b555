"""What the topics share: what a workload is, and the numbers that both libraries begin with."""

from collections.abc import Callable
from typing import Any, NamedTuple

Step = Callable[[], float]


class Workload(NamedTuple):
    """A function from the library to a function that does one unit of work and returns a number to check (the loss).

    `ratio` is the least ratio, PyTorch's time over ours, that is asked for, and `memory` the largest growth of the peak memory,
    ours over PyTorch's; None where it is only watched.
    """

    make: Callable[[Any], Step]
    ratio: float | None = None
    memory: float | None = None


def wave(torch: Any, shape: tuple[int, ...], phase: float) -> Any:
    """Fixed numbers in [-1, 1] without a pattern that matters: the same for both libraries."""
    count = 1
    for n in shape:
        count *= n
    return torch.sin(torch.arange(count, dtype=torch.float32) * 12.9898 + phase).reshape(shape)


def fill(torch: Any, model: Any) -> None:
    """Give the parameters the same values in both libraries."""
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(wave(torch, tuple(p.shape), k) * (1.0 / max(p.shape[-1], 1)) ** 0.5)


def training_step(model: Any, optim: Any, criterion: Any, x: Any, y: Any) -> Step:
    """zero_grad, forward, loss, backward, step."""

    def step() -> float:
        optim.zero_grad()
        value = criterion(model(x), y)
        value.backward()
        optim.step()
        return float(value.detach())

    return step
