"""The workloads, each written once: `torch` is PyTorch or TinyTorch, whichever is passed in.

A workload is a function from the library to a function that does one unit of work and returns a number to check (the loss).
"""

from collections.abc import Callable
from typing import Any

Step = Callable[[], float]


def training_step(torch: Any, sizes: list[int], batch: int, activation: str, optimizer: str, loss: str) -> Step:
    """zero_grad, forward, loss, backward, step of a fully connected network on fixed random data."""
    layers: list[Any] = []
    for n_in, n_out in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(n_in, n_out), getattr(torch.nn, activation)()]
    model = torch.nn.Sequential(*layers[:-1])
    fill(torch, model)
    if optimizer == "SGD":
        optim = torch.optim.SGD(model.parameters(), lr=0.1)
    else:
        optim = getattr(torch.optim, optimizer)(model.parameters(), lr=1e-3)
    criterion = getattr(torch.nn, loss)()
    x = wave(torch, (batch, sizes[0]), 1)
    y = torch.arange(batch) % sizes[-1] if loss == "CrossEntropyLoss" else wave(torch, (batch, sizes[-1]), 2)

    def step() -> float:
        optim.zero_grad()
        value = criterion(model(x), y)
        value.backward()
        optim.step()
        return float(value.detach())

    return step


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


def chain(torch: Any, length: int = 200) -> Step:
    """A chain of small tracked operations on 8 floats, with backward."""
    x = torch.ones(8, requires_grad=True)
    a, b = torch.full((8,), 0.99), torch.full((8,), 0.01)

    def step() -> float:
        y = x
        for _ in range(length // 2):
            y = y * a
            y = y + b
        loss = y.sum()
        x.grad = None
        loss.backward()
        return float(loss.detach())

    return step


def mixed_chain(torch: Any, length: int = 200) -> Step:
    """A chain of small tracked operations of many kinds, with backward."""
    x = torch.ones(8, requires_grad=True)
    a = torch.full((8,), 0.5)

    def step() -> float:
        y = x
        for _ in range(length // 10):
            y = (y * 1.01).tanh() + a
            y = (y - 0.1).exp()
            y = (y / 2.0).sigmoid()
            y = (-y).relu() + y * y
            y = y.reshape(2, 4).sum(dim=0).repeat(2)
        loss = y.sum()
        x.grad = None
        loss.backward()
        return float(loss.detach())

    return step


def _mlp(sizes: list[int], batch: int, optimizer: str, activation: str = "ReLU", loss: str = "CrossEntropyLoss"):
    return lambda torch: training_step(torch, sizes, batch, activation, optimizer, loss)


# name -> (workload, the least ratio, PyTorch's time over ours, that is asked for; None where it is only watched)
WORKLOADS: dict[str, tuple[Callable[[Any], Step], float | None]] = {
    "XOR 2-8-2, batch 4, SGD": (_mlp([2, 8, 2], 4, "SGD", "Tanh"), 2.0),
    "XOR 2-8-2, batch 4, Adam": (_mlp([2, 8, 2], 4, "Adam", "Tanh"), 2.0),
    "digits 64-32-10, batch 32, SGD": (_mlp([64, 32, 10], 32, "SGD"), 2.0),
    "digits 64-32-10, batch 32, Adam": (_mlp([64, 32, 10], 32, "Adam"), 2.0),
    "MNIST 784-128-10, batch 64, Adam": (_mlp([784, 128, 10], 64, "Adam"), 1.0),
    "MNIST 784-512-512-10, batch 128, Adam": (_mlp([784, 512, 512, 10], 128, "Adam"), 1.0),
    "chain of 200 small operations": (chain, 1.5),
    "chain of 200 mixed operations": (mixed_chain, None),
    "GELU 784-512-10, batch 128, AdamW": (_mlp([784, 512, 10], 128, "AdamW", "GELU"), None),
    "MSE 64-64-1, batch 32, SGD": (_mlp([64, 64, 1], 32, "SGD", "Tanh", "MSELoss"), None),
}
